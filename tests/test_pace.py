"""What is sent to a cloud without a published quota, and when."""

from __future__ import annotations

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from smart_charging.clouds.http.budget import Urgency
from smart_charging.clouds.http.jwt import expiry_of
from smart_charging.clouds.http.pace import Pace
from smart_charging.errors import RateLimitedError, TransportError
from worlds.virtual_time import Clock

GAP = timedelta(seconds=2)


@pytest.fixture
def pace(clock: Clock) -> Pace:
    return Pace(cloud="Volt", gap=GAP, now=clock, sleep=clock.sleep)


async def send(
    pace: Pace, status: int = 200, *, urgency: Urgency = Urgency.POLL, wait: timedelta | None = None
) -> None:
    async with pace.turn("GET chargers", urgency):
        pass
    pace.learn(status, wait)


async def pause_after(pace: Pace, clock: Clock, status: int) -> float:
    """In seconds; goes on to its end."""
    await send(pace, status)
    assert pace.limited_until
    pause = (pace.limited_until - clock.at).total_seconds()
    clock.leap(pace.limited_until)
    return pause


async def test_requests_are_sent_one_after_the_other_with_a_gap_between(pace: Pace, clock: Clock) -> None:
    sent = []

    async def one() -> None:
        async with pace.turn("GET chargers", Urgency.POLL):
            sent.append(clock.at)
            await asyncio.sleep(0.3)

    await asyncio.gather(*(one() for _ in range(4)))

    assert all(later - earlier >= GAP for earlier, later in pairwise(sent))


@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_pauses_double_up_to_a_quarter_of_an_hour(pace: Pace, clock: Clock, status: int) -> None:
    assert [await pause_after(pace, clock, status) for _ in range(7)] == [30, 60, 120, 240, 480, 900, 900]


async def test_no_answer_is_a_failure_too(pace: Pace, clock: Clock) -> None:
    with pytest.raises(TransportError):
        async with pace.turn("GET chargers", Urgency.POLL):
            raise TransportError("no answer within 10 s")

    with pytest.raises(RateLimitedError, match="not sent, Volt failed 1 times"):
        await send(pace)


async def test_one_good_answer_ends_the_doubling(pace: Pace, clock: Clock) -> None:
    for status in (500, 500, 500, 200):
        await pause_after(pace, clock, status) if status != 200 else await send(pace)

    assert await pause_after(pace, clock, 500) == 30


async def test_the_cloud_may_ask_for_a_longer_pause(pace: Pace, clock: Clock) -> None:
    await send(pace, 429, wait=timedelta(minutes=7))

    assert pace.limited_until == clock.at + timedelta(minutes=7)


@pytest.mark.parametrize(("status", "is_sent"), [(503, True), (429, False)])
async def test_a_command_is_sent_during_a_pause_unless_the_cloud_has_refused(
    pace: Pace, status: int, *, is_sent: bool
) -> None:
    await send(pace, status)

    if is_sent:
        await send(pace, urgency=Urgency.COMMAND)
    else:
        with pytest.raises(RateLimitedError):
            await send(pace, urgency=Urgency.COMMAND)


async def test_a_clock_that_is_set_back_does_not_lengthen_a_pause(pace: Pace, clock: Clock) -> None:
    await send(pace, 500)
    clock.at -= timedelta(hours=3)

    assert pace.limited_until is None


def token(**claims: object) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{payload}.c2ln"


def test_a_token_tells_when_it_expires() -> None:
    assert expiry_of(token(exp=1800000000)) == datetime(2027, 1, 15, 8, tzinfo=UTC)


@pytest.mark.parametrize("odd", ["", "opaque", "a.b.c", "a.%%%.c", token(), token(exp="soon"), token(exp=1e30)])
def test_a_token_that_tells_nothing_has_no_expiry(odd: str) -> None:
    assert expiry_of(odd) is None

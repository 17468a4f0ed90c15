"""One quota for all: never exceeded, commands first, polls now or not at all; in virtual time."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_charging.clouds.http.budget import Budget, Urgency
from smart_charging.clouds.http.foresight import Reads
from smart_charging.clouds.http.quota import QuotaNotice, notice_in_headers, notice_in_refusal
from smart_charging.clouds.monta.client import monta_budget
from smart_charging.clouds.monta.stand_in.doorkeeper import Quota
from smart_charging.errors import RateLimitedError
from worlds.virtual_time import EVENING, Clock, run

if TYPE_CHECKING:
    from collections.abc import Mapping

NOTHING_SAID = QuotaNotice()


def budget_on(clock: Clock, *, jitter_s: float = 0, quota: int = 10) -> Budget:
    return monta_budget(now=clock, sleep=clock.sleep, jitter=lambda _least, _most: jitter_s, quota=quota)


async def read_chargers(budget: Budget) -> None:
    await send(budget)
    await send(budget, Urgency.PAGE)


async def send(budget: Budget, urgency: Urgency = Urgency.POLL, times: int = 1) -> None:
    for _ in range(times):
        async with budget.place("GET charges", urgency):
            pass


def later(**span: float) -> datetime:
    return EVENING + timedelta(**span)


async def test_two_places_are_kept_from_polls_for_commands(budget: Budget, clock: Clock) -> None:
    await send(budget, times=8)

    with pytest.raises(RateLimitedError):
        await send(budget)
    await send(budget, Urgency.COMMAND, times=2)

    assert (budget.requests_left, clock.at) == (0, EVENING)


async def test_a_refused_poll_may_go_when_it_was_told(budget: Budget, clock: Clock) -> None:
    await send(budget, times=8)
    with pytest.raises(RateLimitedError, match=r"^GET charges: not sent, rate limited until 20:01:00 UTC$") as refused:
        await send(budget)

    clock.at = refused.value.retry_at
    await send(budget)

    assert clock.at == later(seconds=60)


async def test_a_refused_poll_is_told_when_enough_places_are_free_for_it(budget: Budget, clock: Clock) -> None:
    for _ in range(8):
        await send(budget)
        clock.advance(seconds=1)

    with pytest.raises(RateLimitedError) as refused:
        await send(budget)

    assert refused.value.retry_at == later(seconds=60)


async def test_commands_that_were_sent_have_used_what_was_kept_for_them(budget: Budget, clock: Clock) -> None:
    await send(budget, Urgency.COMMAND, times=2)

    await send(budget, times=8)

    assert (budget.requests_left, clock.at) == (0, EVENING)


async def test_a_command_beyond_the_quota_waits_for_the_first_place_to_come_free(budget: Budget, clock: Clock) -> None:
    await send(budget)
    clock.advance(seconds=20)
    await send(budget, Urgency.COMMAND, times=9)

    await send(budget, Urgency.COMMAND)

    assert clock.at == later(seconds=60)


async def test_a_place_stays_taken_for_a_window_after_the_answer(budget: Budget, clock: Clock) -> None:
    async with budget.place("POST charges", Urgency.COMMAND):
        clock.advance(seconds=9)
    clock.advance(seconds=59)
    assert budget.requests_left == 9

    clock.advance(seconds=1)

    assert budget.requests_left == 10


async def test_requests_without_an_answer_yet_are_waited_for(clock: Clock) -> None:
    budget = budget_on(clock, quota=1)

    async def slow() -> None:
        async with budget.place("GET charges", Urgency.COMMAND):
            await clock.sleep(90)

    await asyncio.gather(slow(), send(budget, Urgency.COMMAND))

    assert clock.at == later(seconds=150)


async def test_commands_go_ahead_of_a_page_that_waits_longer(budget: Budget, clock: Clock) -> None:
    went_at: dict[str, datetime] = {}

    async def one(name: str, urgency: Urgency) -> None:
        await send(budget, urgency)
        went_at[name] = clock.at

    for _ in range(10):
        await send(budget, Urgency.COMMAND)
        clock.advance(seconds=1)
    await asyncio.gather(one("page", Urgency.PAGE), one("start", Urgency.COMMAND), one("stop", Urgency.COMMAND))

    assert went_at == {"start": later(seconds=60), "stop": later(seconds=61), "page": later(seconds=62)}


async def test_places_that_come_free_together_go_to_commands_first(budget: Budget, clock: Clock) -> None:
    went_at: dict[str, datetime] = {}

    async def one(name: str, urgency: Urgency) -> None:
        await send(budget, urgency)
        went_at[name] = clock.at

    await send(budget, Urgency.COMMAND, times=3)
    clock.advance(seconds=10)
    await send(budget, Urgency.COMMAND, times=7)
    await asyncio.gather(one("page", Urgency.PAGE), *(one(f"command {n}", Urgency.COMMAND) for n in range(3)))

    assert went_at.pop("page") == later(seconds=70)
    assert set(went_at.values()) == {later(seconds=60)}


async def test_a_poll_does_not_snatch_the_place_a_page_waits_for(budget: Budget, clock: Clock) -> None:
    for _ in range(8):
        await send(budget)
        clock.advance(seconds=1)
    page = asyncio.create_task(send(budget, Urgency.PAGE))
    await asyncio.sleep(0)

    clock.at = later(seconds=60)
    with pytest.raises(RateLimitedError) as refused:
        await send(budget)
    await page

    assert refused.value.retry_at == later(seconds=61)
    assert clock.at == later(seconds=60)


async def test_a_spare_request_leaves_the_reads_to_come_their_places(budget: Budget, clock: Clock) -> None:
    await read_chargers(budget)
    budget.expect(Reads(requests=2, every=timedelta(seconds=20), last=clock.at))

    await send(budget, Urgency.SPARE, times=2)
    with pytest.raises(RateLimitedError):
        await send(budget, Urgency.SPARE)
    for _ in range(2):
        clock.advance(seconds=20)
        await read_chargers(budget)

    assert clock.at == later(seconds=40)


async def test_reads_that_leave_nothing_for_a_window_leave_it_for_the_next(budget: Budget, clock: Clock) -> None:
    passed: list[float] = []
    for _ in range(9):
        await read_chargers(budget)
        budget.expect(Reads(requests=2, every=timedelta(seconds=20), last=clock.at))
        with suppress(RateLimitedError):
            await send(budget, Urgency.SPARE)
            passed.append((clock.at - EVENING).total_seconds())
        clock.advance(seconds=20)

    assert passed == [0, 20, 60, 80, 120, 140]


async def test_a_patient_request_waits_until_there_is_a_place_to_spare(budget: Budget, clock: Clock) -> None:
    await send(budget, times=4)
    budget.expect(Reads(requests=2, every=timedelta(seconds=30), last=clock.at))
    clock.advance(seconds=1)
    await send(budget, times=2)

    await send(budget, Urgency.PATIENT)

    assert clock.at == later(seconds=60)


async def test_a_patient_request_that_waits_goes_ahead_of_spare_ones(budget: Budget, clock: Clock) -> None:
    await send(budget, times=7)
    await send(budget, Urgency.PATIENT)
    patient = asyncio.create_task(send(budget, Urgency.PATIENT))
    await asyncio.sleep(0)
    clock.advance(seconds=30)

    with pytest.raises(RateLimitedError):
        await send(budget, Urgency.SPARE)
    await patient

    assert clock.at == later(seconds=60)


@pytest.mark.parametrize(
    ("requests", "apart_s"),
    [(1, 10), (2, 20), (3, 30), (4, 60), (6, 60), (7, 120), (15, 180)],
)
def test_reads_of_more_pages_have_to_be_further_apart(budget: Budget, requests: int, apart_s: int) -> None:
    assert budget.least_rest(requests) == timedelta(seconds=apart_s)


async def test_a_command_that_gives_up_waiting_leaves_no_trace(budget: Budget, clock: Clock) -> None:
    await send(budget, Urgency.COMMAND, times=10)
    waiting = asyncio.create_task(send(budget, Urgency.COMMAND))
    await asyncio.sleep(0)

    waiting.cancel()
    await asyncio.wait([waiting])
    clock.advance(minutes=1)

    await send(budget, times=8)
    assert budget.requests_left == 2


@pytest.mark.parametrize(
    ("headers", "body", "wait_s"),
    [
        pytest.param({}, {"timeWindow": 60, "quota": 10, "resetsIn": 25}, 26, id="body only"),
        pytest.param({"ratelimit-resetsin": "40"}, {"resetsIn": 25}, 26, id="the body goes before the header"),
        pytest.param({"ratelimit-resetsin": "40", "retry-after": "50"}, None, 41, id="header only"),
        pytest.param({"retry-after": "50"}, None, 51, id="retry-after only"),
        pytest.param({"retry-after": "soon"}, None, 61, id="neither"),
        pytest.param({}, {"resetsIn": 0}, 1, id="at once"),
        pytest.param({"ratelimit-resetsin": "-5"}, {"resetsIn": None}, 61, id="nonsense"),
        pytest.param({}, {"resetsIn": 1e300}, 3601, id="a slip that would silence us for ever"),
    ],
)
async def test_after_a_429_all_wait_for_the_reset(
    budget: Budget, clock: Clock, headers: Mapping[str, str], body: Mapping[str, object] | None, wait_s: int
) -> None:
    told = json.dumps({"context": {"rateLimitResponse": body}}).encode()
    await send(budget, Urgency.COMMAND, times=10)

    retry_at = budget.refused(notice_in_refusal(headers, told))

    assert retry_at == budget.limited_until == later(seconds=wait_s)  # a second for what Monta may have rounded away
    with pytest.raises(RateLimitedError):
        await send(budget)
    clock.at = retry_at
    await send(budget)


async def test_after_a_429_requests_go_one_by_one_for_a_window(budget: Budget, clock: Clock) -> None:
    await send(budget, Urgency.COMMAND, times=10)
    clock.at = budget.refused(NOTHING_SAID)
    await send(budget)

    await send(budget, Urgency.COMMAND)

    assert clock.at >= later(seconds=61 + 6)
    with pytest.raises(RateLimitedError):
        await send(budget)


async def test_a_second_429_in_a_row_is_followed_by_a_whole_window_whatever_is_told(
    budget: Budget, clock: Clock
) -> None:
    soon = QuotaNotice(resets_in=timedelta(seconds=2))
    clock.at = budget.refused(soon)

    assert budget.refused(soon) == clock.at + timedelta(seconds=61)


async def test_what_was_under_way_at_a_429_counts_in_the_new_window(budget: Budget, clock: Clock) -> None:
    budget.learn(QuotaNotice(remaining=9, resets_in=timedelta(seconds=60)))
    async with budget.place("GET charges", Urgency.POLL):
        budget.refused(QuotaNotice(resets_in=timedelta(seconds=1)))
        clock.advance(seconds=2)

        assert budget.requests_left == 9


async def test_a_quota_that_others_use_is_found_out_again_little_by_little(budget: Budget, clock: Clock) -> None:
    await send(budget, times=7)
    budget.refused(NOTHING_SAID)
    assert budget.quota == 6

    clock.advance(minutes=5)
    assert budget.quota == 7
    clock.advance(minutes=15)
    assert budget.quota == 10


async def test_trying_for_more_is_rarer_after_it_was_refused(budget: Budget, clock: Clock) -> None:
    for _ in range(2):
        await send(budget, Urgency.COMMAND, times=5)
        budget.refused(NOTHING_SAID)
    began = clock.at

    clock.at = began + timedelta(minutes=9)
    assert budget.quota == 5
    clock.at = began + timedelta(minutes=10)
    assert budget.quota == 6


async def test_a_low_quota_that_is_not_told_again_is_doubted(budget: Budget, clock: Clock) -> None:
    budget.learn(QuotaNotice(quota=2))
    assert budget.quota == 2

    clock.advance(minutes=10)

    assert budget.quota == 4


async def test_a_quota_beyond_reason_costs_neither_time_nor_memory(budget: Budget) -> None:
    headers = {"ratelimit-quota": "20000000", "ratelimit-remaining": "0", "ratelimit-resetsin": "60"}

    budget.learn(notice_in_headers(headers))

    assert budget.quota == 10_000
    assert budget.requests_left == 0


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b'{"context": "text"}', b"[" * 99999, b'{"context": null}'])
def test_a_refusal_without_a_readable_body_still_counts(budget: Budget, body: bytes) -> None:
    assert budget.refused(notice_in_refusal({}, body)) == later(seconds=61)


async def test_a_command_goes_as_soon_as_the_window_turns_and_polls_a_little_later(clock: Clock) -> None:
    budget = budget_on(clock, jitter_s=4)
    await send(budget, times=8)
    budget.refused(QuotaNotice(resets_in=timedelta(seconds=25)))

    await send(budget, Urgency.COMMAND)

    assert clock.at == later(seconds=26)
    assert budget.limited_until == later(seconds=30)
    with pytest.raises(RateLimitedError):
        await send(budget)


async def test_being_rate_limited_is_said_once_and_so_is_its_end(
    budget: Budget, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    budget.refused(NOTHING_SAID)
    clock.advance(seconds=61)
    budget.refused(NOTHING_SAID)
    clock.advance(seconds=122)
    budget.learn(NOTHING_SAID)
    budget.learn(NOTHING_SAID)

    assert [record.message for record in caplog.records] == [
        "Monta: rate limited until 20:01:01 UTC; it recovers by itself",
        "Monta: no longer rate limited",
    ]


async def test_quota_and_window_are_learned_from_headers(budget: Budget, clock: Clock) -> None:
    headers = {"ratelimit-quota": "1000", "ratelimit-timewindow": "600", "ratelimit-policy": "Quota"}
    budget.learn(notice_in_headers(headers))

    await send(budget, times=998)
    with pytest.raises(RateLimitedError) as refused:
        await send(budget)

    assert refused.value.retry_at == later(seconds=600)
    assert budget.quota == 1000


def test_quota_and_window_are_learned_from_a_refusal(budget: Budget) -> None:
    told = {"context": {"rateLimitResponse": {"quota": 5, "timeWindow": 30}}}

    limited_until = budget.refused(notice_in_refusal({"ratelimit-quota": "7"}, json.dumps(told).encode()))

    assert (budget.quota, limited_until) == (5, later(seconds=31))


@pytest.mark.parametrize("told", ["", "0", "-1", "NaN", "inf", "many", "1e999"])
async def test_a_senseless_quota_is_not_believed(budget: Budget, told: str) -> None:
    budget.learn(notice_in_headers({"ratelimit-quota": told, "ratelimit-timewindow": told}))

    await send(budget, times=8)
    with pytest.raises(RateLimitedError):
        await send(budget)


@pytest.mark.parametrize("quota", [1, 2, 3])
async def test_the_smallest_quota_still_lets_polls_go(clock: Clock, quota: int) -> None:
    await send(budget_on(clock, quota=quota), times=quota)


@pytest.mark.parametrize("urgency", Urgency)
async def test_a_quota_of_one_is_anybodys(clock: Clock, urgency: Urgency) -> None:
    await send(budget_on(clock, quota=1), urgency)

    assert clock.at == EVENING


async def test_what_others_use_of_the_quota_counts_until_the_reset(budget: Budget, clock: Clock) -> None:
    await send(budget)

    budget.learn(QuotaNotice(remaining=3, resets_in=timedelta(seconds=29)))

    assert budget.requests_left == 3
    clock.advance(seconds=30)
    assert budget.requests_left == 9


async def test_a_clock_set_back_frees_what_it_would_keep_for_hours(budget: Budget, clock: Clock) -> None:
    await send(budget, times=8)

    clock.advance(hours=-5)

    await send(budget, times=8)


async def test_a_clock_set_back_ends_a_pause_it_would_draw_out_for_hours(budget: Budget, clock: Clock) -> None:
    budget.refused(NOTHING_SAID)

    clock.advance(hours=-5)

    await send(budget, times=8)


@given(
    st.lists(st.tuples(st.floats(0, 40), st.sampled_from(Urgency), st.floats(0, 5), st.floats(0, 5)), max_size=60),
    st.sampled_from(["silent", "talking"]),
)
def test_no_order_of_requests_ever_exceeds_the_quota(
    requests: list[tuple[float, Urgency, float, float]], server_is: str
) -> None:
    clock = Clock()
    budget, server = budget_on(clock), Quota(10, timedelta(seconds=60), clock)
    arrivals: list[datetime] = []

    async def one(after_s: float, urgency: Urgency, there_s: float, back_s: float) -> None:
        await clock.sleep(after_s)
        try:
            async with budget.place("GET charges", urgency):
                await clock.sleep(there_s)
                server.count()
                arrivals.append(clock.at)
                headers = {name.lower(): value for name, value in server.headers.items()}
                await clock.sleep(back_s)
        except RateLimitedError:
            return
        if server_is == "talking":
            budget.learn(notice_in_headers(headers))

    async def everybody() -> None:
        await asyncio.gather(*(one(*request) for request in requests))

    run(everybody(), clock)

    assert server.refused == 0
    spans = [after - before for before, after in zip(arrivals, arrivals[10:], strict=False)]
    assert server_is == "talking" or all(span >= timedelta(seconds=60) for span in spans)

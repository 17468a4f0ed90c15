"""The time that all apps go by."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_charging.clouds.http.clock import server_time
from smart_charging.clouds.monta.client import MontaClient
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.timekeeper import Timekeeper, Uptime
from worlds.fakes import BASE_URL
from worlds.virtual_time import EVENING, Clock

SECOND = timedelta(seconds=1)
LOG = logging.getLogger("timekeeper")


class HostMachine:
    """Its clock, and the true time at the cloud."""

    def __init__(self, ahead: timedelta = timedelta(0)) -> None:
        self.ahead = ahead
        self.uptime_s = 1234.5
        self.now = Timekeeper(lambda: self.truth + self.ahead, lambda: self.uptime_s, cloud="Cirrus", log=LOG)

    @property
    def truth(self) -> datetime:
        return EVENING + timedelta(seconds=self.uptime_s)

    @property
    def error(self) -> timedelta:
        return abs(self.now() - self.truth)

    def asks(self, off_by: timedelta = timedelta(0), *, after_s: float = 20.0) -> None:
        """The cloud answers, with the whole second it takes the time to be."""
        self.uptime_s += after_s
        self.now.compare((self.truth + off_by).replace(microsecond=0))


def test_until_a_cloud_answers_the_hosts_clock_counts() -> None:
    machine = HostMachine(timedelta(hours=1))

    assert machine.now() == machine.truth + timedelta(hours=1)


@pytest.mark.parametrize("ahead_s", [-1.2e9, -86_400.0, -200.0, -3.0, 3.0, 70.0, 3600.0, 3e7])
def test_a_hosts_clock_that_contradicts_the_cloud_is_not_believed(ahead_s: float) -> None:
    machine = HostMachine(timedelta(seconds=ahead_s))

    machine.asks()

    assert machine.error <= SECOND


@pytest.mark.parametrize("ahead_s", [-1.4, 0.0, 1.4])
def test_a_hosts_clock_that_agrees_is_more_exact_than_the_cloud(ahead_s: float) -> None:
    machine = HostMachine(timedelta(seconds=ahead_s))

    machine.asks()

    assert machine.now() == machine.truth + timedelta(seconds=ahead_s)


@pytest.mark.parametrize("step", [-timedelta(hours=1), timedelta(hours=1), timedelta(days=400)])
def test_a_clock_that_is_set_moves_nothing(step: timedelta) -> None:
    machine = HostMachine()
    machine.asks()

    machine.ahead = step
    at_once = machine.error
    for _ in range(5):
        machine.asks()

    assert (at_once, machine.error) == (timedelta(0), timedelta(0))


@pytest.mark.parametrize("off_by", [-timedelta(days=9000), -timedelta(minutes=5), timedelta(days=300)])
def test_one_answer_from_another_time_moves_nothing(off_by: timedelta) -> None:
    machine = HostMachine()
    machine.asks()

    machine.asks(off_by)
    after_one = machine.error
    machine.asks()
    machine.asks(2 * off_by)

    assert (after_one, machine.error) == (timedelta(0), timedelta(0))


def test_a_first_answer_from_another_time_is_put_right_by_the_next() -> None:
    machine = HostMachine()

    machine.asks(-timedelta(days=2))
    machine.asks()

    assert machine.error == timedelta(0)


def test_a_stopwatch_that_stood_still_is_put_right_by_the_second_answer() -> None:
    machine = HostMachine(timedelta(minutes=-30))
    machine.asks()

    machine.asks(timedelta(hours=2))
    machine.asks(timedelta(hours=2))

    assert abs(machine.now() - machine.truth - timedelta(hours=2)) <= SECOND


@given(st.lists(st.tuples(st.floats(1, 900), st.floats(-1e6, 1e6)), min_size=1, max_size=30))
def test_however_the_hosts_clock_drifts_or_is_set_time_goes_on_as_it_does(
    days: Sequence[tuple[float, float]],
) -> None:
    machine = HostMachine()
    machine.asks(after_s=0)
    seen = [machine.now()]

    for rest_s, ahead_s in days:
        machine.ahead = timedelta(seconds=ahead_s)
        machine.asks(after_s=rest_s)
        seen.append(machine.now())

    assert machine.error <= 2 * SECOND
    assert all(
        abs((after - before).total_seconds() - rest_s) <= 4 and after > before - 2 * SECOND
        for (before, after), (rest_s, _) in zip(pairwise(seen), days, strict=True)
    )


def test_a_wrong_clock_is_warned_about_once_until_it_was_right(caplog: pytest.LogCaptureFixture) -> None:
    machine = HostMachine(timedelta(hours=3))
    for ahead in (timedelta(hours=3), timedelta(hours=3), timedelta(0), timedelta(0), -timedelta(seconds=122)):
        machine.ahead = ahead
        machine.asks()

    assert [record.getMessage() for record in caplog.records] == [
        "The clock of this machine is 3:00:00 ahead of Cirrus's, which is used until it is set right (NTP)",
        "The clock of this machine is 0:02:02 behind Cirrus's, which is used until it is set right (NTP)",
    ]


def test_a_clock_less_than_two_minutes_off_is_not_worth_a_word(caplog: pytest.LogCaptureFixture) -> None:
    machine = HostMachine(timedelta(seconds=118))

    machine.asks()

    assert caplog.records == []


@pytest.mark.parametrize(
    "told",
    [
        "",
        "soon",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Fri, 31 Dec 9999 23:59:59 -2300",
        "Mon, 01 Jan 0001 00:00:00 +2300",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Mon, 99 Foo 2026 99:99:99 GMT",
        "Mon, 99999999999999999999 Jan 2026 00:00:00 GMT",
        "Mon, 02 Mar 2026 00:00:00 +999999999999999999",
    ],
)
def test_an_impossible_date_is_no_time(told: str) -> None:
    assert server_time(httpx.Headers({"date": told})) is None


@pytest.mark.parametrize("zone", ["GMT", "-0000", "+0000"])
def test_a_date_is_read_in_utc(zone: str) -> None:
    told = server_time(httpx.Headers({"date": f"Mon, 02 Mar 2026 10:20:30 {zone}"}))

    assert told == datetime(2026, 3, 2, 10, 20, 30, tzinfo=UTC)


async def test_every_answer_of_monta_tells_its_time(monta: MontaStandIn, clock: Clock) -> None:
    told: list[datetime] = []

    async with MontaClient(
        client_id="stand-in-id", client_secret="stand-in-secret", base_url=BASE_URL, now=clock, tell_time=told.append
    ) as client:
        await client.charge_points()
        await client.charge_points()

    assert told == [clock.at.replace(microsecond=0)] * 3


@pytest.mark.parametrize("ahead", [timedelta(seconds=125), timedelta(hours=-2)], ids=str)
async def test_requests_from_before_the_clock_was_set_right_still_count(
    monta: MontaStandIn, clock: Clock, tmp_path: Path, ahead: timedelta
) -> None:
    def client() -> MontaClient:
        timekeeper = Timekeeper(lambda: clock.at + ahead, Uptime(), cloud="Cirrus", log=LOG)
        return MontaClient(
            client_id="stand-in-id",
            client_secret="stand-in-secret",
            base_url=BASE_URL,
            token_file=tmp_path / "tokens.json",
            now=timekeeper,
            tell_time=timekeeper.compare,
        )

    async with client():  # without a file of the run before, it may have been killed
        await clock.sleep(61)
    async with client() as before:
        await before.charge_points()
        left_before = before.budget.requests_left
    async with client() as after_restart:
        left_at_start = after_restart.budget.requests_left
        await after_restart.charge_points()
        left_then = after_restart.budget.requests_left

    assert (left_before, left_at_start, left_then) == (8, 8, 7)


async def test_the_uptime_goes_by_the_loop_while_the_machine_is_awake(clock: Clock) -> None:
    uptime_s = Uptime()
    before_s = uptime_s()

    await asyncio.sleep(3600)

    assert uptime_s() - before_s == 3600


async def test_the_uptime_goes_on_while_the_machine_sleeps(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    uptime_s = Uptime()
    before_s = uptime_s()

    monkeypatch.setattr("smart_charging.timekeeper._slept_s", lambda: 5000.0 + 7200.0)
    asleep_s = uptime_s() - before_s

    assert asleep_s > 3600

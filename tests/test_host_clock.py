import asyncio
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from smart_charging import host_clock
from smart_charging.host_clock import HostClock, passed_s, replace_host_clock, utc_now, wait, wait_s
from smart_charging.services.heartbeat import Heartbeat

ROOT = Path(__file__).parents[1]
LOG = logging.getLogger("host_clock")
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
OF_THEIR_OWN = {"host_clock.py", "given.py", "cloud_prices.py", "charging_tools.py", "stage.py"}
"""The clock itself; and what a person does at a terminal, who goes by the wall's."""


class Fast(HostClock):
    speed = 3600.0

    def now(self) -> datetime:
        return NEW_YEAR


@pytest.fixture
def fast() -> Iterator[None]:
    before = host_clock._clock
    replace_host_clock(Fast())
    yield
    replace_host_clock(before)


def test_the_hosts_clock_is_the_machines_unless_it_is_replaced() -> None:
    assert abs(utc_now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert (passed_s(7), wait_s(7)) == (7, 7)


@pytest.mark.usefixtures("fast")
def test_a_process_with_another_clock_goes_by_it() -> None:
    assert utc_now() == NEW_YEAR
    assert (passed_s(1), wait_s(3600)) == (3600, 1)


@pytest.mark.usefixtures("fast")
async def test_waiting_is_as_much_shorter_as_the_clock_is_faster() -> None:
    async with asyncio.timeout(5):
        await wait(60)


@pytest.mark.usefixtures("fast")
async def test_loops_beat_as_much_faster() -> None:
    beats = asyncio.Semaphore(0)

    async def beat() -> timedelta:
        beats.release()
        return timedelta(minutes=1)

    running = asyncio.create_task(Heartbeat(beat, LOG).run())
    async with asyncio.timeout(5):
        for _ in range(3):
            await beats.acquire()
    running.cancel()


def test_nothing_else_asks_the_machine_for_the_time() -> None:
    sources = [*(ROOT / "lib").rglob("*.py"), *(ROOT / "apps").glob("*.py")]

    asking = {path.name for path in sources if re.search(r"datetime\.now\(|time\.time\(", path.read_text("utf-8"))}

    assert asking == OF_THEIR_OWN

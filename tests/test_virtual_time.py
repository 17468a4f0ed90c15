import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from worlds.virtual_time import Clock, EverybodyWaitsError, NobodyWaitsError, run, running_loop, virtual_now

START = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)


def test_a_month_of_sleep_takes_no_time_and_ends_at_the_moment_it_should() -> None:
    async def sleep() -> datetime:
        await asyncio.sleep(timedelta(days=30).total_seconds())
        return virtual_now()

    began = time.monotonic()

    assert run(sleep(), Clock(START)) == START + timedelta(days=30)
    assert time.monotonic() - began < 1


def test_whoever_sleeps_less_wakes_first() -> None:
    woken: list[int] = []

    async def sleep(hours: int) -> None:
        await asyncio.sleep(hours * 3600)
        woken.append(hours)

    async def all_of_them() -> None:
        await asyncio.gather(*(sleep(hours) for hours in (3, 1, 2)))

    run(all_of_them(), Clock(START))

    assert woken == [1, 2, 3]


def test_a_timeout_ends_a_wait_at_its_virtual_moment() -> None:
    async def wait() -> datetime:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(600):
                await asyncio.Event().wait()
        return virtual_now()

    assert run(wait(), Clock(START)) == START + timedelta(minutes=10)


def test_work_for_a_thread_takes_no_virtual_time_whatever_else_is_due() -> None:
    async def work() -> datetime:
        asyncio.get_running_loop().call_later(60, lambda: None)
        await asyncio.to_thread(time.sleep, 0.01)
        return virtual_now()

    assert run(work(), Clock(START)) == START


def test_a_mistake_in_work_for_a_thread_reaches_the_one_who_waits() -> None:
    async def work() -> None:
        await asyncio.to_thread(int, "one")

    with pytest.raises(ValueError, match="one"):
        run(work(), Clock(START))


def test_after_a_leap_what_was_due_meanwhile_happens_late() -> None:
    async def leap() -> datetime:
        nap = asyncio.create_task(asyncio.sleep(60))
        await asyncio.sleep(0)
        running_loop().clock.leap(START + timedelta(hours=8))
        await nap
        return virtual_now()

    assert run(leap(), Clock(START)) - (START + timedelta(hours=8)) < timedelta(seconds=1)


def test_a_moment_that_is_past_is_not_waited_for() -> None:
    async def wait() -> datetime:
        await running_loop().clock.sleep_until(START - timedelta(hours=1))
        return virtual_now()

    assert run(wait(), Clock(START)) == START


def test_a_wait_that_nothing_can_end_is_told_instead_of_waited_for() -> None:
    async def wait() -> None:
        await asyncio.Event().wait()

    with pytest.raises(EverybodyWaitsError):
        run(wait(), Clock(START))


def test_a_loop_that_never_waits_is_told_instead_of_run_for_ever() -> None:
    async def hurry() -> None:
        while True:  # noqa: ASYNC110  # just that is the mistake
            await asyncio.sleep(1e-6)

    with pytest.raises(NobodyWaitsError):
        run(hurry(), Clock(START))

"""An event loop that never waits: when nothing is ready, its clock jumps to the next timer."""

from __future__ import annotations

import asyncio
import math
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from datetime import datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")


class EverybodyWaitsError(Exception):
    """Nothing is ready and no timer runs: such a loop would hang for ever."""


class NobodyWaitsError(Exception):
    """Something goes round and round without waiting; time would never go on."""


MOST_TURNS = 10_000
"""Of the loop, while its clock shows the same second."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """Time in whole microseconds from a given moment on; a year of sleeping takes as long as the work in it.

    Work for other threads is done at once and in this one, so that no time passes meanwhile.
    """

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._microseconds = 0
        self._second, self._turns = 0, 0
        super().__init__(_NoSelector(self._jump))

    def time(self) -> float:
        return self._microseconds / 1e6

    def now(self) -> datetime:
        """What `clock` and `now` arguments take."""
        return self._start + timedelta(microseconds=self._microseconds)

    def leap(self, until: datetime) -> None:
        """Move on like a machine that slept: timers due by then are late, and run at once."""
        self._microseconds = max(self._microseconds, (until - self._start) // timedelta(microseconds=1))

    def run_in_executor(  # type: ignore[override]  # the base class promises more than a future
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as err:  # noqa: BLE001  # whatever it is belongs to the one who waits
            future.set_exception(err)
        return future

    def _jump(self, timeout: float | None) -> None:
        if timeout is None:
            raise EverybodyWaitsError
        self._count_turns()
        if timeout > 0:
            self._microseconds += max(1, math.ceil(timeout * 1e6 - 0.01))

    def _count_turns(self) -> None:
        second = self._microseconds // 1_000_000
        self._turns = self._turns + 1 if second == self._second else 0
        self._second = second
        if self._turns > MOST_TURNS:
            raise NobodyWaitsError


class _NoSelector(selectors.SelectSelector):
    """There are no files and sockets to wait for, only time."""

    def __init__(self, jump: Callable[[float | None], None]) -> None:
        super().__init__()
        self._jump = jump

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._jump(timeout)
        return []


def running_loop() -> VirtualLoop:
    """The loop that is running, which has to be a virtual one."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return loop


def virtual_now() -> datetime:
    """The clock on the wall, for whoever reads it by name."""
    return running_loop().now()


async def sleep_until(at: datetime) -> None:
    """Come back then, or at once if it is past."""
    await asyncio.sleep(max(0.0, (at - virtual_now()).total_seconds()))


def run(work: Coroutine[Any, Any, T], start: datetime) -> T:
    """Like `asyncio.run`, from a given moment on and without waiting."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(start)) as runner:
        return runner.run(work)

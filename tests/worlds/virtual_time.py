"""One clock for everything that takes time in tests: moved by hand, or by a loop that never waits."""

from __future__ import annotations

import asyncio
import math
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")
EVENING = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)


class EverybodyWaitsError(Exception):
    """Nothing is ready and no timer runs: such a loop would hang for ever."""


class NobodyWaitsError(Exception):
    """Something goes round and round without waiting; time would never go on."""


MOST_TURNS = 10_000
"""Of the loop, while its clock shows the same second."""


class Clock:
    """A clock moved by hand, and by the virtual loop it belongs to once everybody waits."""

    def __init__(self, start: datetime = EVENING) -> None:
        self.at = start

    def __call__(self) -> datetime:
        """What `now` arguments take."""
        return self.at

    def advance(self, **span: float) -> None:
        """Move on; arguments as for `timedelta`."""
        self.at += timedelta(**span)

    def leap(self, until: datetime) -> None:
        """Move on like a machine that slept: timers due by then are late, and run at once."""
        self.at = max(self.at, until)

    async def sleep(self, seconds: float) -> None:
        """What `sleep` arguments take."""
        assert running_loop().clock is self, "nobody would move this clock"
        await asyncio.sleep(seconds)

    async def sleep_until(self, at: datetime) -> None:
        """Come back then, or at once if it is past."""
        await self.sleep(max(0.0, (at - self.at).total_seconds()))


class VirtualLoop(asyncio.SelectorEventLoop):
    """When nothing is ready, its clock jumps to the next timer: a year of sleeping takes as long as the work in it.

    Work for other threads is done at once and in this one, so that no time passes meanwhile.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._start = clock.at
        self._second, self._turns = clock.at, 0
        super().__init__(_NoSelector(self._jump))

    def time(self) -> float:
        return (self.clock.at - self._start).total_seconds()

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
            self.clock.advance(microseconds=max(1, math.ceil(timeout * 1e6 - 0.01)))

    def _count_turns(self) -> None:
        second = self.clock.at.replace(microsecond=0)
        self._turns = self._turns + 1 if second == self._second else 0
        self._second = second
        if self._turns > MOST_TURNS:
            self._turns = 0  # the loop turns once more, to cancel its tasks
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
    return running_loop().clock.at


def run(work: Coroutine[Any, Any, T], clock: Clock) -> T:
    """Like `asyncio.run`, from where the clock stands and without waiting."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(clock)) as runner:
        return runner.run(work)

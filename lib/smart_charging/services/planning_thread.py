"""The thread in which the scheduler works out what takes long."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from smart_charging.planning.checkpoint import GivenUpError, between_steps

T = TypeVar("T")
_TURN_S = 1e-3
"""How long it computes before it pauses."""
_PAUSE_S = 1e-4
"""Long enough for a loop that waits for its turn to take it; otherwise it comes only after Python's 5 ms."""


class PlanningThread:
    """Works out plans and prices: the loop is AppDaemon's own, and whatever holds it holds the whole home."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="smart_charging_plans")

    async def result_of(self, work: Callable[[], T]) -> T:
        """Have it done there, after what was asked before; where this is cancelled, it ends at its next checkpoint."""
        is_given_up = threading.Event()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, partial(_done, work, is_given_up))
        finally:
            is_given_up.set()

    def close(self) -> None:
        """Begin nothing more; a plan that is being made is not waited for, and nobody hears of it."""
        self._executor.shutdown(wait=False, cancel_futures=True)


def _done(work: Callable[[], T], is_given_up: threading.Event) -> T:
    turn_ends_at = time.monotonic() + _TURN_S

    def pause() -> None:
        nonlocal turn_ends_at
        if is_given_up.is_set():
            raise GivenUpError
        if time.monotonic() >= turn_ends_at:
            time.sleep(_PAUSE_S)
            turn_ends_at = time.monotonic() + _TURN_S

    with between_steps(pause):
        return work()

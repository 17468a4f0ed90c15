"""The thread in which the scheduler works out what takes long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class PlanningThread:
    """Works out plans and prices: the loop is AppDaemon's own, and whatever holds it holds the whole home."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="smart_charging_plans")

    async def result_of(self, work: Callable[[], T]) -> T:
        """Have it done there, after what was asked before."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def close(self) -> None:
        """Begin nothing more; a plan that is being made is not waited for, and nobody hears of it."""
        self._executor.shutdown(wait=False, cancel_futures=True)

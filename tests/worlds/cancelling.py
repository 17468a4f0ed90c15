"""Cancels a coroutine at one of its awaits, as a reload of the apps does that comes at a bad moment."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any


class Cancelled:
    """Awaits a coroutine; its task is cancelled where the coroutine waits for the time with that number.

    Args:
        at: From 0; a coroutine that waits less often is not cancelled.
    """

    def __init__(self, coroutine: Coroutine[Any, Any, Any], *, at: int) -> None:
        self._coroutine = coroutine
        self._at = at
        self._waits = 0

    async def was_in_time(self) -> bool:
        """Run it in a task of its own; whether it was still under way when it was cancelled."""
        task = asyncio.ensure_future(self._run())
        await asyncio.wait([task])
        if not task.cancelled() and (error := task.exception()):
            raise error
        return self._waits > self._at

    async def _run(self) -> Any:
        return await self

    def __await__(self) -> Generator[Any, Any, Any]:
        error: BaseException | None = None
        while True:
            try:
                waits_for = self._coroutine.throw(error) if error else self._coroutine.send(None)
            except StopIteration as stop:
                return stop.value
            if self._waits == self._at and (task := asyncio.current_task()):
                task.cancel()
            self._waits += 1
            try:
                error = None
                yield waits_for
            except BaseException as err:  # noqa: BLE001 - for the coroutine to deal with
                error = err

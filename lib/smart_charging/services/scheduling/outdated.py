"""Which plans still fit after what has happened while they were made, and which are not worth waiting for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from smart_charging.planning.plan import Plan
from smart_charging.services.scheduling.snapshot import Snapshot

_Plans = Mapping[str, Plan]


class NewestQuestion:
    """Gives up a question whose answer is outdated before it is there, so that the newer one need not wait for it.

    Args:
        until_news: The next reason to have a look, to be waited for.
    """

    def __init__(self, until_news: Callable[[], Awaitable[object]]) -> None:
        self._until_news = until_news
        self._gave_up = False
        """The question after is answered whatever happens: where somebody always changes something, there are plans."""

    async def answer(self, planning: Awaitable[_Plans], is_outdated: Callable[[], Awaitable[bool]]) -> _Plans | None:
        """The plans; None where they were given up."""
        answer = asyncio.ensure_future(planning)
        try:
            self._gave_up = not self._gave_up and await self._is_beaten(answer, is_outdated)
            return None if self._gave_up else await answer
        finally:
            answer.cancel()
            await asyncio.wait([answer])

    async def _is_beaten(self, answer: asyncio.Future[_Plans], is_outdated: Callable[[], Awaitable[bool]]) -> bool:
        """Whether it is outdated before it is there."""
        news = asyncio.ensure_future(self._until_news())
        try:
            while not answer.done():
                either: Sequence[asyncio.Future[Any]] = (answer, news)
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                news = asyncio.ensure_future(self._until_news()) if news.done() else news
                if not answer.done() and await is_outdated():
                    return not answer.done()
        finally:
            news.cancel()
        return False


def are_outdated(asked: Sequence[Snapshot], found: Sequence[Snapshot], *, is_joint: bool) -> bool:
    """Whether no plan would fit; on a shared fuse, whether anything else is asked for, as all are then planned anew."""
    before, after = ({one.key: _asked_of(one) for one in some if one.request} for some in (asked, found))
    kept = [key for key, wants in before.items() if after.get(key) == wants]
    return before != after if is_joint else bool(before) and not kept


def still_fitting(
    plans: Mapping[str, Plan], asked: Sequence[Snapshot], found: Sequence[Snapshot], *, is_joint: bool
) -> Mapping[str, Plan]:
    """The plans of chargers for which the same is still asked; what charging itself changes does not count.

    Args:
        asked: The chargers when the plans were asked for.
        found: The chargers now.
        is_joint: Whether they share a fuse: where one plan does not fit, the others were made beside another one.
    """
    before = {one.key: _asked_of(one) for one in asked}
    fitting = {one.key: plans[one.key] for one in found if one.key in plans and _asked_of(one) == before[one.key]}
    return {} if is_joint and len(fitting) < len(plans) else fitting


def _asked_of(one: Snapshot) -> object:
    """What people, prices aside, and the cable decide; a sensor that changes every second must not be among it."""
    if (request := one.request) is None:
        return None
    need, plugged_in_at = request.need, one.cable.plugged_in_at if one.cable else None
    wants = (need.energy_kwh > 0, need.minimum_kwh > 0, need.ready_by, request.preferences.limit, request.priority)
    return one.car.mode, one.is_skipped, one.is_forbidden, plugged_in_at, wants

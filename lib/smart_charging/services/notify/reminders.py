"""When to remind people of a car that is not plugged in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from smart_charging.services.habits.habit import Stay, at_time, is_expected
from smart_charging.services.store import Store, recalled
from smart_charging.services.stored import text

LATE = timedelta(hours=1)
"""So long after its time a reminder may come, where the charger was not reached before or these apps were down."""

Stays = Callable[[], Sequence[Stay]]


class Reminders:
    """Decides once per charger, time and evening, as soon as it is known whether a cable is in.

    Args:
        times: Local times at which somebody wants to be reminded.
    """

    def __init__(self, times: Collection[time], store: Store, *, zone: tzinfo) -> None:
        self._times = sorted(times)
        self._store = store
        self._zone = zone
        self._decided: dict[str, dict[time, date]] = {}
        """By charger and time, the last evening that was decided."""

    async def due(self, charger_key: str, now: datetime, stays: Stays, *, is_plugged_in: bool) -> Sequence[time]:
        """The times that a reminder is due for now; each is told once.

        Args:
            stays: When cars were plugged in at the charger before.
        """
        open_now = [(at, evening) for at in self._times if (evening := self._evening(at, now))]
        if not open_now:
            return []
        decided = await self._recall(charger_key)
        new = {at: evening for at, evening in open_now if decided.get(at) != evening}
        if not new:
            return []
        decided |= new
        await self._store.remember(_key(charger_key), {f"{at}": f"{evening}" for at, evening in decided.items()})
        known = [] if is_plugged_in else stays()
        return [at for at, evening in new.items() if is_expected(evening, at, known, self._zone)]

    def _evening(self, at: time, now: datetime) -> date | None:
        """The day whose reminder is due or late; the day before, where the time is close to midnight."""
        today = now.astimezone(self._zone).date()
        days = (today, today - timedelta(days=1))
        return next((day for day in days if timedelta(0) <= now - at_time(day, at, self._zone) < LATE), None)

    async def _recall(self, charger_key: str) -> dict[time, date]:
        if charger_key not in self._decided:
            self._decided[charger_key] = await recalled(self._store, _key(charger_key), _decided) or {}
        return self._decided[charger_key]


def _key(charger_key: str) -> str:
    return f"reminded_{charger_key}"


def _decided(facts: Mapping[str, Any]) -> dict[time, date]:
    return {time.fromisoformat(at): date.fromisoformat(text(evening)) for at, evening in facts.items()}

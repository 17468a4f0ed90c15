"""How much cars usually want, and how often they come, from what was wanted at first each night."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from smart_charging.services.stored import number, table, text

_KEPT = timedelta(days=28)
_ENOUGH = 3
"""From so few nights on a mean says more than tonight."""


class NightNeeds:
    """The needs of the last weeks, by charger and day of departure."""

    def __init__(self) -> None:
        self._kwh: dict[str, dict[date, float]] = {}

    def copy(self) -> NightNeeds:
        """One that knows the same; what it notes is its own."""
        copied = NightNeeds()
        copied._kwh = dict(self._kwh)
        return copied

    def note(self, charger_id: str, day: date, energy_kwh: float) -> None:
        """What is wanted by a day's departure; the most that was asked for counts."""
        kept = _recent(self._kwh.get(charger_id, {}), day)
        self._kwh[charger_id] = {**kept, day: max(energy_kwh, kept.get(day, 0.0))}

    def fill(self, nights: Iterable[tuple[str, date, float]], today: date) -> None:
        """Add nights that were not noted, by charger and day of departure: a fee may be newer than the car."""
        known = {charger_id: _recent(days, today) for charger_id, days in self._kwh.items()}
        for charger_id, day, energy_kwh in nights:
            if today - day <= _KEPT:
                known.setdefault(charger_id, {}).setdefault(day, energy_kwh)
        self._kwh = known

    def usual_kwh(self, charger_id: str) -> float | None:
        """What a night usually takes; None until there have been some."""
        needs = self._kwh.get(charger_id, {}).values()
        return sum(needs) / len(needs) if len(needs) >= _ENOUGH else None

    def share(self, charger_id: str) -> float:
        """Of how many nights the car charges in one; all of them until there have been some."""
        days = self._kwh.get(charger_id, {})
        return len(days) / ((max(days) - min(days)).days + 1) if len(days) >= _ENOUGH else 1.0

    def facts(self) -> Mapping[str, Any]:
        """For the store."""
        return {
            charger_id: {day.isoformat(): round(kwh, 2) for day, kwh in days.items()}
            for charger_id, days in self._kwh.items()
        }

    def take(self, facts: Mapping[str, Any]) -> None:
        """What was stored."""
        self._kwh = {
            text(charger_id): {date.fromisoformat(text(day)): number(kwh) for day, kwh in table(days).items()}
            for charger_id, days in facts.items()
        }


def _recent(days: Mapping[date, float], today: date) -> dict[date, float]:
    return {day: kwh for day, kwh in days.items() if today - day <= _KEPT}

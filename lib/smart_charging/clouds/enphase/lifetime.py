"""The energy a charger has ever charged and that of today; neither goes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

NOISE_KWH = 0.02
RESET_KWH = 0.5
_FEW_KWH = 5.0
_HIGHEST_KW = 25.0
_SLACK = timedelta(hours=1)


@dataclass(slots=True, kw_only=True)
class LifetimeEnergy:
    """A counter that goes on where the charger's own begins anew, as after a repair."""

    kwh: float | None = None
    """What is shown."""
    told_kwh: float | None = None
    """What the charger told last and was believed."""
    told_at: datetime | None = None
    doubted_kwh: float | None = None
    """What it told last and was not; told twice, the charger counts from there."""

    def update(self, told_kwh: float | None, now: datetime) -> None:
        """Take what the charger tells; what cannot be is left out until it is told twice."""
        if told_kwh is None:
            return
        if self.kwh is None or self.told_kwh is None:
            self._believe(told_kwh, told_kwh, now)
        elif self._is_possible(told_kwh - self.told_kwh, now):
            highest_kwh = max(told_kwh, self.told_kwh)
            self._believe(highest_kwh, highest_kwh - self.told_kwh, now)
        elif self.doubted_kwh is not None and told_kwh >= self.doubted_kwh:
            is_reset = told_kwh < self.told_kwh
            self._believe(told_kwh, told_kwh if is_reset else 0.0, now)
        else:
            self.doubted_kwh = told_kwh if self._may_be_anew(told_kwh, self.told_kwh) else None

    def _is_possible(self, gained_kwh: float, now: datetime) -> bool:
        since = self.told_at or now
        hours = (max(timedelta(0), now - since) + _SLACK) / timedelta(hours=1)
        return -NOISE_KWH <= gained_kwh <= hours * _HIGHEST_KW

    def _may_be_anew(self, told_kwh: float, before_kwh: float) -> bool:
        """Whether the counter may have begun anew, or have been away while it went on."""
        dropped_kwh = before_kwh - told_kwh
        is_reset = dropped_kwh >= RESET_KWH and (told_kwh <= _FEW_KWH or told_kwh <= before_kwh / 2)
        return is_reset or dropped_kwh < 0

    def _believe(self, told_kwh: float, gained_kwh: float, now: datetime) -> None:
        self.kwh = (self.kwh or 0.0) + gained_kwh
        self.told_kwh, self.told_at, self.doubted_kwh = told_kwh, now, None

    def to_dict(self) -> Mapping[str, Any]:
        """For the notes."""
        at = self.told_at.isoformat() if self.told_at else None
        return {"kwh": self.kwh, "told_kwh": self.told_kwh, "told_at": at, "doubted_kwh": self.doubted_kwh}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        """The opposite of `to_dict`."""
        at = datetime.fromisoformat(facts["told_at"]) if facts.get("told_at") else None
        return cls(kwh=facts["kwh"], told_kwh=facts["told_kwh"], told_at=at, doubted_kwh=facts.get("doubted_kwh"))


@dataclass(slots=True, kw_only=True)
class TodayEnergy:
    """Energy since midnight at the site."""

    day: str | None = None
    kwh: float = 0.0

    def add(self, kwh: float, at_site: datetime) -> None:
        """Count energy that was told now."""
        day = at_site.date().isoformat()
        if day != self.day:
            self.day, self.kwh = day, 0.0
        self.kwh += max(0.0, kwh)

    def to_dict(self) -> Mapping[str, Any]:
        """For the notes."""
        return {"day": self.day, "kwh": self.kwh}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        """The opposite of `to_dict`."""
        return cls(day=facts["day"], kwh=facts["kwh"])

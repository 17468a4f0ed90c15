"""What has to be known of each charger besides its last answer, kept over a restart or a kill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

from smart_charging.clouds.enphase.charger import Activity, Mode
from smart_charging.clouds.enphase.charges import ChargeBook
from smart_charging.clouds.enphase.lifetime import LifetimeEnergy, TodayEnergy
from smart_charging.clouds.enphase.power import PowerEstimate

if TYPE_CHECKING:
    import logging

    from smart_charging.clouds.enphase.translate import Reading
    from smart_charging.clouds.enphase.variants import Variants
    from smart_charging.clouds.http.note_file import NoteFile

_KEPT_EVERY = timedelta(minutes=15)
"""Energy alone; saving it with every read would wear out a memory card."""


@dataclass(slots=True, kw_only=True)
class ChargerMemory:
    """One charger's."""

    book: ChargeBook
    lifetime: LifetimeEnergy = field(default_factory=LifetimeEnergy)
    today: TodayEnergy = field(default_factory=TodayEnergy)
    power: PowerEstimate = field(default_factory=PowerEstimate)
    setpoint_a: float | None = None
    """The current that was set here; the next start tells it."""
    mode: Mode | None = None
    """What the scheduler told last: it sometimes tells none."""
    power_kw: float | None = None

    def update(
        self, reading: Reading, now: datetime, zone: ZoneInfo | None, *, guess_kw: float | None, cap_kw: float | None
    ) -> bool:
        """Take a reading; returns whether something has begun or ended."""
        newest = self.book.charges[0].id if self.book.charges else None
        before_kwh = self.book.charges[0].kwh if newest else 0.0
        is_news = self.book.update(reading, now)
        self.today.add(self._gained(newest, before_kwh), now.astimezone(zone))
        running = self.book.running
        self.power_kw = self.power.update(
            running.kwh if running else None,
            now,
            is_flowing=reading.is_connected and reading.activity is Activity.FLOWING,
            guess_kw=guess_kw,
            cap_kw=cap_kw,
        )
        return is_news

    def _gained(self, newest: str | None, before_kwh: float) -> float:
        """Energy told since the last reading; of a charge that was not known before, all of it."""
        gained = 0.0
        for charge in self.book.charges:
            if charge.id == newest:
                return gained + charge.kwh - before_kwh
            gained += charge.kwh
        return gained

    def to_dict(self) -> Mapping[str, Any]:
        """For the notes."""
        return {
            "book": self.book.to_dict(),
            "lifetime": self.lifetime.to_dict(),
            "today": self.today.to_dict(),
            "setpoint_a": self.setpoint_a,
            "mode": self.mode,
        }

    @classmethod
    def from_dict(cls, serial: str, facts: Mapping[str, Any]) -> Self:
        """The opposite of `to_dict`."""
        return cls(
            book=ChargeBook.from_dict(serial, facts["book"]),
            lifetime=LifetimeEnergy.from_dict(facts["lifetime"]),
            today=TodayEnergy.from_dict(facts["today"]),
            setpoint_a=facts["setpoint_a"],
            mode=Mode(facts["mode"]) if facts["mode"] else None,
        )


class Memory:
    """All chargers', in one file."""

    def __init__(self, file: NoteFile, variants: Variants, logger: logging.Logger) -> None:
        self._file = file
        self._variants = variants
        self._log = logger
        self._chargers: dict[str, ChargerMemory] = {}
        self._is_loaded = False
        self._saved: object = None
        self._saved_at: datetime | None = None

    async def load(self) -> None:
        """Restore what was kept; once."""
        if self._is_loaded:
            return
        notes = await self._file.load()
        self._is_loaded = True
        self._variants.recall(notes.get("variants") or {})
        for serial, facts in (notes.get("chargers") or {}).items():
            try:
                self._chargers[serial] = ChargerMemory.from_dict(serial, facts)
            except (LookupError, TypeError, ValueError, AttributeError):
                self._log.warning("What was noted about a charger cannot be read; its charges are counted anew")

    def of(self, serial: str) -> ChargerMemory:
        """One charger's."""
        if serial not in self._chargers:
            self._chargers[serial] = ChargerMemory(book=ChargeBook(serial=serial))
        return self._chargers[serial]

    async def keep(self, now: datetime, *, at_once: bool) -> None:
        """Save what has changed; energy alone only now and then."""
        is_time = self._saved_at is None or not timedelta(0) <= now - self._saved_at < _KEPT_EVERY
        if not (at_once or is_time):
            return
        notes = {
            "variants": dict(self._variants.worked),
            "chargers": {serial: dict(one.to_dict()) for serial, one in self._chargers.items()},
        }
        if notes != self._saved:
            await self._file.save(notes)
        self._saved, self._saved_at = notes, now

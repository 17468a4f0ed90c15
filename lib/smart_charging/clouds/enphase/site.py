"""One site: its chargers as they are, and what changes seldom about them, read as often as that needs."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from smart_charging.clouds.enphase.charger import MODES_BY_WORD, EnphaseCharger, Mode
from smart_charging.clouds.enphase.power import most_kw
from smart_charging.clouds.enphase.translate import charger_from, limits, mode_shown, phases_of, reading_from
from smart_charging.clouds.http.budget import Urgency
from smart_charging.errors import CloudError, NotFoundError, RateLimitedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smart_charging.clouds.enphase.arguments import EnphaseSettings
    from smart_charging.clouds.enphase.client import EnphaseClient
    from smart_charging.clouds.enphase.memory import Memory
    from smart_charging.clouds.enphase.models import ChargerStatus, Status, Summary

SUMMARY_EVERY = timedelta(minutes=10)
MODES_EVERY = timedelta(minutes=5)
EMPTY_EVERY = timedelta(minutes=10)
"""How often to look whether a site without chargers has got one."""
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(minutes=15)
DEFAULT_A = 32.0


@dataclass(slots=True, kw_only=True)
class Turn:
    """When something optional is due next; after failures it is tried less and less often."""

    every: timedelta
    due_at: datetime | None = None
    """None before the first time."""
    failures: int = 0

    def is_due(self, now: datetime) -> bool:
        """Whether it is to be read now; a clock set back does not stop it."""
        return self.due_at is None or now >= self.due_at or self.due_at - now > max(self.every, _LONGEST_PAUSE)

    def worked(self, now: datetime) -> None:
        """Note a success."""
        self.failures, self.due_at = 0, now + self.every

    def failed(self, error: CloudError, now: datetime) -> None:
        """Note a failure."""
        rest = min(_FIRST_PAUSE * (1 << min(self.failures, 10)), _LONGEST_PAUSE)
        self.failures += 1
        until = error.retry_at if isinstance(error, RateLimitedError) else now
        self.due_at = max(now + rest, min(until, now + _LONGEST_PAUSE))


@dataclass(slots=True, kw_only=True)
class SiteChargers:
    """The chargers of one site."""

    id: str
    client: EnphaseClient
    settings: EnphaseSettings
    memory: Memory
    log: logging.Logger
    name: str | None = None
    summaries: dict[str, Summary] = field(default_factory=dict)
    """By serial number."""
    seen: dict[str, EnphaseCharger] = field(default_factory=dict)
    """By serial number, as last read."""
    _summary_turn: Turn = field(default_factory=lambda: Turn(every=SUMMARY_EVERY))
    _mode_turns: dict[str, Turn] = field(default_factory=dict)
    _zone: ZoneInfo | None = None
    """Where the site does not tell its own, that of this machine counts."""
    _empty_turn: Turn = field(default_factory=lambda: Turn(every=EMPTY_EVERY))

    async def read(self, *, urgency: Urgency = Urgency.POLL, with_optional: bool = True) -> Sequence[EnphaseCharger]:
        """Read the chargers, and what else is due."""
        status = await self.client.status(self.id, urgency=urgency)
        self._zone = _zone(status.zone) or self._zone
        wanted = [row for row in status.chargers if self._is_wanted(row.serial)]
        if with_optional:
            await self._read_summary()
            for row in wanted:
                await self._read_mode(row.serial)
        chargers = [self._take(row, status) for row in wanted]
        self.seen = {charger.id: charger for charger in chargers}
        if not status.chargers:
            self._empty_turn.worked(self.client.now())
        return chargers

    @property
    def is_due(self) -> bool:
        """Whether it has chargers, or may have got some since it was last read."""
        return bool(self.seen) or self._empty_turn.is_due(self.client.now())

    def _is_wanted(self, serial: str) -> bool:
        return not self.settings.chargers or serial in self.settings.chargers

    def expire_mode(self, serial: str) -> None:
        """Have the mode read with the next read of the chargers."""
        self._mode_turns.pop(serial, None)

    async def current_mode(self, serial: str) -> Mode | None:
        """The mode as the scheduler tells it now, or else as it was known last."""
        turn = self._mode_turns[serial] = Turn(every=MODES_EVERY)
        await self._read_mode(serial)
        is_fresh = turn.failures == 0 and self.memory.of(serial).mode is not None
        charger = self.seen.get(serial)
        return self.memory.of(serial).mode if is_fresh or charger is None else charger.mode

    async def _read_summary(self) -> None:
        now = self.client.now()
        if not self._summary_turn.is_due(now):
            return
        try:
            rows = await self.client.summary(self.id)
        except CloudError as err:
            self._summary_turn.failed(err, now)
            self.log.debug("What changes seldom about the chargers keeps its last value: %s", err)
            return
        self._summary_turn.worked(now)
        self.summaries |= {row.serial: row for row in rows}
        for row in rows:
            told_kwh = None if row.lifetime_wh is None else row.lifetime_wh / 1000
            self.memory.of(row.serial).lifetime.update(told_kwh, now)

    async def _read_mode(self, serial: str) -> None:
        now = self.client.now()
        turn = self._mode_turns.setdefault(serial, Turn(every=MODES_EVERY))
        if not turn.is_due(now):
            return
        try:
            word = await self.client.mode(self.id, serial)
        except CloudError as err:
            turn.failed(err, now)
            self.log.debug("A charger's mode keeps its last value: %s", err)
            return
        turn.worked(now)
        if word:
            self.memory.of(serial).mode = MODES_BY_WORD[word]

    def _take(self, row: ChargerStatus, status: Status) -> EnphaseCharger:
        memory, summary, now = self.memory.of(row.serial), self.summaries.get(row.serial), self.client.now()
        mode = mode_shown(row, memory.mode)
        reading = reading_from(row, mode, counts_wh=status.counts_wh, unit=self.settings.session_energy_unit)
        set_a = memory.setpoint_a or row.level_a
        _, most_a = limits(summary)
        cap_kw, guess_kw = (self._kw(amps, summary) for amps in (most_a or DEFAULT_A, set_a or most_a))
        memory.update(reading, now, self._zone, guess_kw=guess_kw, cap_kw=cap_kw)
        return charger_from(
            row,
            reading,
            site=self.id,
            mode=mode,
            summary=summary,
            charges=memory.book.seen(),
            power_kw=memory.power_kw,
            most_kw=self._kw(most_a, summary),
            lifetime_kwh=memory.lifetime.kwh,
            today_kwh=memory.today.kwh,
            setpoint_a=memory.setpoint_a,
        )

    def _kw(self, current_a: float | None, summary: Summary | None) -> float | None:
        return most_kw(current_a, self.settings.nominal_voltage, phases_of(summary))

    def found(self, serial: str) -> EnphaseCharger:
        """One charger as last read.

        Raises:
            NotFoundError: The site has none with this serial number.
        """
        try:
            return self.seen[serial]
        except KeyError:
            raise NotFoundError(f"there is no charger {serial!r} at this site") from None


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None

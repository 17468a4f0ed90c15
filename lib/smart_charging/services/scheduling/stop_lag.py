"""For how long a charge flows on once it is told to stop: some chargers and clouds take minutes to obey."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from smart_charging.charger import Charge
from smart_charging.services.store import Store, recalled
from smart_charging.services.stored import number, rows

STOPS_LOOKED_AT, FEWEST_STOPS = 3, 2
"""The shortest of the newest counts, so that a charger which has become faster is told late enough at once."""
WORTH_A_LEAD = timedelta(seconds=30)
MOST = timedelta(minutes=3)
"""A stop that takes longer was not obeyed."""
_NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Report:
    """The newest energy of the running charge."""

    charge_id: str
    kwh: float
    not_before: datetime
    """When it was still less: it was reported after that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stop:
    """A stop whose last energy is not told yet."""

    report: _Report
    sent_at: datetime

    def lag(self, last_kwh: float, power_kw: float) -> timedelta:
        """At least for how long it flowed on, by what was told after the stop; reports that come late count, too."""
        flowed = timedelta(hours=(last_kwh - self.report.kwh) / power_kw)
        return max(_NO_TIME, flowed - (self.sent_at - self.report.not_before))


class StopLag:
    """Learns it from the energy that charges are told to have had in the end; kept over a restart."""

    def __init__(self, charger_id: str, store: Store) -> None:
        self._store = store
        self._key = f"stop_lag_{charger_id}"
        self._lags: deque[timedelta] = deque(maxlen=STOPS_LOOKED_AT)
        self._is_recalled = False
        self._report: _Report | None = None
        self._read_at: datetime | None = None
        self._stop: _Stop | None = None

    @property
    def lead(self) -> timedelta:
        """How much earlier a charge is to be told to stop that is to end at its target."""
        shortest = min(self._lags, default=_NO_TIME)
        return shortest if len(self._lags) >= FEWEST_STOPS and shortest >= WORTH_A_LEAD else _NO_TIME

    def stopped(self, charge: Charge | None, now: datetime) -> None:
        """A stop was sent."""
        if self._report and charge and charge.id == self._report.charge_id:
            self._stop = _Stop(report=self._report, sent_at=now)

    async def note(self, charges: Iterable[Charge], power_kw: float, read_at: datetime | None) -> None:
        """Process the session's charges; `read_at` is None where they are those of an earlier read."""
        await self._recall()
        for charge in charges:
            if charge.consumed_kwh is None:
                continue
            if charge.state.is_active:
                self._note_report(charge.id, charge.consumed_kwh, charge.started_at or charge.created_at)
            elif self._stop and self._stop.report.charge_id == charge.id:
                lag, self._stop = self._stop.lag(charge.consumed_kwh, power_kw), None
                await self._learn(lag)
        self._read_at = read_at or self._read_at

    def _note_report(self, charge_id: str, kwh: float, begun_at: datetime) -> None:
        before = self._report if self._report and self._report.charge_id == charge_id else None
        if before is None or kwh > before.kwh:
            not_before = max(begun_at, self._read_at) if self._read_at else begun_at
            self._report = _Report(charge_id=charge_id, kwh=kwh, not_before=not_before)

    async def _learn(self, lag: timedelta) -> None:
        if lag > MOST:
            return
        before = tuple(self._lags)
        self._lags.append(lag)
        if any(one >= WORTH_A_LEAD for one in (*before, lag)):
            await self._store.remember(self._key, {"lags_s": [round(one.total_seconds()) for one in self._lags]})

    async def _recall(self) -> None:
        if not self._is_recalled:
            self._is_recalled = True
            self._lags.extend(await recalled(self._store, self._key, _read) or ())


def _read(facts: Mapping[str, Any]) -> list[timedelta]:
    return [timedelta(seconds=number(lag_s, most=MOST.total_seconds())) for lag_s in rows(facts["lags_s"])]

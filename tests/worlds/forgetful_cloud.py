"""A cloud with other habits than Monta's, small enough to be read in a minute.

A start is answered with nothing, and so is a stop, which needs the charge's id of the moment. A charge gets another id
with every read, is told of only while current flows, and is stamped by a clock that is 70 seconds ahead.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from smart_charging.charger import Charge, Charger, ChargerState, ChargeState
from smart_charging.clouds.words import CloudWords
from smart_charging.entities.cloud_tables import NO_TABLES
from smart_charging.errors import NotFoundError, RefusedError, TransportError

WORDS = CloudWords(
    name="Volt",
    manufacturer="Volt Works",
    prefix="volt",
    login_hint="compare the password with Volt's page",
    scope_hint="ask Volt for {scope}",
)
AHEAD = timedelta(seconds=70)
OBEYS_AFTER = timedelta(seconds=12)
HOUR = timedelta(hours=1)


@dataclass(slots=True, kw_only=True)
class _Flow:
    """Current that flows, or is about to."""

    begins_at: datetime
    power_kw: float
    ends_at: datetime | None = None
    before_kwh: float = 0.0
    """What flowed at another power before."""
    counts_from: datetime | None = None

    def kwh(self, now: datetime) -> float:
        end = min(now, self.ends_at or now)
        return self.before_kwh + max(0.0, (end - (self.counts_from or self.begins_at)) / HOUR) * self.power_kw

    def change_power(self, power_kw: float, now: datetime) -> None:
        self.before_kwh = self.kwh(now)
        self.counts_from = max(now, self.begins_at)
        self.power_kw = power_kw


@dataclass(slots=True, kw_only=True)
class Outlet:
    """One connector and the car on it."""

    name: str
    power_kw: float = 11.0
    car_kw: float = 11.0
    wants_kwh: float | None = None
    """None without a cable."""
    flows: list[_Flow] = field(default_factory=list)

    def kwh(self, now: datetime) -> float:
        """Since the cable went in."""
        return min(self.wants_kwh or 0.0, sum(flow.kwh(now) for flow in self.flows))

    def begin(self, at: datetime) -> None:
        """Current flows from then on."""
        self.flows.append(_Flow(begins_at=at, power_kw=min(self.power_kw, self.car_kw)))

    def change_power(self, power_kw: float, now: datetime) -> None:
        """From now on it gives no more than that."""
        self.power_kw = power_kw
        if flow := self.flowing(now):
            flow.change_power(min(power_kw, self.car_kw), now)

    def flowing(self, now: datetime) -> _Flow | None:
        """What flows now, if the car takes anything."""
        flow = self.flows[-1] if self.flows else None
        is_on = flow is not None and flow.begins_at <= now and (flow.ends_at is None or now < flow.ends_at)
        return flow if is_on and self.kwh(now) < (self.wants_kwh or 0.0) else None


class ForgetfulCloud:
    """A `ChargerCloud` with no ability but the ones it must have."""

    words = WORDS
    tables = NO_TABLES

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._numbers = itertools.count(1)
        self._told_ids: dict[str, str] = {}
        self.outlets: dict[str, Outlet] = {}
        self.starts = self.stops = 0
        self.is_down = False
        self.is_closed = False

    def add_outlet(self, charger_id: str, name: str) -> str:
        """An id such as `V-7:1`."""
        self.outlets[charger_id] = Outlet(name=name)
        return charger_id

    def plug_in(self, charger_id: str, *, wants_kwh: float = 60.0) -> None:
        self.outlets[charger_id].wants_kwh = wants_kwh

    def unplug(self, charger_id: str) -> None:
        outlet = self.outlets[charger_id]
        outlet.wants_kwh, outlet.flows = None, []

    def start_by_hand(self, charger_id: str) -> None:
        """In the cloud's own app."""
        self.outlets[charger_id].begin(self._now() + OBEYS_AFTER)

    def stop_by_hand(self, charger_id: str) -> None:
        self.outlets[charger_id].flows[-1].ends_at = self._now()

    def kwh(self, charger_id: str) -> float:
        """What is in the car since the cable went in."""
        return self.outlets[charger_id].kwh(self._now())

    def is_charging(self, charger_id: str) -> bool:
        return self.outlets[charger_id].flowing(self._now()) is not None

    async def chargers(self) -> Sequence[Charger]:
        self._answer()
        return [self._charger(charger_id) for charger_id in self.outlets]

    async def charger(self, charger_id: str) -> Charger:
        self._answer()
        if charger_id not in self.outlets:
            raise NotFoundError(f"{charger_id} is not known")
        return self._charger(charger_id)

    async def start(self, charger_id: str) -> None:
        self._answer()
        self.starts += 1
        if self.outlets[charger_id].flowing(self._now()):
            raise RefusedError("it charges already")
        self.outlets[charger_id].begin(self._now() + OBEYS_AFTER)

    async def stop(self, charger_id: str, charge_id: str | None) -> None:
        self._answer()
        self.stops += 1
        flow = self.outlets[charger_id].flowing(self._now())
        if charge_id is not None and charge_id != self._told_ids.get(charger_id):
            raise NotFoundError(f"charge {charge_id} is not known")
        if flow is None:
            raise RefusedError("there is nothing to stop")
        flow.ends_at = self._now() + OBEYS_AFTER

    async def aclose(self) -> None:
        self.is_closed = True

    def _answer(self) -> None:
        if self.is_down:
            raise TransportError("Volt does not answer")

    def _charger(self, charger_id: str) -> Charger:
        outlet, now = self.outlets[charger_id], self._now()
        flow = outlet.flowing(now)
        return Charger(
            id=charger_id,
            name=outlet.name,
            state=self._state(outlet, flow),
            cloud_state=None,
            is_plugged_in=outlet.wants_kwh is not None,
            visibility="private",
            type="ac",
            max_power_kw=11.0,
            power_kw=flow.power_kw if flow else 0.0,
            charges=[self._charge(charger_id, outlet, flow)] if flow else (),
        )

    def _charge(self, charger_id: str, outlet: Outlet, flow: _Flow) -> Charge:
        self._told_ids[charger_id] = f"{charger_id}/{next(self._numbers)}"
        return Charge(
            id=self._told_ids[charger_id],
            charger_id=charger_id,
            state=ChargeState.CHARGING,
            created_at=flow.begins_at + AHEAD,
            started_at=flow.begins_at + AHEAD,
            consumed_kwh=round(flow.kwh(self._now()), 3),
        )

    def _state(self, outlet: Outlet, flow: _Flow | None) -> ChargerState:
        if outlet.wants_kwh is None:
            return ChargerState.AVAILABLE
        return ChargerState.CHARGING if flow else ChargerState.PREPARING

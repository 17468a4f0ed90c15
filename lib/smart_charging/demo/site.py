"""The stand-in's physical world: charge points, cars, and the energy between them.

Nothing runs in the background. Each look at the site first catches up with the
clock, event by event, so that a car that was full at 03:12 was full at 03:12
whoever looks when.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from smart_charging.demo.messages import ErrorAnswerError

_SLOT = timedelta(minutes=15)
_FIRST_CHARGE_ID = 700100200300400500

OPEN = ("reserved", "scheduled", "starting", "charging", "paused", "stopping")
"""States of a charge that is not over."""


@dataclass(slots=True, kw_only=True)
class Car:
    """What matters of a car here."""

    wants_kwh: float
    """Energy until it is full; goes down as it charges."""
    max_power_kw: float = 11.0


@dataclass(frozen=True, slots=True)
class Flow:
    """Energy at constant power for a while."""

    start: datetime
    end: datetime
    power_kw: float

    def kwh_between(self, start: datetime, end: datetime) -> float:
        """How much of it fell into an interval."""
        overlap = min(self.end, end) - max(self.start, start)
        return self.power_kw * max(0.0, overlap.total_seconds()) / 3600


@dataclass(slots=True, kw_only=True, eq=False)
class Charge:
    """One charging transaction; stamps as Monta has them."""

    id: int
    point: ChargePoint
    created_at: datetime
    updated_at: datetime
    by: str
    """`api`, or who else started it."""
    state: str = "starting"
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    settles_at: datetime | None = None
    cable_plugged_in_at: datetime | None = None
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    fully_charged_at: datetime | None = None
    failed_at: datetime | None = None
    timeout_at: datetime | None = None
    start_meter_kwh: float | None = None
    end_meter_kwh: float | None = None
    cost: float | None = None
    stop_reason: str | None = None
    failure_reason: str | None = None
    flows: list[Flow] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether a start on its charge point would be refused."""
        return self.state in OPEN

    @property
    def consumed_kwh(self) -> float | None:
        """None before it began."""
        return None if self.started_at is None else sum(flow.kwh_between(flow.start, flow.end) for flow in self.flows)


@dataclass(slots=True, kw_only=True, eq=False)
class ChargePoint:
    """One outlet."""

    id: int
    name: str | None
    serial_number: str | None
    max_kw: float | None
    visibility: str = "private"
    type: str | None = "ac"
    created_at: datetime
    updated_at: datetime
    meter_kwh: float | None = 0.0
    state_override: str | None = None
    """What it reports whatever it does: `error`, `disconnected`, or a word of the future."""
    reports_state: bool = True
    starts_by_itself: bool = False
    """Many charge points begin as soon as the cable is in."""
    car: Car | None = None
    plugged_in_at: datetime | None = None
    charge: Charge | None = None
    """The latest."""

    @property
    def state(self) -> str | None:
        """In Monta's words; a paused charge leaves it at `busy-charging`."""
        if not self.reports_state or self.state_override:
            return self.state_override
        charge = self.charge.state if self.charge else "completed"
        if charge in {"charging", "paused", "stopping"}:
            return "busy-charging"
        if charge == "starting":
            return "busy"
        if self.car is None:
            return "available"
        return "busy-non-released" if charge == "stopped" else "busy-non-charging"

    @property
    def power_kw(self) -> float:
        """What flows once it flows."""
        return 0.0 if self.car is None else min(self.max_kw or 11.0, self.car.max_power_kw)


@dataclass(kw_only=True)
class Delays:
    """How long Monta and the hardware take."""

    start: timedelta = timedelta(seconds=8)
    """From the start, with a cable in, to energy."""
    start_timeout: timedelta = timedelta(minutes=3)
    """How long a start waits for a cable."""
    stop: timedelta = timedelta(seconds=5)
    settle: timedelta = timedelta(seconds=30)
    """From the cable's release to the final cost."""


class Site:
    """All charge points with their charges, kept up to date with `now`.

    Args:
        price: The owner's price per kWh of the quarter that begins then; without
            it charges cost nothing that anyone knows of.
        on_settled: Called with each charge whose cost is final.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        delays: Delays,
        price: Callable[[datetime], float] | None = None,
        on_settled: Callable[[Charge], None] = lambda _: None,
    ) -> None:
        self._now = now
        self.delays = delays
        self.price = price
        self._on_settled = on_settled
        self.points: dict[int, ChargePoint] = {}
        self.charges: dict[int, Charge] = {}

    def catch_up(self) -> datetime:
        """Let everything happen that was due by now; returns now."""
        now = self._now()
        for charge in self.charges.values():
            if charge.state != "completed":
                self._advance(charge, now)
        return now

    def plug_in(self, point: ChargePoint, car: Car) -> None:
        """Put the cable into a car; a start that waits for one goes on."""
        now = self.catch_up()
        point.car, point.plugged_in_at = car, now
        if point.charge and point.charge.state == "starting":
            point.charge.begins_at = now + self.delays.start
            point.charge.cable_plugged_in_at = now
        elif point.starts_by_itself:
            self.start(point, by="plug-in")

    def unplug(self, point: ChargePoint) -> None:
        """Pull the cable; whatever charge is there ends, settled a little later."""
        now = self.catch_up()
        if (charge := point.charge) and charge.state != "completed":
            if charge.is_open:
                self._stop(charge, now, reason="EVDisconnected")
            charge.state, charge.settles_at, charge.updated_at = "released", now + self.delays.settle, now
        point.car, point.plugged_in_at = None, None

    def start(self, point: ChargePoint, *, by: str) -> Charge:
        """Accept a charge, cable or not; refused while another one is open."""
        now = self.catch_up()
        if point.charge and point.charge.is_open:
            raise ErrorAnswerError(400, "BAD_REQUEST", "a charge is active")
        if point.charge and point.charge.state == "stopped":
            self._settle(point.charge, now)
        charge = Charge(id=_FIRST_CHARGE_ID + len(self.charges), point=point, created_at=now, updated_at=now, by=by)
        charge.cable_plugged_in_at = point.plugged_in_at
        charge.begins_at = now + self.delays.start if point.car else None
        self.charges[charge.id] = point.charge = charge
        return charge

    def stop(self, charge: Charge, *, reason: str) -> Charge:
        """Accept a stop; energy flows on for a moment."""
        now = self.catch_up()
        if not charge.is_open:
            raise ErrorAnswerError(400, "BAD_REQUEST", "the charge is over")
        if charge.state != "stopping":
            charge.state, charge.ends_at, charge.updated_at = "stopping", now + self.delays.stop, now
            charge.stop_reason = reason
        return charge

    def _advance(self, charge: Charge, now: datetime) -> None:
        """Let one charge live until now: begin, flow, get full, stop, settle, each at its own moment."""
        timeout_at = charge.created_at + self.delays.start_timeout
        if charge.state == "starting" and charge.begins_at and charge.begins_at <= now:
            self._begin(charge, charge.begins_at)
        elif charge.state == "starting" and charge.begins_at is None and timeout_at <= now:
            self._stop(charge, timeout_at, reason=None)
            charge.timeout_at, charge.settles_at = timeout_at, timeout_at + self.delays.settle
        if charge.state in {"charging", "stopping"}:
            self._flow(charge, min(now, charge.ends_at or now))
        if charge.state == "stopping" and charge.ends_at and charge.ends_at <= now:
            self._stop(charge, charge.ends_at, reason=charge.stop_reason)
        if charge.state in {"stopped", "released"} and charge.settles_at and charge.settles_at <= now:
            self._settle(charge, charge.settles_at)

    def _begin(self, charge: Charge, at: datetime) -> None:
        charge.state, charge.started_at, charge.updated_at = "charging", at, at
        charge.start_meter_kwh = charge.point.meter_kwh

    def _flow(self, charge: Charge, until: datetime) -> None:
        """Charge at constant power, until then or until the car is full."""
        point, car = charge.point, charge.point.car
        if car is None or charge.started_at is None or charge.fully_charged_at:
            return
        since = charge.flows[-1].end if charge.flows else charge.started_at
        full_at = since + timedelta(hours=car.wants_kwh / point.power_kw)
        end = min(until, full_at)
        if end <= since and end != full_at:
            return
        self._move(charge, Flow(since, end, point.power_kw))
        if full_at <= until:
            charge.fully_charged_at = charge.updated_at = full_at
            charge.state = "paused" if charge.state == "charging" else charge.state

    def _move(self, charge: Charge, flow: Flow) -> None:
        kwh = flow.kwh_between(flow.start, flow.end)
        charge.flows.append(flow)
        charge.updated_at = flow.end
        if charge.point.car:
            charge.point.car.wants_kwh = max(0.0, charge.point.car.wants_kwh - kwh)
        if charge.point.meter_kwh is not None:
            charge.point.meter_kwh += kwh

    def _stop(self, charge: Charge, at: datetime, *, reason: str | None) -> None:
        charge.state, charge.stopped_at, charge.updated_at = "stopped", at, at
        charge.stop_reason = reason
        charge.end_meter_kwh = charge.point.meter_kwh if charge.started_at else None

    def _settle(self, charge: Charge, at: datetime) -> None:
        charge.state, charge.updated_at = "completed", at
        if self.price and charge.flows:
            charge.cost = round(sum(self._cost(flow) for flow in charge.flows), 2)
        self._on_settled(charge)

    def _cost(self, flow: Flow) -> float:
        assert self.price is not None  # noqa: S101 - asked for just before
        cost, slot = 0.0, quarter(flow.start)
        while slot < flow.end:
            cost += flow.kwh_between(slot, slot + _SLOT) * self.price(slot)
            slot += _SLOT
        return cost


def quarter(at: datetime) -> datetime:
    """The quarter of an hour that a moment belongs to."""
    return datetime.fromtimestamp(at.timestamp() // _SLOT.total_seconds() * _SLOT.total_seconds(), UTC)

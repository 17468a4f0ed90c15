"""How charges progress over time.

Nothing runs in the background. Each read first catches up with the clock, event by
event, so that a car is full at 03:12 no matter when somebody reads it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from smart_charging.clouds.monta.stand_in.messages import ErrorAnswerError
from smart_charging.clouds.monta.stand_in.site import Car, Charge, ChargePoint, Flow

_SLOT = timedelta(minutes=15)
_FIRST_CHARGE_ID = 700100200300400500


@dataclass(kw_only=True)
class Delays:
    """How long Monta and the hardware take."""

    start: timedelta = timedelta(seconds=8)
    """From the start, with the cable in, until energy flows."""
    start_timeout: timedelta = timedelta(minutes=3)
    """How long a start waits for a cable."""
    stop: timedelta = timedelta(seconds=5)
    settle: timedelta = timedelta(seconds=30)
    """From unplugging to the final cost."""


class Lifecycle:
    """All charge points with their charges, kept up to date with `now`.

    Args:
        price: What a kWh costs the owner in the quarter that begins then; None without cost tracking,
            and charges then have no cost.
        driver_price: What the driver pays per kWh; 0 at a charger of one's own.
        on_settled: Called with each charge whose cost is final.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        delays: Delays,
        price: Callable[[datetime], float] | None = None,
        driver_price: float = 0.0,
        on_settled: Callable[[Charge], None] = lambda _: None,
    ) -> None:
        self._now = now
        self.delays = delays
        self._caught_up_at: datetime | None = None
        self.keeps_commands = True
        """Those for a charger that is offline."""
        self.price = price
        self.driver_price = driver_price
        self._on_settled = on_settled
        self.points: dict[int, ChargePoint] = {}
        self.charges: dict[int, Charge] = {}

    def catch_up(self) -> datetime:
        """Carry out everything due by now; returns now."""
        now = self._now()
        self.catch_up_to(now)
        return now

    def catch_up_to(self, moment: datetime) -> None:
        """Carry out everything due by then, which is no later than now; time does not run back."""
        self._caught_up_at = moment
        for charge in self.charges.values():
            if charge.state != "completed":
                self._advance(charge, moment)

    def due_by(self, now: datetime, *more: datetime) -> list[datetime]:
        """When charges begin, end or are settled between what was last caught up to and now, in order; and more."""
        open_ones = [charge for charge in self.charges.values() if charge.state != "completed"]
        moments = {moment for one in open_ones for moment in (one.begins_at, one.ends_at, one.settles_at)}
        since = self._caught_up_at or now
        return sorted(moment for moment in {*moments, *more} if moment and since < moment <= now)

    def plug_in(self, point: ChargePoint, car: Car) -> None:
        """Plug the cable into a car; a start that waits for the cable continues."""
        now = self.catch_up()
        point.car, point.plugged_in_at, point.updated_at = car, now, now
        if point.charge and point.charge.state == "starting":
            point.charge.begins_at = now + self.delays.start
            point.charge.cable_plugged_in_at = now
        elif point.starts_by_itself:
            self.start(point, by="plug-in")

    def unplug(self, point: ChargePoint) -> None:
        """Unplug; a charge that is not over ends and is settled a little later."""
        now = self.catch_up()
        if (charge := point.charge) and charge.state != "completed":
            if charge.is_open:
                self._end(charge, now)
                charge.stop_reason = "EVDisconnected"
            charge.state, charge.settles_at, charge.updated_at = "released", now + self.delays.settle, now
        point.car, point.plugged_in_at, point.updated_at = None, None, now

    def start(self, point: ChargePoint, *, by: str) -> Charge:
        """Accept a charge, with or without a cable; refused while another one is open."""
        now = self.catch_up()
        is_heard = point.car and not point.is_offline and not point.starts_to_ignore
        charge = self._open(point, now, by=by, begins_at=now + self.delays.start if is_heard else None)
        point.starts_to_ignore = max(0, point.starts_to_ignore - 1)
        return charge

    def schedule(self, point: ChargePoint, begins_at: datetime) -> Charge:
        """Let Monta's own smart charging plan a charge."""
        charge = self._open(point, self.catch_up(), by="monta", begins_at=begins_at)
        charge.state = "scheduled"
        return charge

    def _open(self, point: ChargePoint, now: datetime, *, by: str, begins_at: datetime | None) -> Charge:
        if point.charge and point.charge.is_open:
            raise ErrorAnswerError(400, "BAD_REQUEST", "a charge is active")
        if point.charge and point.charge.state == "stopped":
            self._settle(point.charge, now)
        charge = Charge(id=_FIRST_CHARGE_ID + len(self.charges), point=point, created_at=now, updated_at=now, by=by)
        charge.begins_at, charge.cable_plugged_in_at = begins_at, point.plugged_in_at
        self.charges[charge.id] = point.charge = charge
        return charge

    def reserve(self, point: ChargePoint, *, by: str) -> Charge:
        """Keep the charge point for a charge that begins with `restart`."""
        charge = self._open(point, self.catch_up(), by=by, begins_at=None)
        charge.state = "reserved"
        return charge

    def restart(self, charge: Charge) -> Charge:
        """Begin a reserved charge, or go on with one that was stopped with the cable in."""
        now = self.catch_up()
        if charge.state not in {"reserved", "stopped"} or charge.point.charge is not charge:
            raise ErrorAnswerError(400, "BAD_REQUEST", "the charge cannot be restarted")
        charge.state, charge.ends_at, charge.stopped_at, charge.updated_at = "starting", None, None, now
        charge.begins_at = now + self.delays.start if charge.point.car else None
        return charge

    def stop(self, charge: Charge, *, reason: str) -> Charge:
        """Accept a stop; energy flows for a moment longer."""
        now = self.catch_up()
        if not charge.is_open:
            raise ErrorAnswerError(400, "BAD_REQUEST", "the charge is over")
        if charge.state != "stopping" and not charge.point.ignores_stops:
            charge.ends_at = None if charge.point.is_offline else now + self.delays.stop
            charge.state, charge.stop_reason, charge.updated_at = "stopping", reason, now
        return charge

    def go_offline(self, point: ChargePoint) -> None:
        """Hear nothing from the charger, nor it from us."""
        self.catch_up()
        point.is_offline = True

    def come_back(self, point: ChargePoint, *, with_commands: bool) -> None:
        """Hear of it again; commands of meanwhile reach it now, or never."""
        now = self.catch_up()
        point.is_offline = False
        charge = point.charge
        if charge is None or not charge.is_open:
            return
        if charge.state == "stopping" and charge.ends_at is None:
            charge.ends_at = now + self.delays.stop if with_commands else None
            charge.state = "stopping" if with_commands else "charging"
        elif charge.state == "starting" and with_commands and point.car:
            charge.begins_at = charge.begins_at or now + self.delays.start

    def hold(self, point: ChargePoint) -> None:
        """Load management lets nothing flow, whatever is started."""
        self.catch_up()
        point.is_held = True
        self.pause(point)

    def let_go(self, point: ChargePoint) -> None:
        """It lets energy flow again; a charge that was only held goes on."""
        point.is_held = False
        self.resume(point, 0)

    def break_off(self, point: ChargePoint, reason: str | None) -> None:
        """End a charge at once, with the cable in."""
        now = self.catch_up()
        if (charge := point.charge) and charge.is_open:
            self._end(charge, now)
            charge.stop_reason = reason

    def pause(self, point: ChargePoint) -> None:
        """Let the car stop taking energy, full or not."""
        now = self.catch_up()
        if (charge := point.charge) and charge.state == "charging":
            charge.state, charge.updated_at, charge.flowed_until = "paused", now, None

    def resume(self, point: ChargePoint, more_kwh: float) -> None:
        """Let the car take energy again."""
        now = self.catch_up()
        if point.car:
            point.car.wants_kwh += more_kwh
        if (charge := point.charge) and charge.state == "paused":
            if (point.car and point.car.wants_kwh <= 0) or point.is_held:
                return
            charge.state, charge.updated_at, charge.flowed_until = "charging", now, now
            charge.fully_charged_at = None

    def _advance(self, charge: Charge, now: datetime) -> None:
        """Bring one charge up to now: begin, flow, stop and settle, each at its own moment."""
        if charge.state in {"scheduled", "starting"}:
            self._begin_or_time_out(charge, now)
        if charge.state in {"charging", "stopping"}:
            self._flow(charge, min(now, charge.ends_at or now))
        if charge.state == "stopping" and charge.ends_at and charge.ends_at <= now:
            self._end(charge, charge.ends_at)
        if charge.state in {"stopped", "released"} and charge.settles_at and charge.settles_at <= now:
            self._settle(charge, charge.settles_at)

    def _begin_or_time_out(self, charge: Charge, now: datetime) -> None:
        timeout_at = charge.created_at + self.delays.start_timeout
        if charge.begins_at and charge.begins_at <= now:
            self._begin(charge, charge.begins_at)
        elif charge.begins_at is None and timeout_at <= now and not self._is_kept(charge):
            self._end(charge, timeout_at)
            charge.timeout_at, charge.settles_at = timeout_at, timeout_at + self.delays.settle

    def _begin(self, charge: Charge, at: datetime) -> None:
        if reason := charge.point.fails_with:
            self._end(charge, at)
            charge.failed_at, charge.failure_reason, charge.settles_at = at, reason, at + self.delays.settle
            return
        charge.state, charge.started_at, charge.flowed_until, charge.updated_at = "charging", at, at, at
        charge.start_meter_kwh = charge.point.meter_kwh
        if charge.point.is_held:
            charge.state, charge.flowed_until = "paused", None
        if (car := charge.point.car) and car.naps:
            car.naps, charge.is_nap = car.naps - 1, True

    def _is_kept(self, charge: Charge) -> bool:
        """Whether it waits for a charger that is offline."""
        return self.keeps_commands and charge.point.is_offline and charge.point.car is not None

    def _flow(self, charge: Charge, until: datetime) -> None:
        """Charge at constant power until that moment or until the car is full."""
        power_kw, car, since = charge.point.power_kw, charge.point.car, charge.flowed_until
        if car is None or since is None or charge.fully_charged_at or not power_kw:
            return
        full_at = since + timedelta(hours=car.wants_kwh / power_kw)
        self._move(charge, car, Flow(since, min(until, full_at), power_kw))
        if full_at <= until:
            car.wants_kwh, charge.fully_charged_at = 0.0, full_at
            charge.state = "paused" if charge.state == "charging" else charge.state

    def _move(self, charge: Charge, car: Car, flow: Flow) -> None:
        """Move energy through the meter into the car."""
        kwh = flow.kwh_between(flow.start, flow.end)
        if charge.flows and (last := charge.flows[-1]).end == flow.start and last.power_kw == flow.power_kw:
            charge.flows[-1] = Flow(last.start, flow.end, flow.power_kw)
        else:
            charge.flows.append(flow)
        charge.flowed_until = charge.updated_at = flow.end
        car.wants_kwh -= kwh
        if charge.point.meter_kwh is not None:
            charge.point.meter_kwh += kwh

    def _end(self, charge: Charge, at: datetime) -> None:
        charge.state, charge.stopped_at, charge.updated_at = "stopped", at, at
        charge.end_meter_kwh = charge.point.meter_kwh if charge.started_at else None

    def _settle(self, charge: Charge, at: datetime) -> None:
        charge.state, charge.updated_at = "completed", at
        if self.price and charge.flows:
            charge.cost = round(sum(_cost(flow, self.price) for flow in charge.flows), 2)
        if charge.flows:
            charge.price = round((charge.consumed_kwh or 0.0) * self.driver_price, 2)
        self._on_settled(charge)


def _cost(flow: Flow, price: Callable[[datetime], float]) -> float:
    cost, slot = 0.0, quarter(flow.start)
    while slot < flow.end:
        cost += flow.kwh_between(slot, slot + _SLOT) * price(slot)
        slot += _SLOT
    return cost


def quarter(at: datetime) -> datetime:
    """The quarter of an hour that a moment belongs to."""
    return datetime.fromtimestamp(at.timestamp() // _SLOT.total_seconds() * _SLOT.total_seconds(), UTC)

"""What the cloud tells of chargers and charges: the truth of the site, as its habits let it through."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from smart_charging.clouds.monta.stand_in import shapes
from smart_charging.clouds.monta.stand_in.habits import CableStamp, Habits, KwhTold, ListOrder, told_reason, told_state
from smart_charging.clouds.monta.stand_in.lifecycle import Lifecycle
from smart_charging.clouds.monta.stand_in.shapes import Json
from smart_charging.clouds.monta.stand_in.site import Charge, ChargePoint

T = TypeVar("T")

NOTHING = timedelta(0)
_LONG_AGO = datetime(2024, 3, 1, tzinfo=UTC)
_FIRST_PAST_ID = 500000


class Reporting:
    """Charge points and charges as Monta's JSON, late, in odd words or in odd company.

    Args:
        habits: Asked each time, so that they can change.
    """

    def __init__(
        self, *, site: Lifecycle, currency: str, now: Callable[[], datetime], habits: Callable[[], Habits]
    ) -> None:
        self._site = site
        self._currency = currency
        self._now = now
        self._habits = habits
        self._states: dict[int, Delayed[str | None]] = {}
        self._cables: dict[int, Delayed[bool]] = {}
        self._rows: Delayed[list[Json]] = Delayed()
        self._settled: dict[int, Json] = {}
        self._frozen: dict[int, Json] = {}
        self._frozen_kwh: dict[int, float] = {}
        self._frozen_cables: dict[int, bool] = {}
        self._past: list[Json] = []

    def note(self, now: datetime) -> None:
        """Keep how all stands, for those who will be told later."""
        habits = self._habits()
        for point in self._site.points.values():
            if habits.state_lag:
                self._states.setdefault(point.id, Delayed()).note(now, point.state)
            if habits.cable_lag:
                self._cables.setdefault(point.id, Delayed()).note(now, point.shows_cable)
        if habits.list_lag:
            self._rows.note(now, [self._row(charge) for charge in self._site.charges.values()])

    def _row(self, charge: Charge) -> Json:
        """One that is settled never changes again."""
        if charge.id not in self._settled and charge.state == "completed" and charge.id not in self._frozen:
            self._settled[charge.id] = self.charge(charge)
        return self._settled.get(charge.id) or self.charge(charge)

    def freeze(self, point: ChargePoint) -> None:
        """The charger goes offline: what was last told of its charges stays so."""
        for charge in self._site.charges.values():
            if charge.point is point:
                self._frozen[charge.id] = self.charge(charge)
                self._frozen_kwh[charge.id] = self._told_kwh(charge) or 0.0
        self._frozen_cables[point.id] = point.shows_cable

    def thaw(self, point: ChargePoint) -> None:
        """It is back, and tells what it has done."""
        for charge in self._site.charges.values():
            if charge.point is point:
                self._frozen.pop(charge.id, None)
        self._frozen_cables.pop(point.id, None)

    # -- one ---------------------------------------------------------------

    def charge_point(self, point: ChargePoint) -> Json:
        """An answer of `charge-points/{id}`."""
        habits, now = self._habits(), self._now()
        state, is_cable_in = point.state, self._frozen_cables.get(point.id, point.shows_cable)
        if habits.state_lag:
            state = self._states.setdefault(point.id, Delayed()).at(now - habits.state_lag, state)
        if habits.cable_lag:
            is_cable_in = self._cables.setdefault(point.id, Delayed()).at(now - habits.cable_lag, is_cable_in)
        told = shapes.charge_point(point)
        return told | {
            "state": told_state(state, habits.states),
            "cablePluggedIn": is_cable_in,
            "lastMeterReadingKwh": self._told_meter(point),
        }

    def kwh_consumption(self, charge: Charge, period_s: int) -> Json:
        """An answer of `charges/{id}/kwh-consumption`."""
        told = shapes.kwh_consumption(charge, period_s)
        return told if self._habits().are_linked_by_ocpp else told | {"kwhConsumption": None}

    def charge(self, charge: Charge) -> Json:
        """An answer of `charges/{id}`."""
        if charge.id in self._frozen:
            return self._told_while_offline(charge)
        habits = self._habits()
        kwh, told = self._told_kwh(charge), shapes.charge(charge, self._currency)
        if not _is_told(charge, habits.kwh_told):
            kwh = None
        if not habits.tells_meter:
            told |= {"startMeterKwh": None, "endMeterKwh": None}
        state = charge.state
        if not habits.names_end and state in {"stopped", "released"}:
            state, told["stoppedAt"] = "stopping", None
        return told | {
            "state": habits.charge_states.get(state, state),
            "consumedKwh": None if kwh is None else round(kwh + charge.point.meter_glitch_kwh, 3),
            "cablePluggedInAt": shapes.stamp(self._cable_stamp(charge)),
            "stopReason": told_reason(charge.stop_reason, habits.reasons),
        }

    def is_found(self, charge: Charge) -> bool:
        """Whether a look by its id finds the charge already."""
        return self._now() - charge.created_at >= self._habits().look_lag

    def _told_while_offline(self, charge: Charge) -> Json:
        """The cloud knows of its own commands, and of nothing else."""
        told = self._frozen[charge.id]
        return told | {"state": "stopping"} if charge.state == "stopping" else told

    def _cable_stamp(self, charge: Charge) -> datetime | None:
        match self._habits().cable_stamp:
            case CableStamp.PLUG_IN:
                return charge.cable_plugged_in_at
            case CableStamp.OWN_START:
                return charge.started_at
            case _:
                return None

    def _told_kwh(self, charge: Charge) -> float | None:
        """By the last report: every so often while the charge runs, and at its end."""
        rhythm = self._habits().meter_rhythm
        if charge.started_at is None or not rhythm or charge.stopped_at:
            return charge.consumed_kwh
        reported_at = charge.started_at + (self._now() - charge.started_at) // rhythm * rhythm
        return sum(flow.kwh_between(flow.start, reported_at) for flow in charge.flows)

    def _told_meter(self, point: ChargePoint) -> float | None:
        if point.meter_kwh is None or not self._habits().tells_meter:
            return None
        charge = point.charge
        untold = (charge.consumed_kwh or 0.0) - (self._told_kwh(charge) or 0.0) if charge else 0.0
        if charge and charge.id in self._frozen:
            untold = (charge.consumed_kwh or 0.0) - self._frozen_kwh[charge.id]
        return round(point.meter_kwh - untold + point.meter_glitch_kwh, 3)

    # -- lists -------------------------------------------------------------

    def page(self, rows: Sequence[Json], number: int, per_page: int) -> Json:
        """One page of a list; the first is page 0."""
        page = shapes.page(rows, number, per_page)
        return page if self._habits().counts_pages else {"data": page["data"]}

    def charge_points(self) -> list[Json]:
        """The list, with whatever else is in it."""
        points = [self.charge_point(point) for point in self._site.points.values()]
        return [*points, *(dict(row) for row in self._habits().odd_charge_points)]

    def charges(self) -> list[Json]:
        """The list, in the cloud's order, with whatever else is in it."""
        habits = self._habits()
        if habits.list_lag:
            rows = self._rows.at(self._now() - habits.list_lag, [])
        else:
            rows = [self.charge(charge) for charge in self._site.charges.values()]
        return self._ordered([*self._past_charges(habits.past_charges), *rows, *self._odd_charges()])

    def _odd_charges(self) -> Iterator[Json]:
        """Rows that name no charge point of their own get the first one's."""
        first = next(iter(self._site.points), None)
        for row in self._habits().odd_charges:
            yield {"chargePointId": first} | row

    def _ordered(self, oldest_first: Sequence[Json]) -> list[Json]:
        match self._habits().list_order:
            case ListOrder.NEWEST_FIRST:
                return list(reversed(oldest_first))
            case ListOrder.OLDEST_FIRST:
                return list(oldest_first)
            case ListOrder.SHUFFLED:
                return sorted(oldest_first, key=lambda row: int(str(row["id"])) * 2654435761 % 2**32)

    def _past_charges(self, count: int) -> Sequence[Json]:
        """Made once there are charge points to have had them."""
        points = list(self._site.points.values())
        if len(self._past) != count and points:
            self._past = [self._past_charge(number, points[number % len(points)]) for number in range(count)]
        return self._past

    def _past_charge(self, number: int, point: ChargePoint) -> Json:
        at = _LONG_AGO + timedelta(days=number)
        charge = Charge(id=_FIRST_PAST_ID + number, point=point, created_at=at, updated_at=at, by="api")
        charge.state, charge.started_at, charge.stopped_at = "completed", at, at + timedelta(hours=2)
        return shapes.charge(charge, self._currency)


def _is_told(charge: Charge, told: KwhTold) -> bool:
    """Whether its energy is by now."""
    if told is KwhTold.ALWAYS:
        return True
    return charge.state == "completed" or (told is KwhTold.AT_END and charge.stopped_at is not None)


class Delayed(Generic[T]):
    """Something that is told as it was some time ago."""

    def __init__(self) -> None:
        self._noted: deque[tuple[datetime, T]] = deque()

    def note(self, now: datetime, how: T) -> None:
        """How it stands now; what is past already stays."""
        if not self._noted or (self._noted[-1][1] != how and self._noted[-1][0] <= now):
            self._noted.append((now, how))

    def at(self, moment: datetime, otherwise: T) -> T:
        """How it stood then; what is older is forgotten."""
        while len(self._noted) > 1 and self._noted[1][0] <= moment:
            self._noted.popleft()
        return self._noted[0][1] if self._noted else otherwise

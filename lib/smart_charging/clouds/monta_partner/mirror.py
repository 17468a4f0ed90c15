"""What Monta has told of charge points and charges, by lists and by events, whichever is newer.

Events come late, twice, out of order or not at all, and lists may lag behind them. Two times decide: when a thing
last changed, as it says itself, and of which moment it was told, both by Monta's clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Generic, TypeVar

from smart_charging.clouds.monta.models import ChargeState
from smart_charging.clouds.monta.translate import is_open
from smart_charging.clouds.monta_partner.charge_models import Charge
from smart_charging.clouds.monta_partner.charge_points import ChargePoint

M = TypeVar("M", Charge, ChargePoint)

CHARGES_KEPT = 10
"""Of each charge point, the newest."""


class Outcome(Enum):
    """What became of an event."""

    NEWS = auto()
    NOTHING_NEW = auto()
    """Old, a duplicate, or of something that is nobody's business here."""
    READ_AGAIN = auto()
    """It cannot be understood without reading the lists."""


@dataclass(frozen=True, slots=True)
class _Told(Generic[M]):
    """A charge point or charge as it was told last."""

    model: M
    at: datetime
    """Of which moment."""

    def gives_way_to(self, model: M, at: datetime) -> bool:
        """Whether something else that was told is as new, or newer."""
        ours, theirs = _changed_at(self.model), _changed_at(model)
        return at >= self.at and not (ours and theirs and theirs < ours)


class Mirror:
    """Charge points and charges by id; nothing in it waits."""

    def __init__(self) -> None:
        self._points: dict[int, _Told[ChargePoint]] = {}
        self._charges: dict[int, dict[int, _Told[Charge]]] = {}
        """By charge point and charge."""
        self._strangers: set[int] = set()
        """Charge points of which events told and the list did not, such as those of another team."""

    @property
    def points(self) -> Sequence[ChargePoint]:
        """All charge points, in the order of the list."""
        return [told.model for told in self._points.values()]

    def charges_of(self, point_id: int) -> Sequence[Charge]:
        """The charges of a charge point that are known, newest first."""
        charges = [told.model for told in self._charges.get(point_id, {}).values()]
        return sorted(charges, key=lambda charge: charge.created_at, reverse=True)

    @property
    def active_charges(self) -> Sequence[Charge]:
        """All charges that are not over."""
        return [charge for charge in self.unsettled_charges if is_open(charge)]

    @property
    def unsettled_charges(self) -> Sequence[Charge]:
        """All charges of which something may still change, if only the money."""
        charges = (told.model for of_point in self._charges.values() for told in of_point.values())
        return [charge for charge in charges if charge.state is not ChargeState.COMPLETED]

    def take_points(self, points: Iterable[ChargePoint], at: datetime) -> Set[int]:
        """Take the whole list as it was at a moment; returns those that are in another state than was known."""
        before, changed = self._points, set[int]()
        self._points = {}
        for point in points:
            known = before.get(point.id)
            is_newer = known is None or known.gives_way_to(point, at)
            if known and is_newer and _what_matters(known.model) != _what_matters(point):
                changed.add(point.id)
            self._points[point.id] = _Told(point, at) if known is None or is_newer else known
        self._strangers -= self._points.keys()
        self._charges = {point_id: charges for point_id, charges in self._charges.items() if point_id in self._points}
        return changed

    def take_point(self, point: ChargePoint, at: datetime) -> bool:
        """Take one charge point; returns whether it is as new as what was known."""
        known = self._points.get(point.id)
        if known and not known.gives_way_to(point, at):
            return False
        self._points[point.id] = _Told(point, at)
        return True

    def take_charge(self, charge: Charge, at: datetime) -> bool:
        """Take one charge; returns whether it is in another state than was known, or new and running."""
        if charge.charge_point_id not in self._points:
            return False
        of_point = self._charges.setdefault(charge.charge_point_id, {})
        known = of_point.get(charge.id)
        if known and not known.gives_way_to(charge, at):
            return False
        of_point[charge.id] = _Told(charge, at)
        self._keep_newest(charge.charge_point_id)
        return known.model.state is not charge.state if known else is_open(charge)

    def drop_charge(self, charge: Charge) -> None:
        """Forget a charge that Monta does not know any more."""
        self._charges.get(charge.charge_point_id or 0, {}).pop(charge.id, None)

    def point_of(self, charge_id: int) -> int | None:
        """The charge point of a charge; None where the charge is not known."""
        told = self._charge(charge_id)
        return told.model.charge_point_id if told else None

    def hear_of_point(self, point_id: int, payload: Mapping[str, object], at: datetime) -> Outcome:
        """Take an event of a charge point, which may tell a part of it only.

        Raises:
            ValidationError: It is not a charge point.
        """
        known = self._points.get(point_id)
        if known is None:
            return self._hear_of_stranger(point_id)
        told = ChargePoint.model_validate({**payload, "id": point_id})
        if not known.gives_way_to(told, at):
            return Outcome.NOTHING_NEW
        self._points[point_id] = _Told(_merged(known.model, told), at)
        return Outcome.NOTHING_NEW if self._points[point_id].model == known.model else Outcome.NEWS

    def _hear_of_stranger(self, point_id: int) -> Outcome:
        is_new = point_id not in self._strangers
        self._strangers.add(point_id)
        return Outcome.READ_AGAIN if is_new else Outcome.NOTHING_NEW

    def hear_of_charge(self, charge_id: int, payload: Mapping[str, object], at: datetime) -> Outcome:
        """Take an event of a charge, which may tell a part of it only; the first one of a charge has to be whole.

        Raises:
            ValidationError: It is not a charge, or not enough of one.
        """
        known = self._charge(charge_id)
        if known is None:
            charge = Charge.model_validate({**payload, "id": charge_id})
            self.take_charge(charge, at)
            return Outcome.NEWS if charge.charge_point_id in self._points else Outcome.NOTHING_NEW
        needed = {"id": charge_id, "state": known.model.state, "createdAt": known.model.created_at}
        told = Charge.model_validate({**needed, **payload, "id": charge_id})
        if not known.gives_way_to(told, at):
            return Outcome.NOTHING_NEW
        charge = _merged(known.model, told)
        self._charges[known.model.charge_point_id or 0][charge_id] = _Told(charge, at)
        return Outcome.NOTHING_NEW if charge == known.model else Outcome.NEWS

    def _charge(self, charge_id: int) -> _Told[Charge] | None:
        return next((of_point[charge_id] for of_point in self._charges.values() if charge_id in of_point), None)

    def _keep_newest(self, point_id: int) -> None:
        kept = self.charges_of(point_id)[:CHARGES_KEPT]
        self._charges[point_id] = {charge.id: self._charges[point_id][charge.id] for charge in kept}


def _merged(known: M, told: M) -> M:
    """What is known with what was told beside it; an event need not repeat everything.

    A charge does not move to another charge point.
    """
    named = told.model_fields_set - {"charge_point_id"}
    return known.model_copy(update={name: getattr(told, name) for name in named})


def _changed_at(model: Charge | ChargePoint) -> datetime | None:
    """When it last changed, as it says itself."""
    ocpp_at = model.ocpp.updated_at if isinstance(model, ChargePoint) else None
    return max((at for at in (model.updated_at, ocpp_at) if at), default=None)


def _what_matters(point: ChargePoint) -> object:
    return (point.state, point.cable_plugged_in, point.ocpp.status)

"""Planners that are wrong, each in one way: a judge that lets one of them pass is no judge."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from unittest.mock import patch

from smart_charging.clouds.monta.client import MontaClient
from smart_charging.errors import CloudError
from smart_charging.planning.charge_request import ChargeRequest
from smart_charging.planning.plan import Plan
from smart_charging.planning.replanner import Replanner
from smart_charging.prices.curve import PriceCurve, PriceSlot
from smart_charging.services.scheduling.fuse import Fuse
from smart_charging.services.scheduling.snapshot import Snapshot
from worlds.nights.visits import MINUTE, Fault, HomeSetup, Night, Trouble, Visit
from worlds.year_of_prices import HOUR, local

Mutation = Callable[[], AbstractContextManager[None]]
_plans = Replanner.plans
_flowing = Fuse.flowing
_start_charge = MontaClient.start_charge


@contextmanager
def as_it_is() -> Iterator[None]:
    """Nothing is changed."""
    yield


@contextmanager
def dearest_times() -> Iterator[None]:
    """Prices are negated before the planner sees them."""

    def plans(self: Replanner, curve: PriceCurve, *args: Any, **kwargs: Any) -> Mapping[str, Plan]:
        negated = [replace(slot, price_per_kwh=-slot.price_per_kwh) for slot in curve]
        return _plans(self, PriceCurve(negated, curve.currency), *args, **kwargs)

    with patch.object(Replanner, "plans", plans):
        yield


@contextmanager
def an_hour_off() -> Iterator[None]:
    """Each price is taken for that of the hour after."""

    def plans(self: Replanner, curve: PriceCurve, *args: Any, **kwargs: Any) -> Mapping[str, Plan]:
        later = [replace(slot, start=slot.start + HOUR, end=slot.end + HOUR) for slot in curve]
        return _plans(self, PriceCurve(later, curve.currency), *args, **kwargs)

    with patch.object(Replanner, "plans", plans):
        yield


@contextmanager
def power_doubled() -> Iterator[None]:
    """A car is thought to charge twice as fast as it does."""

    def plans(
        self: Replanner, curve: PriceCurve, requests: Sequence[ChargeRequest], now: datetime, **kwargs: Any
    ) -> Mapping[str, Plan]:
        fast = [replace(one, need=replace(one.need, power_kw=2 * one.need.power_kw)) for one in requests]
        return _plans(self, curve, fast, now, **kwargs)

    with patch.object(Replanner, "plans", plans):
        yield


@contextmanager
def others_on_the_fuse_ignored() -> Iterator[None]:
    """What flows without having been planned takes no room."""

    def flowing(self: Fuse) -> Iterator[Snapshot]:
        return (snapshot for snapshot in _flowing(self) if snapshot.request is not None)

    with patch.object(Fuse, "flowing", flowing):
        yield


@contextmanager
def started_twice() -> Iterator[None]:
    """Each start is sent again."""

    async def start_charge(self: MontaClient, *args: Any, **kwargs: Any) -> Any:
        charge = await _start_charge(self, *args, **kwargs)
        with suppress(CloudError):
            await _start_charge(self, *args, **kwargs)
        return charge

    with patch.object(MontaClient, "start_charge", start_charge):
        yield


@contextmanager
def an_hour_late() -> Iterator[None]:
    """Departure is thought to be an hour later."""

    def plans(
        self: Replanner, curve: PriceCurve, requests: Sequence[ChargeRequest], now: datetime, **kwargs: Any
    ) -> Mapping[str, Plan]:
        late = [replace(one, need=replace(one.need, ready_by=one.need.ready_by + HOUR)) for one in requests]
        return _plans(self, curve, late, now, **kwargs)

    with patch.object(Replanner, "plans", plans):
        yield


DAY = date(2026, 1, 12)
_CHEAP_HOURS, _CHEAP, _DEAR = {23, 26}, 0.1, 0.5
"""After midnight of the evening's day; each is alone between dear ones, of which later ones cost a little less."""


def sharp_prices() -> PriceCurve:
    """For two days, with two cheap hours in the night."""
    starts = [(number, local(DAY) + number * HOUR) for number in range(48)]
    return PriceCurve(
        [
            PriceSlot(
                start=at, end=at + HOUR, price_per_kwh=_CHEAP if number in _CHEAP_HOURS else _DEAR - number / 1000
            )
            for number, at in starts
        ],
        "EUR",
    )


def _visit(charger: int, arrives: float, ready: float, kwh: float, power_kw: float) -> Visit:
    """Hours after midnight of the evening's day."""
    arrives_at, ready_by = local(DAY, arrives * HOUR), local(DAY, ready * HOUR)
    return Visit(
        charger=charger,
        arrives_at=arrives_at,
        ready_by=ready_by,
        leaves_at=ready_by + 5 * MINUTE,
        wanted_kwh=kwh,
        takes_kwh=kwh + 40,
        power_kw=power_kw,
        told_kw=power_kw,
    )


QUIET = (HomeSetup(), Night(day=DAY, visits=[_visit(0, 20, 30, 11, 11)]))
"""A short charge in a long night."""
TIGHT = (HomeSetup(), Night(day=DAY, visits=[_visit(0, 22, 29, 40, 7.4)]))
"""A long one in a short night."""
FULL_FUSE = (
    HomeSetup(chargers=2, fuse_kw=12.0),
    Night(
        day=DAY,
        visits=[_visit(0, 20, 25, 5, 7.4), _visit(1, 20.5, 25, 5, 11)],
        faults=[Fault(trouble=Trouble.FOREIGN_START, at=local(DAY, 21 * HOUR), lasts=MINUTE, charger=1)],
    ),
)
"""Somebody else's charge takes the fuse in the first cheap hour."""

MUTATIONS: Mapping[str, Mutation] = {
    "dearest instead of cheapest": dearest_times,
    "prices an hour off": an_hour_off,
    "power doubled": power_doubled,
    "others on the fuse ignored": others_on_the_fuse_ignored,
    "started twice": started_twice,
    "departure an hour late": an_hour_late,
}

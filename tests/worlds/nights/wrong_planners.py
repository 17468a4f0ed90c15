"""Planners that are wrong, each in one way: a judge that lets one of them pass is no judge."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
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
_POWERS_KW = (3.7, 7.4, 11.0)


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


_CHEAP, _DEAR, _FALLS = 0.1, 0.5, 0.006


@dataclass(frozen=True, slots=True, kw_only=True)
class SharpNights:
    """Three short nights, drawn with a seed, with two cheap hours that are alone between dear ones."""

    seed: str

    @property
    def day(self) -> date:
        """Of the evening; no clocks change."""
        return date(2026, 1, 5) + timedelta(days=self._draw("day").randrange(70))

    @property
    def prices(self) -> PriceCurve:
        """For two days; of the dear hours later ones cost less, by more than a start saves."""
        starts = [(number, local(self.day) + number * HOUR) for number in range(48)]
        return PriceCurve(
            [
                PriceSlot(
                    start=at,
                    end=at + HOUR,
                    price_per_kwh=_CHEAP if number in self._cheap_hours else _DEAR - number * _FALLS,
                )
                for number, at in starts
            ],
            "EUR",
        )

    @property
    def quiet(self) -> tuple[HomeSetup, Night]:
        """A short charge in a long night."""
        rng = self._draw("quiet")
        power_kw = rng.choice(_POWERS_KW)
        kwh = round(power_kw * rng.uniform(0.7, 1.5), 1)
        visit = self._visit(0, rng.uniform(18, 21), 30 + rng.choice((0, 0.5, 1)), kwh, power_kw)
        return HomeSetup(), Night(day=self.day, visits=[visit])

    @property
    def tight(self) -> tuple[HomeSetup, Night]:
        """A long one in a short night."""
        rng = self._draw("tight")
        power_kw, arrives, ready = rng.choice(_POWERS_KW), rng.uniform(21.5, 22.5), 29
        kwh = round(power_kw * (ready - arrives) * rng.uniform(0.75, 0.82), 1)
        return HomeSetup(), Night(day=self.day, visits=[self._visit(0, arrives, ready, kwh, power_kw)])

    @property
    def full_fuse(self) -> tuple[HomeSetup, Night]:
        """Somebody else's charge takes the fuse in the first cheap hour."""
        rng = self._draw("fuse")
        first = min(self._cheap_hours)
        visits = [
            self._visit(0, first - 3 + rng.random() / 2, first + 2, 5, 7.4),
            self._visit(1, first - 2.5 + rng.random() / 4, first + 2, 5, 11),
        ]
        at = local(self.day, (first - 2) * HOUR)
        foreign = Fault(trouble=Trouble.FOREIGN_START, at=at, lasts=MINUTE, charger=1)
        return HomeSetup(chargers=2, fuse_kw=12.0), Night(day=self.day, visits=visits, faults=[foreign])

    @property
    def _cheap_hours(self) -> set[int]:
        """After midnight of the evening's day."""
        rng = self._draw("prices")
        first = rng.choice((22, 23, 24))
        return {first, first + rng.choice((2, 3, 4))}

    def _draw(self, what: str) -> random.Random:
        return random.Random(f"{self.seed} {what}")  # noqa: S311 - for nights

    def _visit(self, charger: int, arrives: float, ready: float, kwh: float, power_kw: float) -> Visit:
        """Hours after midnight of the evening's day."""
        arrives_at, ready_by = local(self.day, round(arrives * 60) * MINUTE), local(self.day, ready * HOUR)
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


MUTATIONS: Mapping[str, Mutation] = {
    "dearest instead of cheapest": dearest_times,
    "prices an hour off": an_hour_off,
    "power doubled": power_doubled,
    "others on the fuse ignored": others_on_the_fuse_ignored,
    "started twice": started_twice,
    "departure an hour late": an_hour_late,
}

"""How much to charge by the next departure, where a part may wait for cheaper nights.

A car is *owed* what it lacks of the energy it is to have by and by. It comes back owed more, by what it has used, and
may leave owed no more than its person allows. Worked out backwards from the last night, being owed a kWh after a
departure is worth what that kWh costs on average on the nights after it, if each of them buys whatever is cheaper than
waiting on; so tonight buys what is cheaper than that. This is exact, to the size of a unit of energy, for nights that
turn out one of the ways given, independent of each other: the costs are convex, so one unit is weighed after the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from math import ceil, sqrt
from statistics import fmean

from smart_charging.planning.coming_nights import ComingNight, unit_prices
from smart_charging.planning.expected_visit import ExpectedVisit
from smart_charging.planning.need import Need
from smart_charging.planning.plan import ALMOST_NOTHING_KWH, PlanSlot
from smart_charging.planning.window import PriceSpan, in_turn

_LEAST_UNIT_KWH = 0.25
_MOST_UNITS = 120
_ALMOST = 1e-6
"""A unit that is so small a share of one is none."""
SURE = 0.9
"""A visit that is less likely counts as none where a car must not come short."""
SPREADS = 2.0
"""By so many standard deviations more than usual may be used."""
_DEARER = 1.0
"""What is not allowed counts so much more than the highest price of all nights, per kWh."""
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is charged by the next departure, and what is expected to be charged after it."""

    wanted_kwh: float
    """What the car lacks of all that it is to have."""
    owed_kwh: float = 0.0
    """What of that is left to later nights."""
    later: Sequence[PlanSlot] = ()
    """When that is expected to be charged, at expected prices."""
    cheaper: float | None = None
    """The share by which that is expected to cost less than now; None where nobody can tell."""

    @property
    def tonight_kwh(self) -> float:
        """What is charged by the next departure."""
        return self.wanted_kwh - self.owed_kwh

    @property
    def mostly_at(self) -> datetime | None:
        """When most of what is owed is expected to be charged; None where nothing is."""
        return max(self.later, key=lambda slot: slot.energy_kwh).start if self.later else None


def outlook(need: Need, tonight: Sequence[PriceSpan], nights: Sequence[ComingNight]) -> Outlook:
    """The cheapest share of a need to charge by departure, as far as can be expected.

    Args:
        need: All of it is charged but for what it allows to be owed.
        tonight: The time until departure in which charging is allowed, with prices known or expected.
        nights: Those to come, in order; without any, nothing is owed.
    """
    prices = [one.price_per_kwh for one in tonight if one.price_per_kwh is not None]
    if not nights or not prices or len(prices) < len(tonight) or need.may_owe_kwh <= ALMOST_NOTHING_KWH:
        return Outlook(wanted_kwh=need.energy_kwh)
    unit_kwh = max(_LEAST_UNIT_KWH, need.may_owe_kwh / _MOST_UNITS)
    lacking = ceil(need.energy_kwh / unit_kwh - _ALMOST)  # the last unit may not be whole: it is not worth a start
    now = unit_prices(tonight, prices, power_kw=need.power_kw, unit_kwh=unit_kwh, most=lacking)
    ahead = [_Night.of(one, need, unit_kwh) for one in nights]
    highest = max(*prices, *(price for night in nights for way in night.ways for price in way))
    after = _owing_after(ahead, need, unit_kwh, dear=max(0.0, highest) + _DEARER)
    bought = _bought(now, lacking, after[0], already=min(len(now), ceil(need.minimum_kwh / unit_kwh)))
    owed = min(lacking - bought, after[0].most)  # more only because there is no time, which the plan has to tell
    rest = list(_repaid(ahead, after, owed))
    return Outlook(
        wanted_kwh=need.energy_kwh,
        owed_kwh=max(0.0, min(owed * unit_kwh, need.energy_kwh - need.minimum_kwh)),
        later=[slot for night, units, _ in rest for slot in night.slots(units * unit_kwh, need.power_kw)],
        cheaper=_cheaper(now[lacking - owed : lacking], rest),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Night:
    """A coming night, counted in units."""

    coming: ComingNight
    used: int
    """Since the departure before."""
    ways: Sequence[Sequence[float]]
    """What one unit after the other costs, by the way the night turns out."""

    @classmethod
    def of(cls, coming: ComingNight, need: Need, unit_kwh: float) -> _Night:
        used = round(coming.visit.energy_kwh / unit_kwh)
        most = used + int(need.may_owe_kwh / unit_kwh)
        ways = [
            unit_prices(coming.spans, way, power_kw=need.power_kw, unit_kwh=unit_kwh, most=most) for way in coming.ways
        ]
        return cls(coming=coming, used=used, ways=ways)

    @property
    def expected(self) -> Sequence[float]:
        """What one unit after the other costs in the mean of all ways."""
        return [fmean(prices) for prices in zip(*self.ways, strict=False)]

    def slots(self, energy_kwh: float, power_kw: float) -> Sequence[PlanSlot]:
        """The cheapest time for this energy, at the expected prices."""
        by_price = sorted(self.coming.spans, key=lambda one: one.price_per_kwh or 0.0)
        return sorted(in_turn(by_price, timedelta(hours=energy_kwh / power_kw), power_kw), key=lambda slot: slot.start)


@dataclass(frozen=True, slots=True)
class _Owing:
    """What it costs, from a departure on, to have left it owed so many units; convex."""

    costs: Sequence[float]
    """By units, up to the most that may be owed."""
    dear: float
    """Of every unit beyond: more than any price, so that it is only owed where there is no time to charge it."""

    @property
    def most(self) -> int:
        """How many units may be owed."""
        return len(self.costs) - 1

    def cost(self, owed: int) -> float:
        """Of being owed so many units."""
        allowed = min(owed, self.most)
        return self.costs[allowed] + (owed - allowed) * self.dear


def _bought(prices: Sequence[float], lacking: int, after: _Owing, already: int = 0) -> int:
    """How many units to buy on a night with these prices: all that are cheaper than to owe them."""
    bought = already
    while bought < min(lacking, len(prices)):
        if prices[bought] > after.cost(lacking - bought) - after.cost(lacking - bought - 1):
            break
        bought += 1
    return bought


def _owing_after(nights: Sequence[_Night], need: Need, unit_kwh: float, *, dear: float) -> Sequence[_Owing]:
    """What it costs to owe, after the departure at hand and after each of the coming nights, worked out backwards."""
    most = [int(kwh / unit_kwh) for kwh in _may_owe_kwh([one.coming.visit for one in nights], need)]
    last = fmean(nights[-1].expected[: max(1, nights[-1].used)] or [dear])
    found = [_Owing([owed * last for owed in range(most[-1] + 1)], dear)]
    for night, allowed in zip(reversed(nights), reversed(most[:-1]), strict=True):
        found.append(_Owing(_costs(night, found[-1], allowed), dear))
    return found[::-1]


def _costs(night: _Night, after: _Owing, most: int) -> Sequence[float]:
    """By units owed before a night, what it and all nights after it cost on average."""
    comes = night.coming.visit.likelihood / len(night.ways)
    totals = [(1 - night.coming.visit.likelihood) * after.cost(owed + night.used) for owed in range(most + 1)]
    for prices in night.ways:
        paid, bought = list(accumulate(prices, initial=0.0)), 0
        for owed in range(most + 1):  # who lacks more buys at least as much
            bought = _bought(prices, owed + night.used, after, already=bought)
            totals[owed] += comes * (paid[bought] + after.cost(owed + night.used - bought))
    return totals


def _may_owe_kwh(visits: Sequence[ExpectedVisit], need: Need) -> Sequence[float]:
    """How much may be owed at the departure at hand, and at those of the visits.

    Less than the need allows where the car may use more before it is sure to be back than it can charge until then.
    """
    return [max(0.0, need.may_owe_kwh - _at_risk_kwh(visits[ahead:], need)) for ahead in range(len(visits) + 1)]


def _at_risk_kwh(visits: Sequence[ExpectedVisit], need: Need) -> float:
    """The most by which any coming morning could come short of what this one has."""
    used_kwh = variance = charged_kwh = highest_kwh = 0.0
    for visit in visits:
        used_kwh, variance = used_kwh + visit.energy_kwh, variance + visit.spread_kwh**2
        if visit.likelihood >= SURE:
            charged_kwh += (visit.leaves_at - visit.arrives_at - need.margin) / _HOUR * need.power_kw
        highest_kwh = max(highest_kwh, used_kwh + SPREADS * sqrt(variance) - charged_kwh)
    return highest_kwh


_Repaid = tuple[_Night, int, float]
"""On which night how many units that are owed now are expected to be charged, and what they cost."""


def _repaid(nights: Sequence[_Night], after: Sequence[_Owing], owed: int) -> Iterator[_Repaid]:
    """When what is owed now is expected to be charged: the oldest debt first."""
    rest = owed
    for night, then in zip(nights, after[1:], strict=True):
        lacking, prices = owed + night.used, night.expected
        bought = _bought(prices, lacking, then)
        if paid := min(rest, bought):
            yield night, paid, paid * fmean(prices[:bought])
        owed, rest = lacking - bought, rest - paid


def _cheaper(now: Sequence[float], rest: Sequence[_Repaid]) -> float | None:
    """By which share all that is owed is expected to cost less later than now."""
    is_all = sum(units for _, units, _ in rest) == len(now) > 0
    return 1 - sum(cost for *_, cost in rest) / sum(now) if is_all and sum(now) > 0 else None

"""Spreads charging over more hours where a lower peak saves more than the energy gets dearer.

A cap on what the billed load may come to leaves room for some minutes of each hour; of an hour the cheapest are open,
the others closed, and what may still be chosen is the planner's. All caps that make a difference are tried, and the one
is taken with which tonight's energy, its starts, and the month's bill together cost least. A peak paid for tonight may
be used again in the nights to come, so the bill is that of the best cap for the rest of the month, seen from after
tonight. What house and cars will really take is not known: hours in which the load strays much have less room under a
cap than others, and the bill is a mean over months with low, middle and high loads, which keeps a plan clear of a
step's edge as far as that is worth it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest
from math import ceil, inf
from operator import attrgetter
from statistics import fmean

from smart_charging.planning.charge_request import ChargeRequest
from smart_charging.planning.peak_chance import CHANCES, STRAYS_APART, UncertainLoad, highest
from smart_charging.planning.peak_fee import PeakFee, Per, month_of, raised
from smart_charging.planning.peak_night import Interval, Night, PeakMonth, blocks_of
from smart_charging.planning.placement import Piece, placed
from smart_charging.planning.plan import Block
from smart_charging.planning.window import price_spans
from smart_charging.prices.curve import PriceCurve


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Which times to leave out so that the month's peak stays where it is cheapest."""

    caps_kw: Sequence[float]
    """By fee, what the highest load may come to; infinite where no cap is worth it."""
    closed: Sequence[Block] = ()
    on: Sequence[Block] = ()
    """When the charger may be on, of the hours that it needs; for the next charger's load."""
    intervals: int = 0
    """How many hours or quarters are used."""
    peak_kw: float = 0.0
    """What the first fee will bill this month, if all nights are like this one."""
    dearer: float = 0.0
    """What tonight's energy costs more than without caps."""
    saved: float = 0.0
    """What the month's bill is lower if all nights are like this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsualNight:
    """What a cap comes to in a usual night."""

    cap_kw: float
    dearer: float = 0.0
    """What it adds to the cost of a night."""
    load: UncertainLoad | None = None
    """The highest load under it."""

    def reached_kw(self, fee: PeakFee, nights: int, chance: float) -> Sequence[float]:
        """The highest values of so many nights."""
        periods = {Per.DAY: nights, Per.WEEK: ceil(nights / 7), Per.INTERVAL: nights * fee.highest}[fee.of]
        stray_kw, draws = (self.load.stray_kw, nights * self.load.draws) if self.load else (0.0, periods)
        return [
            self.cap_kw + stray_kw * (away - STRAYS_APART)
            for away in highest(min(fee.highest, periods), max(periods, draws), chance)
        ]


UsualCosts = Sequence[Sequence[UsualNight]]
"""By fee: the first cap is as high as without one."""


def usual_costs(
    request: ChargeRequest,
    now: datetime,
    curve: PriceCurve,
    months: Sequence[PeakMonth],
    load_kw: Callable[[datetime], float],
    *,
    gone_by: Sequence[PriceCurve] = (),
) -> UsualCosts:
    """What caps cost in the nights to come: in the mean what they cost tonight, and with the prices of nights before.

    To be asked for when a car has come, as later less of its night is left.

    Args:
        load_kw: As for `spread`.
        gone_by: Prices of nights before, moved to the same times as tonight's.
    """
    known = [one for one in gone_by if _is_known(one, now, request.need.finish_by)]
    nights = [Night.of(request, now, one, months, load_kw) for one in (curve, *known)]
    return [_usual_costs(nights, fee, request.preferences.start_cost) for fee in range(len(months))]


def _usual_costs(nights: Sequence[Night], fee: int, start_cost: float) -> Sequence[UsualNight]:
    none = tuple(inf for _ in nights[0].fees)
    free = [(night, pieces) for night in nights if (pieces := night.chosen(none)) is not None]
    if not free or free[0][0] is not nights[0]:
        return [UsualNight(cap_kw=0.0)]
    unlimited = _highest(nights[0], fee, free[0][1])
    found = [UsualNight(cap_kw=unlimited.possible_kw if unlimited else 0.0, load=unlimited)]
    for cap_kw in nights[0].caps_kw(fee):
        caps = (*none[:fee], cap_kw, *none[fee + 1 :])
        ways = [(night, pieces, capped) for night, pieces in free if (capped := night.chosen(caps)) is not None]
        if ways and cap_kw < found[0].cap_kw:
            dearer = fmean(
                _cost(night, capped, fee, start_cost) - _cost(night, pieces, fee, start_cost)
                for night, pieces, capped in ways
            )
            load = _highest(ways[0][0], fee, ways[0][2])
            found.append(UsualNight(cap_kw=cap_kw, dearer=dearer, load=load))
    return found


def _highest(night: Night, fee: int, pieces: Sequence[Piece]) -> UncertainLoad | None:
    return max(night.loads(fee, pieces), key=attrgetter("possible_kw"), default=None)


def _cost(night: Night, pieces: Sequence[Piece], fee: int, start_cost: float) -> float:
    return night.energy_cost(pieces) + start_cost * night.starts(pieces, fee)


def spread(
    request: ChargeRequest,
    now: datetime,
    curve: PriceCurve,
    months: Sequence[PeakMonth],
    load_kw: Callable[[datetime], float],
    *,
    before: Sequence[float] = (),
    usual: UsualCosts | None = None,
    leaves_rest: bool = False,
) -> Spread:
    """The caps that cost least, and the times they close to this charger.

    The car is ready all the same: a cap that leaves too little time is no choice.

    Args:
        load_kw: What else is expected to be taken in the quarter of an hour that begins then: house, other chargers.
        before: The caps of the last time, which stay unless others save more than a start costs.
        usual: What caps cost in the nights to come; None for what they cost tonight.
        leaves_rest: Whether the hours that are not needed are closed, too, so that another charger may use them.
    """
    night = Night.of(request, now, curve, months, load_kw)
    usual = usual_costs(request, now, curve, months, load_kw) if usual is None else usual
    choice = _Choice(night, months, request, usual, now)
    best = choice.best()
    if (
        len(before) == len(best)
        and inf not in before
        and choice.cost(before) <= choice.cost(best) + request.preferences.start_cost
    ):
        best = tuple(before)
    return choice.told(best, leaves_rest=leaves_rest)


def _is_known(curve: PriceCurve, start: datetime, end: datetime) -> bool:
    return all(one.price_per_kwh is not None for one in price_spans(curve, start, end))


def _others(month: PeakMonth, tonight: Mapping[datetime, Interval]) -> Mapping[str, Sequence[float]]:
    """The highest values so far by month, but for tonight's periods."""
    known = {one.period for one in tonight.values()}
    found: dict[str, list[float]] = {}
    for period, kw in month.values_kw.items():
        if period not in known:
            found.setdefault(month_of(period), []).append(kw)
    return {name: nlargest(month.fee.highest, values) for name, values in found.items()}


def _coming(
    month: PeakMonth, others_kw: Sequence[float], usual: Sequence[UsualNight], chance: float
) -> Sequence[tuple[float, Sequence[float]]]:
    """What caps add to the cost of the nights that are left, and the month's highest values with them.

    Tonight's values are not among them. In order of the cost, without caps whose values a cheaper one reaches, too.
    """
    nights, highest_kw = month.nights_left, month.fee.highest
    alone_kw = month.alone.highest_kw(highest_kw, chance)
    found: list[tuple[float, Sequence[float]]] = []
    for one in sorted(usual, key=lambda one: (one.dearer, one.cap_kw)):
        values_kw = nlargest(highest_kw, [*others_kw, *alone_kw, *one.reached_kw(month.fee, nights, chance)])
        if not found or sum(values_kw) < sum(found[-1][1]):
            found.append((nights * one.dearer, values_kw))
    return found


class _Choice:
    """Weighs caps against each other."""

    def __init__(
        self, night: Night, months: Sequence[PeakMonth], request: ChargeRequest, usual: UsualCosts, now: datetime
    ) -> None:
        self._night = night
        self._months = months
        self._start_cost = request.preferences.start_cost
        self._on_until = now if request.is_running else None
        self._departure = month_of(months[0].fee.period_of(request.need.ready_by)) if months else ""
        self._free = tuple(inf for _ in months)
        self._others = [_others(month, night.intervals[fee]) for fee, month in enumerate(months)]
        self._coming = [
            {
                chance: _coming(month, self._others[fee].get(self._departure, ()), usual[fee], chance)
                for chance in CHANCES
            }
            for fee, month in enumerate(months)
        ]
        self._longest = max(range(len(months)), key=lambda fee: months[fee].fee.interval, default=0)

    def best(self) -> tuple[float, ...]:
        """The caps that cost least, of equals the lowest; each fee's in turn, given the others."""
        caps = self._free
        for _ in range(2 if len(self._months) > 1 else 1):
            for fee in range(len(self._months)):
                choices = [(*caps[:fee], cap_kw, *caps[fee + 1 :]) for cap_kw in (*self._night.caps_kw(fee), inf)]
                caps = min(choices, key=self.cost)
        return caps

    def cost(self, caps_kw: Sequence[float]) -> float:
        """Energy and starts of tonight, and the bill of the month as it can be after tonight."""
        pieces = self._night.chosen(caps_kw)
        if pieces is None:
            return inf
        return _cost(self._night, pieces, self._longest, self._start_cost) + self._bills(pieces)

    def _bills(self, pieces: Sequence[Piece]) -> float:
        """Of all fees, in the mean of all chances."""
        total = 0.0
        for fee, month in enumerate(self._months):
            by_month: dict[str, list[UncertainLoad]] = {}
            for load in self._night.loads(fee, pieces):
                by_month.setdefault(month_of(load.period), []).append(load)
            for name, loads in by_month.items():
                highest_loads = nlargest(month.fee.highest, loads, key=attrgetter("possible_kw"))
                total += sum(share * self._bill(fee, name, highest_loads, chance) for chance, share in CHANCES.items())
        return total

    def _bill(self, fee: int, name: str, tonight: Sequence[UncertainLoad], chance: float) -> float:
        """Of the running month with the best cap for the nights that are left."""
        bill, so_far_kw = self._months[fee].fee.bill, self._months[fee].values_kw
        tonight_kw = [max(load.at_chance_kw(chance), so_far_kw.get(load.period, 0.0)) for load in tonight]
        least = bill([*self._others[fee].get(name, ()), *tonight_kw])
        if name != self._departure:
            return least
        best = inf
        for dearer, coming_kw in self._coming[fee][chance]:
            if dearer + least >= best:
                break
            best = min(best, dearer + bill([*coming_kw, *tonight_kw]))
        return best

    def told(self, caps_kw: Sequence[float], *, leaves_rest: bool) -> Spread:
        """The caps with what they close and what they come to."""
        night, chosen, free = self._night, self._night.chosen(caps_kw), self._night.chosen(self._free)
        if chosen is None or free is None or all(cap_kw == inf for cap_kw in caps_kw):
            return Spread(caps_kw=self._free)
        start_price = self._start_cost / night.power_kw
        on, others = placed(
            night.open_under(caps_kw), night.pieces, chosen, self._longest, start_price, on_until=self._on_until
        )
        bills = [self._month_like(pieces) for pieces in (chosen, free)]
        return Spread(
            caps_kw=tuple(caps_kw),
            closed=blocks_of(set(night.pieces) - {*on, *(() if leaves_rest else others)}),
            on=blocks_of(on),
            intervals=len({piece.within[0] for piece in chosen}),
            peak_kw=bills[0][0],
            dearer=night.energy_cost(chosen) - night.energy_cost(free),
            saved=bills[1][1] - bills[0][1],
        )

    def _month_like(self, pieces: Sequence[Piece]) -> tuple[float, float]:
        """What the first fee bills, and all fees cost, in a month whose nights are all like this."""
        peaks, total = [], 0.0
        for fee, month in enumerate(self._months):
            tonight = self._night.values_kw(fee, pieces)
            values = [
                kw for period, kw in raised(month.values_kw, tonight).items() if month_of(period) == self._departure
            ]
            like_tonight = UsualNight(cap_kw=max(tonight.values(), default=0.0))
            values += month.alone.highest_kw(month.fee.highest)
            values += like_tonight.reached_kw(month.fee, max(1, month.nights_left), 0.5)
            peaks.append(month.fee.billed_kw(values))
            total += month.fee.bill(values)
        return peaks[0], total

"""A night's quarters of an hour, and what the intervals they lie in are billed for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from math import ceil, inf

from smart_charging.planning.charge_request import ChargeRequest
from smart_charging.planning.cheapest import window_of
from smart_charging.planning.peak_chance import NO_LOADS, STRAYS_APART, ExpectedLoads, UncertainLoad
from smart_charging.planning.peak_fee import PeakFee
from smart_charging.planning.placement import Piece
from smart_charging.planning.plan import Block, merged
from smart_charging.planning.window import PriceSpan, in_steps, prices_of, split
from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.quarters import QUARTER, quarter_of

_HOUR = timedelta(hours=1)
_SAME_KW = 0.25
"""Of all caps in so wide a step only the highest is tried."""
PIECE = timedelta(minutes=5)
"""Charging is on or off in pieces so long."""
_BELOW_KW = 0.01
_ALMOST = 1e-9
_INDEPENDENT = 0.5
"""Loads of one minute and the next differ from what is expected as if by chance: their mean strays by a root."""


def _as_expected(_: datetime) -> float:
    return 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PeakMonth:
    """One fee, and what is known of its month."""

    fee: PeakFee
    values_kw: Mapping[str, float] = field(default_factory=dict)
    """The highest so far by period, as `PeakFee.period_of` names it; of other months, too."""
    alone: ExpectedLoads = NO_LOADS
    """What the house alone reaches in the periods of the rest of the month."""
    stray_kw: Callable[[datetime], float] = _as_expected
    """By how much the load of an interval differs from what was expected: the standard deviation."""
    so_far_kwh: float = 0.0
    """What house and cars have taken in the interval that is running."""
    nights_left: int = 0
    """In the month of the departure, after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An hour or quarter that is billed."""

    length_h: float
    factor: float
    base_kwh: float
    period: str
    stray_kw: float
    """By how much its load may differ from what is expected, as it is billed."""

    def billed_kw(self, kwh: float) -> float:
        """What is billed if the charger takes so much in it."""
        return self.factor * (self.base_kwh + kwh) / self.length_h

    def possible_kw(self, kwh: float) -> float:
        """The same as far as the load may stray."""
        return self.billed_kw(kwh) + STRAYS_APART * self.stray_kw

    def room_kwh(self, cap_kw: float) -> float:
        """What the charger may take so that it stays below a cap all the same; infinite where nothing is billed."""
        if not self.factor:
            return inf
        return (cap_kw - self.possible_kw(0.0)) / self.factor * self.length_h


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """The pieces of time that may be used, and the billed intervals they lie in, by fee."""

    pieces: Sequence[Piece]
    power_kw: float
    wanted_kwh: float
    intervals: Sequence[Mapping[datetime, Interval]]
    fees: Sequence[PeakFee]
    by_price: Sequence[Piece] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_price", sorted(self.pieces, key=lambda piece: (piece.price, piece.start)))

    @classmethod
    def of(
        cls,
        request: ChargeRequest,
        now: datetime,
        curve: PriceCurve,
        months: Sequence[PeakMonth],
        load_kw: Callable[[datetime], float],
    ) -> Night:
        """The night of a request; what is charged at once is a load like the others."""
        need = request.need
        window = window_of(curve, need, now, request.preferences)
        first, rest = split(window, now + need.minimum_time)
        steps = [part for step in in_steps(rest) for part in _cut(step)]
        at_once = first[-1].end if first else now

        @cache
        def within_of(quarter: datetime) -> tuple[datetime, ...]:
            return tuple(month.fee.interval_of(quarter) for month in months)

        def taken_kw(at: datetime) -> float:
            return load_kw(at) + (need.power_kw if at < at_once else 0.0)

        end = window[-1].end if window else now
        return cls(
            pieces=[
                Piece(
                    start=one.start,
                    end=one.end,
                    price=price,
                    within=within_of(quarter_of(one.start)),
                )
                for one, price in zip(steps, prices_of(steps), strict=True)
                if one.is_open
            ],
            power_kw=need.power_kw,
            wanted_kwh=max(0.0, need.energy_kwh - need.minimum_kwh),
            intervals=[intervals_of(month, now, end, taken_kw) for month in months],
            fees=[month.fee for month in months],
        )

    def open_under(self, caps_kw: Sequence[float]) -> Sequence[Piece]:
        """The pieces that fit under all caps, of each interval the cheapest."""
        return list(self._cheapest_under(caps_kw))

    def _cheapest_under(self, caps_kw: Sequence[float]) -> Iterable[Piece]:
        """The same one by one, as few are needed of them."""
        pieces: Iterable[Piece] = self.by_price
        for fee, (cap_kw, intervals) in enumerate(zip(caps_kw, self.intervals, strict=True)):
            if cap_kw < inf:
                pieces = self._fitting(pieces, fee, {at: one.room_kwh(cap_kw) for at, one in intervals.items()})
        return pieces

    def _fitting(self, pieces: Iterable[Piece], fee: int, room_kwh: dict[datetime, float]) -> Iterable[Piece]:
        for piece in pieces:
            at, kwh = piece.within[fee], piece.hours * self.power_kw
            if (left_kwh := room_kwh[at] - kwh) >= -_ALMOST:
                room_kwh[at] = left_kwh
                yield piece

    def chosen(self, caps_kw: Sequence[float]) -> list[Piece] | None:
        """The cheapest pieces that bring the energy; None where there are too few."""
        left, found = self.wanted_kwh, []
        for piece in self._cheapest_under(caps_kw):
            if left <= _ALMOST:
                break
            found.append(piece)
            left -= piece.hours * self.power_kw
        return found if left <= _ALMOST else None

    def energy_cost(self, pieces: Sequence[Piece]) -> float:
        """Of the energy wanted; the dearest of the pieces may be used in part."""
        surplus = sum(piece.hours for piece in pieces) * self.power_kw - self.wanted_kwh
        full = sum(piece.price * piece.hours for piece in pieces) * self.power_kw
        return full - max((piece.price for piece in pieces), default=0.0) * max(0.0, surplus)

    def starts(self, pieces: Sequence[Piece], fee: int) -> int:
        """How often charging starts if these pieces may lie anywhere in their intervals.

        Of two intervals that follow each other, one charges at its end and the other at its beginning.
        """
        taken_h: dict[datetime, float] = {}
        for piece in pieces:
            taken_h[piece.within[fee]] = taken_h.get(piece.within[fee], 0.0) + piece.hours
        starts, on_until = 0, None
        for at in sorted(taken_h):
            goes_on = on_until == at
            starts += not goes_on
            length_h = self.intervals[fee][at].length_h
            on_until = None if goes_on and taken_h[at] < length_h - _ALMOST else at + length_h * _HOUR
        return starts

    def values_kw(self, fee: int, pieces: Sequence[Piece]) -> Mapping[str, float]:
        """By period, the highest load that is billed if the charger is on in these pieces."""
        values: dict[str, float] = {}
        for one, kw in self._loads(fee, pieces):
            values[one.period] = max(kw, values.get(one.period, 0.0))
        return values

    def loads(self, fee: int, pieces: Sequence[Piece]) -> Sequence[UncertainLoad]:
        """The same with what is not known of it, of the periods' highest."""
        by_period: dict[str, list[tuple[float, float]]] = {}
        for one, kw in self._loads(fee, pieces):
            by_period.setdefault(one.period, []).append((kw, one.stray_kw))
        return [UncertainLoad.of(period, loads) for period, loads in by_period.items()]

    def _loads(self, fee: int, pieces: Sequence[Piece]) -> Iterable[tuple[Interval, float]]:
        taken: dict[datetime, float] = {}
        for piece in pieces:
            taken[piece.within[fee]] = taken.get(piece.within[fee], 0.0) + piece.hours * self.power_kw
        return [(one, one.billed_kw(taken.get(at, 0.0))) for at, one in self.intervals[fee].items()]

    def caps_kw(self, fee: int) -> list[float]:
        """Those with which one more piece fits into some interval, and those just below a step, in order."""
        by_interval: dict[datetime, list[float]] = {}
        for piece in self.pieces:
            by_interval.setdefault(piece.within[fee], []).append(piece.hours * self.power_kw)
        found = {
            one.possible_kw(sum(kwh[:count]))
            for at, kwh in by_interval.items()
            if (one := self.intervals[fee][at]).factor
            for count in range(len(kwh) + 1)
        }
        by_step = {ceil(cap_kw / _SAME_KW): cap_kw for cap_kw in sorted(found)}
        edges = (edge - _BELOW_KW for edge, _ in self.fees[fee].steps if edge < max(found, default=0.0))
        return sorted({*by_step.values(), *edges})


def piece_of(moment: datetime) -> datetime:
    """When the piece of time begins that a moment lies in."""
    return moment - (moment - moment.replace(minute=0, second=0, microsecond=0)) % PIECE


def _cut(span: PriceSpan) -> Iterable[PriceSpan]:
    """In pieces that end at whole five minutes."""
    start = span.start
    while start < span.end:
        end = min(span.end, piece_of(start) + PIECE)
        yield span._replace(start=start, end=end)
        start = end


def intervals_of(
    month: PeakMonth, now: datetime, end: datetime, load_kw: Callable[[datetime], float]
) -> Mapping[datetime, Interval]:
    """All intervals from now on, with what is taken in them besides what is still to choose."""
    fee, found = month.fee, {}
    at, running = fee.interval_of(now), fee.interval_of(now)
    while at < end:
        until, begins = at + fee.interval, max(at, now)
        factor = fee.factor_at(at)
        found[at] = Interval(
            length_h=fee.interval / _HOUR,
            factor=factor,
            base_kwh=energy_kwh(load_kw, begins, until) + (month.so_far_kwh if at == running else 0.0),
            period=fee.period_of(at),
            stray_kw=factor * month.stray_kw(at) * ((until - begins) / fee.interval) ** _INDEPENDENT,
        )
        at = until
    return found


def energy_kwh(load_kw: Callable[[datetime], float], start: datetime, end: datetime) -> float:
    """The energy of a load in `[start, end)`, in kWh."""
    total, at = 0.0, start
    while at < end:
        until = min(end, quarter_of(at) + QUARTER)
        total += load_kw(at) * ((until - at) / _HOUR)
        at = until
    return total


def blocks_of(pieces: Iterable[Piece]) -> Sequence[Block]:
    """The blocks that pieces make, in order of time."""
    return merged(sorted(pieces, key=lambda piece: piece.start))

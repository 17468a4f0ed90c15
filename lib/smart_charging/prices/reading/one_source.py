"""The price lists of one source, read, in the order in which they count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations

from smart_charging.errors import PriceError
from smart_charging.prices.curve import PriceCurve, PriceSlot
from smart_charging.prices.reading import vocabulary
from smart_charging.prices.reading.asked import Asked
from smart_charging.prices.reading.choice import chosen
from smart_charging.prices.reading.finding import MOST_ROWS, price_lists
from smart_charging.prices.reading.lists import PriceList
from smart_charging.prices.reading.place import Node
from smart_charging.prices.reading.plausible import refuse_days_too_dear, refuse_implausible, without_marks
from smart_charging.prices.reading.rows import Points, points_of
from smart_charging.prices.reading.scale import Scale, scale_of
from smart_charging.prices.reading.slots import slots_of, usual_step

_MOST_COMPARED = 8
_FEWEST_SHARED = 3
_ROUNDING, _CENT = 0.05, 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadList:
    """A list with its slots."""

    one: PriceList
    scale: Scale
    slots: Sequence[PriceSlot]
    left_out: Sequence[str]


def read_source(source: Node, asked: Asked) -> tuple[list[ReadList], list[str]]:
    """All lists, those that count first: published ones before forecasts, of those all-in ones, of those the finest.

    A forecast beside published prices is an estimate; one that stands alone is the price list.
    """
    lists, others = price_lists(source, asked)
    if sum(len(one.rows) for one in lists) > MOST_ROWS:
        raise PriceError(f"there are {sum(len(one.rows) for one in lists)} rows; prices are at most {MOST_ROWS}")
    points, sentences = _points(chosen(lists, asked.area), asked)
    steps = {id(one): usual_step([point.start for point in found.points if point.start]) for one, found in points}
    usual = min(filter(None, steps.values()), default=None)
    are_all_forecasts = all(one.is_forecast for one, _ in points)
    points.sort(key=lambda each: (*_order(each[0]), steps[id(each[0])] or usual or timedelta(), -len(each[1].points)))
    read = [
        _read(one, found, asked, is_estimate=one.is_forecast and not are_all_forecasts, usual=usual)
        for one, found in points
    ]
    _judge(read, asked)
    _refuse_contradiction(read)
    aside = [f"{one.place} holds no prices of what is bought, by its name" for one in others]
    return read, [*aside, *sentences]


def _points(lists: Sequence[PriceList], asked: Asked) -> tuple[list[tuple[PriceList, Points]], list[str]]:
    """The points of each list, and what is wrong with lists of numbers that are no whole day, where others are."""
    points: list[tuple[PriceList, Points]] = []
    problems: list[PriceError] = []
    for one in lists:
        try:
            points.append((one, points_of(one, asked)))
        except PriceError as err:
            if not one.is_bare:
                raise
            problems.append(PriceError(f"{one.place}: {err}"))
    if problems and not points:
        raise problems[0]
    return points, [str(problem) for problem in problems]


def _order(one: PriceList) -> tuple[bool, int]:
    return one.is_forecast, vocabulary.preference(one.words)


def _read(one: PriceList, found: Points, asked: Asked, *, is_estimate: bool, usual: timedelta | None) -> ReadList:
    numbers = [point.number for point in found.points if point.number is not None]
    scale = scale_of(one, asked, numbers) if numbers else Scale(1.0, asked.currency, "", "")
    slots = slots_of(found.points, factor=scale.factor, is_estimate=is_estimate, usual=usual, now=asked.now)
    possible = without_marks(slots, scale.currency)
    sentences = [f"{found.unreadable} rows of {one.place} have no number as their price"] if found.unreadable else []
    if len(possible) < len(slots):
        sentences.append(f"{len(slots) - len(possible)} prices of {one.place} are beyond what electricity can cost")
    is_off = 2 * len(possible) < len(slots)  # the whole list is, which is not left out but refused
    return ReadList(one=one, scale=scale, slots=slots if is_off else possible, left_out=sentences)


def _refuse_contradiction(parts: Sequence[ReadList]) -> None:
    """Two lists that differ about the same times cannot both be the price; which one is, nothing says."""
    published = [part for part in parts if part.slots and not part.one.is_forecast][:_MOST_COMPARED]
    for one, other in combinations(published, 2):
        if _order(one.one) == _order(other.one) and _differ(one.slots, other.slots):
            raise PriceError(
                f"{one.one.place} and {other.one.place} have different prices for the same times; "
                f"write the right one, such as price_keys: {{list: {one.one.place}}}"
            )


def _differ(some: Sequence[PriceSlot], others: Sequence[PriceSlot]) -> bool:
    """By more than what rounding does, most of the time they share."""
    prices = {(slot.start, slot.end): slot.price_per_kwh for slot in others}
    pairs = [(slot.price_per_kwh, prices[slot.start, slot.end]) for slot in some if (slot.start, slot.end) in prices]
    wrong = [1 for one, other in pairs if abs(one - other) > _ROUNDING * max(abs(one), abs(other), _CENT)]
    return len(pairs) >= _FEWEST_SHARED and 2 * len(wrong) > len(pairs)


def _judge(parts: Sequence[ReadList], asked: Asked) -> None:
    """The lists of one scale together, as some hold but one slot of tomorrow; a list that is all too much, alone."""
    for scale in {(part.scale.factor, part.scale.currency) for part in parts}:
        alike = [part for part in parts if (part.scale.factor, part.scale.currency) == scale]
        slots = [slot for part in alike for slot in part.slots]
        refuse_implausible(slots, scale[1], is_unit_written=asked.unit is not None)
    for part in parts:
        if len(without_marks(part.slots, part.scale.currency)) < len(part.slots):
            refuse_implausible(part.slots, part.scale.currency)
        refuse_days_too_dear(part.slots, part.scale.currency, asked.zone)


def curve_of(parts: Sequence[ReadList]) -> PriceCurve:
    """The lists of a source one over the other."""
    curve = PriceCurve()
    for part in parts:
        curve = curve.filled_from(PriceCurve(part.slots, part.scale.currency))
    return curve

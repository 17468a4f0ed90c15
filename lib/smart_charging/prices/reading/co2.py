"""Reads how much CO2 a kWh of the grid emits, as integrations for that write it: a forecast, and the figure for now.

A forecast is a list of rows in an attribute, or times as keys. Recognised by their content are the datasets of Energi
Data Service (`Minutes5UTC`, `CO2Emission`), Electricity Maps (`datetime`, `carbonIntensity`), the British Carbon
Intensity API (`from`, `to`, `intensity` as a number or with `forecast` in it) and what resembles them. The sensors of
CO2 Signal and Electricity Maps in Home Assistant have no forecast: their state counts for the running quarter only.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from statistics import fmean

from smart_charging.errors import PriceError
from smart_charging.prices.curve import PriceCurve, PriceSlot
from smart_charging.prices.quarters import QUARTER, quarter_of
from smart_charging.prices.reading import vocabulary
from smart_charging.prices.reading.columns import Row, flat
from smart_charging.prices.reading.moments import looks_like_moment, moment_or_none
from smart_charging.prices.reading.numbers import number_of
from smart_charging.prices.reading.saying import shown
from smart_charging.prices.reading.words import folded, words_of

_LONGEST = timedelta(hours=3)
"""A row holds no longer, where it has no end."""
_MOST_G_PER_KWH = 3000.0
_DEEPEST, _MOST_ROWS = 3, 5000
_GRAMS: Mapping[str, float] = {"mg": 1e-3, "g": 1.0, "kg": 1e3, "t": 1e6, "lb": 453.59237, "lbs": 453.59237}
_PER_KWH: Mapping[str, float] = {"wh": 1e3, "kwh": 1.0, "mwh": 1e-3, "gwh": 1e-6}
_UNIT = re.compile(r"\b(mg|kg|g|t|lbs?)\s*(?:of\s*)?(?:co2\s*-?\s*(?:eq?|equiv\w*)?)?\s*(?:/|per)\s*([kmg]?wh)")
_WORDS_OF_CO2 = ("co2", "carbon", "emission", "intensity")
_PLAIN_WORDS = ("value", "rating")
_AREAS = ("area", "region", "zone")


def read_co2(
    state: str, attributes: Mapping[str, object], *, zone: tzinfo, now: datetime, area: str | None = None
) -> PriceCurve:
    """Grams per kWh over time, in the curve's place for prices; without a forecast only for the running quarter.

    Args:
        zone: Of times without an offset.
        area: The one to use where rows are of several.

    Raises:
        PriceError: There is neither a forecast nor a figure, or its unit is of something else.
    """
    factor = _factor(attributes)
    curve = PriceCurve()
    for rows in _best(list(_lists(attributes, _DEEPEST)), area):
        curve = curve.filled_from(PriceCurve(list(_slots(rows, factor, zone, now))))
    curve = _by_quarter(curve)
    figure = number_of(state)
    if figure and _can_be(figure.value * factor):
        start = quarter_of(now)
        slot = PriceSlot(start=start, end=start + QUARTER, price_per_kwh=figure.value * factor)
        curve = curve.filled_from(PriceCurve([slot]))
    if not curve:
        raise PriceError(
            f"no figure of CO2 per kWh is in it, neither in its state {shown(state)} nor in a list of rows"
        )
    return curve


def _by_quarter(curve: PriceCurve) -> PriceCurve:
    """Means in place of shorter slots, each for a whole quarter of an hour: prices change no more often."""
    figures: defaultdict[datetime, list[float]] = defaultdict(list)
    for slot in curve:
        if slot.length < QUARTER:
            figures[quarter_of(slot.start)].append(slot.price_per_kwh)
    means = [
        PriceSlot(start=start, end=start + QUARTER, price_per_kwh=fmean(several)) for start, several in figures.items()
    ]
    return PriceCurve([slot for slot in curve if slot.length >= QUARTER]).filled_from(PriceCurve(means))


def _factor(attributes: Mapping[str, object]) -> float:
    """From the source's numbers to grams per kWh; one that names no unit means grams."""
    unit = next((attributes[key] for key in ("unit_of_measurement", "unit", "units") if attributes.get(key)), None)
    if not isinstance(unit, str):
        return 1.0
    match = _UNIT.search(folded(unit).replace("₂", "2"))
    if match is None:
        raise PriceError(f"its unit {shown(unit)} is not one of CO2 per energy, such as g/kWh")
    return _GRAMS[match[1]] * _PER_KWH[match[2]]


class _Rows:
    """A list of rows with the keys of its times and its figures."""

    def __init__(self, rows: Sequence[Row], start: str, end: str | None, value: str) -> None:
        self.rows, self.start, self.end, self.value = rows, start, end, value

    @property
    def rank(self) -> int:
        """How little the figure's name says that it is one of CO2."""
        return _rank(self.value)

    def of_area(self, area: str | None) -> _Rows:
        """The rows of one area, where they are of several."""
        names = (name for name in self.rows[0] if any(word in folded(name) for word in _AREAS))
        key = next((name for name in names if len({str(row.get(name)) for row in self.rows}) > 1), None)
        if key is None:
            return self
        there = sorted({str(row.get(key)) for row in self.rows})
        if area not in there:
            raise PriceError(f"its rows are of {' and '.join(there[:10])}; write one of them as price_area")
        return _Rows([row for row in self.rows if str(row.get(key)) == area], self.start, self.end, self.value)


def _best(found: Sequence[_Rows], area: str | None) -> Sequence[_Rows]:
    """The lists whose figures say most clearly that they are of CO2."""
    least = min((one.rank for one in found), default=0)
    return [one.of_area(area) for one in found if one.rank == least]


def _lists(node: Mapping[str, object], depth: int) -> Iterator[_Rows]:
    for value in node.values():
        if isinstance(value, Mapping) and depth:
            yield from _lists(value, depth - 1)
            if len(value) > 1 and all(looks_like_moment(key) for key in value):
                yield _Rows([{"time": key, "value": number} for key, number in value.items()], "time", None, "value")
        elif isinstance(value, list | tuple) and (found := _rows_in(value)):
            yield found


def _rows_in(items: Sequence[object]) -> _Rows | None:
    rows = [flat(item) for item in items[:_MOST_ROWS] if isinstance(item, Mapping)]
    if len(rows) < 2:
        return None
    first = rows[0]
    times = [key for key, value in first.items() if looks_like_moment(value)]
    ends = [key for key in times if vocabulary.is_end(words_of(key))]
    starts = sorted((key for key in times if key not in ends), key=lambda key: not _is_utc(key))
    keys = {key for row in rows for key, value in row.items() if key not in times and number_of(value)}
    values = sorted((key for key in keys if _rank(key) is not _NONE), key=lambda key: (_rank(key), key))
    return _Rows(rows, starts[0], ends[0] if ends else None, values[0]) if starts and values else None


_NONE = 9


def _rank(key: str) -> int:
    name = folded(key)
    if any(word in name for word in _WORDS_OF_CO2):
        return 0 if "forecast" in name else 1
    return 2 if name in _PLAIN_WORDS else _NONE


def _slots(one: _Rows, factor: float, zone: tzinfo, now: datetime) -> Iterator[PriceSlot]:
    """A slot for each row with a figure that can be; it ends where the next begins."""
    starts: dict[datetime, tuple[datetime | None, float]] = {}
    for row in one.rows:
        start, number = _moment(row, one.start, zone, now), number_of(row.get(one.value))
        if start and number and _can_be(number.value * factor):
            starts.setdefault(start, (_moment(row, one.end, zone, now), number.value * factor))
    ordered = sorted(starts)
    step = _usual_step(ordered)
    for start, following in zip(ordered, [*ordered[1:], None], strict=True):
        told_end, grams = starts[start]
        end = told_end if told_end and start < told_end <= start + _LONGEST else start + step
        yield PriceSlot(start=start, end=min(end, following or end), price_per_kwh=grams)


def _usual_step(starts: Sequence[datetime]) -> timedelta:
    steps = Counter(later - earlier for earlier, later in pairwise(starts)).most_common(1)
    return min(steps[0][0], _LONGEST) if steps else timedelta(hours=1)


def _moment(row: Row, key: str | None, zone: tzinfo, now: datetime) -> datetime | None:
    """A time that cannot be read makes its row useless, not the others."""
    if key is None:
        return None
    own_zone = UTC if _is_utc(key) else zone
    try:
        return moment_or_none(row.get(key), own_zone, now=now)
    except PriceError:
        return None


def _is_utc(key: str) -> bool:
    return folded(key).endswith("utc")


def _can_be(grams: float) -> bool:
    return 0 <= grams <= _MOST_G_PER_KWH

"""Prices as Home Assistant's price integrations publish them, recognised by their keys.

Entities carry lists of rows in their attributes; actions answer with such lists by area or
by home. What the lists are called and what the rows' keys are differs, and so do the units.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo

from smart_charging.errors import PriceError
from smart_charging.prices.curve import PriceCurve, PriceSlot
from smart_charging.prices.rows import Point, is_list_of_prices, points_of, slots_of
from smart_charging.prices.units import factor_of, refuse_implausible, stated_currency, stated_factor
from smart_charging.prices.wall_time import midnight

Source = Mapping[str, object]

_WRAPPERS = ("result", "response", "attributes")
"""Around what an action answers, as AppDaemon hands it over, and around a whole state."""
_AREA = re.compile(r"[A-Z]{2,3}\d?(-[A-Z]+)?")
"""A bidding area: the keys of what Nord Pool's actions in Home Assistant's core answer, in money per MWh."""


def read_prices(
    attributes: Source | Sequence[Source],
    *,
    zone: tzinfo,
    now: datetime | None = None,
    unit: str | None = None,
    currency: str | None = None,
    area: str | None = None,
) -> PriceCurve:
    """The prices an entity or an action gives, per kWh of the currency's main unit.

    Args:
        attributes: An entity's attributes or an action's answer, as AppDaemon hands them
            over; several where today and tomorrow come apart, of which some may be empty.
        zone: What times without an offset mean.
        now: Needed for lists of bare numbers only, which are those of the day.
        unit: What the numbers are, such as `EUR/MWh` or `öre/kWh`, where the source does not
            say or says it wrong.
        currency: ISO 4217, likewise.
        area: Of several areas or homes, the one meant.

    Raises:
        PriceError: There are no prices in there, or they cannot be right; one line says why.
    """
    sources = [_unwrapped(one) for one in ([attributes] if isinstance(attributes, Mapping) else attributes)]
    curves = [
        _curve(slots, currency or stated_currency(source))
        for source in sources
        if (points := list(_points(source, zone, area)) or list(_bare_numbers(source, zone, now)))
        and (slots := slots_of(points, factor_of(unit) if unit else _factor(source)))
    ]
    if not curves:
        keys = sorted({key for source in sources for key in source})
        raise PriceError(f"no prices found; the attributes are {', '.join(keys) or 'empty'}")
    return _joined(curves)


def has_fees_inside(attributes: Source) -> bool:
    """Whether an entity says that its prices have grid fees or taxes in them, so that a tariff would count twice."""
    source = _unwrapped(attributes)
    return bool(source.get("tariffs") or source.get("additional_costs_current_hour"))


def is_published(answer: Source) -> bool:
    """False for an action's answer of which all price lists are empty, as those of a day to come are."""
    source = _unwrapped(answer)
    by_home = source.get("prices")
    lists = [rows for rows in (by_home if isinstance(by_home, Mapping) else source).values() if isinstance(rows, list)]
    return not lists or any(lists)


def _unwrapped(source: Source) -> Source:
    inner = next((inner for key in _WRAPPERS if isinstance(inner := source.get(key), Mapping)), None)
    return source if inner is None else _unwrapped(inner)


def _curve(slots: Sequence[PriceSlot], currency: str | None) -> PriceCurve:
    refuse_implausible([slot.price_per_kwh for slot in slots], currency)
    return PriceCurve(slots, currency)


def _factor(source: Source) -> float:
    stated = stated_factor(source)
    if stated is not None:
        return stated
    return factor_of("MWh") if _are_areas(_lists(source)) else factor_of("kWh")


def _points(source: Source, zone: tzinfo, area: str | None) -> Iterator[Point]:
    """All rows, those that count first: published ones, and of those the finest.

    A forecast beside published prices is an estimate; one that stands alone is the price list.
    """
    lists = _chosen(_lists(source), area, is_by_home=isinstance(source.get("prices"), Mapping))
    are_all_forecasts = all(map(_is_forecast, lists))
    for name in sorted(lists, key=lambda name: (_is_forecast(name), -len(lists[name]))):
        yield from points_of(lists[name], zone, is_estimate=_is_forecast(name) and not are_all_forecasts)


def _lists(source: Source) -> dict[str, Sequence[object]]:
    by_home = source.get("prices")
    lists = by_home if isinstance(by_home, Mapping) else source
    return {name: rows for name, rows in lists.items() if isinstance(rows, list | tuple) and is_list_of_prices(rows)}


def _chosen(lists: dict[str, Sequence[object]], area: str | None, *, is_by_home: bool) -> dict[str, Sequence[object]]:
    """The list of the one area or home; lists that are not by area or home belong together."""
    if not is_by_home and not _are_areas(lists):
        return lists
    names = [name for name in lists if area is None or area.casefold() == name.casefold()]
    if lists and len(names) != 1:
        raise PriceError(f"there are prices for {', '.join(lists)}; write which one to use")
    return {name: lists[name] for name in names}


def _are_areas(lists: Mapping[str, object]) -> bool:
    return bool(lists) and all(map(_AREA.fullmatch, lists))


def _is_forecast(name: str) -> bool:
    return "forecast" in name.lower()


def _bare_numbers(source: Source, zone: tzinfo, now: datetime | None) -> Iterator[Point]:
    """`today` and `tomorrow` as lists of numbers, spread evenly over the local day, however long it is."""
    for days, name in enumerate(("today", "tomorrow")):
        numbers = source.get(name)
        if now is None or not isinstance(numbers, list | tuple) or not numbers:
            continue
        today = now.astimezone(zone).date()
        start, end = (midnight(today + timedelta(days=day), zone) for day in (days, days + 1))
        step = (end - start) / len(numbers)
        for index, number in enumerate(numbers):
            if isinstance(number, int | float):
                yield Point(start + index * step, start + (index + 1) * step, number, is_estimate=False)


def _joined(curves: Sequence[PriceCurve]) -> PriceCurve:
    """One curve of several; where two know the same time, the first counts."""
    currencies = {curve.currency for curve in curves if curve.currency}
    if len(currencies) > 1:
        raise PriceError(f"the prices come in {' and '.join(sorted(currencies))}; use sources in one currency")
    joined = curves[0]
    for curve in curves[1:]:
        more = [slot for slot in curve if not joined.between(slot.start, slot.end)]
        joined = PriceCurve([*joined, *more], next(iter(currencies), None))
    return joined

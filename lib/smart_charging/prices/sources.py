"""Prices as Home Assistant's price integrations publish them, recognised by their keys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise

from smart_charging.errors import PriceError
from smart_charging.prices.curve import PriceCurve, PriceSlot

_LISTS = ("raw_today", "raw_tomorrow")
_STARTS = ("start", "hour", "time")
_VALUES = ("value", "price")
_USUAL_STEP = timedelta(hours=1)
_PER_KWH = {"kwh": 1.0, "mwh": 0.001, "wh": 1000.0}


def read_prices(attributes: Mapping[str, object], *, zone: tzinfo, now: datetime | None = None) -> PriceCurve:
    """The prices in an entity's attributes, per kWh of the currency's main unit.

    Args:
        attributes: As AppDaemon hands them over, times as ISO text.
        zone: What times without an offset mean.
        now: Only for messages; nothing is dropped for being old.

    Raises:
        PriceError: There are no prices in there; the message says why in one line.
    """
    rows = [row for name in _LISTS for row in _rows(attributes.get(name))]
    if not rows:
        raise PriceError(f"no prices found; the attributes are {', '.join(attributes) or 'empty'}")
    factor = _factor(attributes)
    points = {_start(row, zone): (_end(row, zone), _value(row) * factor) for row in rows}
    starts = sorted(points)
    steps = [later - earlier for earlier, later in pairwise(starts)] or [_USUAL_STEP]
    ends = dict(zip(starts, [*starts[1:], starts[-1] + steps[-1]], strict=True))
    slots = [
        PriceSlot(start=start, end=points[start][0] or ends[start], price_per_kwh=points[start][1]) for start in starts
    ]
    currency = attributes.get("currency")
    return PriceCurve(slots, currency.upper() if isinstance(currency, str) else None)


def _rows(value: object) -> list[Mapping[str, object]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list | tuple) else []


def _factor(attributes: Mapping[str, object]) -> float:
    unit = str(attributes.get("unit", "kWh"))
    if unit.lower() not in _PER_KWH:
        raise PriceError(f"prices per {unit} cannot be read; kWh, MWh and Wh can")
    return _PER_KWH[unit.lower()] * (0.01 if attributes.get("price_in_cents") or attributes.get("use_cent") else 1)


def _start(row: Mapping[str, object], zone: tzinfo) -> datetime:
    return _moment(next((row[key] for key in _STARTS if key in row), None), zone)


def _end(row: Mapping[str, object], zone: tzinfo) -> datetime | None:
    return _moment(row["end"], zone) if row.get("end") else None


def _value(row: Mapping[str, object]) -> float:
    value = next((row[key] for key in _VALUES if key in row), None)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PriceError(f"{value!r} is not a price")
    return float(value)


def _moment(value: object, zone: tzinfo) -> datetime:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError as err:
        raise PriceError(f"{value!r} is not a time") from err
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)

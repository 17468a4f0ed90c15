"""Prices as Home Assistant's price integrations publish them, recognised by what they hold.

Entities carry lists in their attributes; actions answer with such lists by area or by home. What the lists are called,
what they are made of and what the keys are differs, and so do the units.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo

from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.reading.asked import Asked, PriceKeys
from smart_charging.prices.reading.understanding import Source, fees_inside, understood, unwrapped

_DEEPEST = 4
_EVERY_KEY = PriceKeys()


def read_prices(
    attributes: Source | Sequence[Source],
    *,
    zone: tzinfo,
    now: datetime | None = None,
    unit: str | None = None,
    currency: str | None = None,
    area: str | None = None,
    keys: PriceKeys = _EVERY_KEY,
    names: Sequence[str] = (),
) -> PriceCurve:
    """The prices an entity or an action gives, per kWh of the currency's main unit.

    Args:
        attributes: An entity's attributes or an action's answer, as AppDaemon hands them
            over; several where today and tomorrow come apart, of which some may be empty.
        zone: What times without an offset mean.
        now: Needed for prices without dates only, which are those of the day.
        unit: What the numbers are, such as `EUR/MWh` or `öre/kWh`, where the source does not
            say or says it wrong.
        currency: ISO 4217, likewise.
        area: Of several areas or homes, the one meant.
        keys: How the source names things, where it is not recognised.
        names: Of the entities or the action, for advice on what cannot be read.

    Raises:
        PriceError: There are no prices in there, or they cannot be right; one line says why.
    """
    asked = Asked(zone=zone, now=now, unit=unit, currency=currency, area=area, keys=keys)
    return understood(attributes, asked, names=names).curve


def has_fees_inside(attributes: Source, *, keys: PriceKeys = _EVERY_KEY) -> bool:
    """Whether an entity says that its prices have grid fees or taxes in them, so that a tariff would count twice."""
    return fees_inside(unwrapped(attributes), Asked(zone=UTC, keys=keys))


def is_published(answer: Source) -> bool:
    """False for an action's answer of which all price lists are empty, as those of a day to come are."""
    lists = list(_lists(unwrapped(answer), _DEEPEST))
    return not lists or any(lists)


def _lists(node: Source, depth: int) -> Iterator[Sequence[object]]:
    for value in node.values():
        if isinstance(value, list | tuple):
            yield value
        elif isinstance(value, Mapping) and depth:
            yield from _lists(value, depth - 1)

"""Reads prices as Home Assistant's price integrations publish them, recognised by their content.

Entities have lists in their attributes; actions answer with such lists by area or by home. The names of the lists,
their formats, their keys and their units differ.
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
    """The prices of an entity or an action, per kWh in the currency's main unit.

    Args:
        attributes: An entity's attributes or an action's answer, as AppDaemon gives them;
            several where today and tomorrow are separate, of which some may be empty.
        zone: Of times without an offset.
        now: Only needed for prices without dates, which are those of the current day.
        unit: Of the numbers, such as `EUR/MWh` or `öre/kWh`, where the source gives none or
            a wrong one.
        currency: ISO 4217, likewise.
        area: The one to use of several areas or homes.
        keys: The source's key names, where they are not recognised.
        names: Of the entities or the action, for advice when nothing can be read.

    Raises:
        PriceError: There are no prices, or they cannot be right; the message is one line.
    """
    asked = Asked(zone=zone, now=now, unit=unit, currency=currency, area=area, keys=keys)
    return understood(attributes, asked, names=names).curve


def has_fees_inside(attributes: Source, *, keys: PriceKeys = _EVERY_KEY) -> bool:
    """Whether an entity says that its prices include grid fees or taxes, which a tariff would then count twice."""
    return fees_inside(unwrapped(attributes), Asked(zone=UTC, keys=keys))


def is_published(answer: Source) -> bool:
    """False for an action's answer whose price lists are all empty, as before tomorrow's prices are published."""
    lists = list(_lists(unwrapped(answer), _DEEPEST))
    return not lists or any(lists)


def _lists(node: Source, depth: int) -> Iterator[Sequence[object]]:
    for value in node.values():
        if isinstance(value, list | tuple):
            yield value
        elif isinstance(value, Mapping) and depth:
            yield from _lists(value, depth - 1)

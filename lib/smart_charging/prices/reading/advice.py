"""Advice on the settings for a source that cannot be read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from smart_charging.errors import NoPricesError
from smart_charging.prices.reading.saying import listed, short, shown

Source = Mapping[str, object]

_MOST_KEYS = 5_000

_ACTION = "{source} of the core answers by an action: write price_action: {{action: {action}, entity: {entity}}}"
_KEYS = "write price_keys: {list: …, start: …, value: …} with the names the source uses"
_BY_ACTION = (
    ("Nord Pool", "nordpool.get_prices_for_date", r"nord[_ ]pool|provided by nord pool"),
    ("Tibber", "tibber.get_prices", r"tibber"),
    ("EnergyZero", "energyzero.get_energy_prices", r"energyzero"),
    ("easyEnergy", "easyenergy.get_energy_usage_prices", r"easyenergy"),
)
"""Core integrations whose entities have no price lists, and how to recognise them by entity id or attribution."""
_OTHER_ENTITIES = (
    ("Octopus Energy", "event.…_current_day_rates and event.…_next_day_rates", r"octopus"),
    ("Amber", "the forecast sensor sensor.…_general_forecast", r"amber"),
    ("ENTSO-e", "the sensor of the average price, which holds the lists", r"entso"),
)
"""Integrations with the lists in another of their entities."""


def nothing_found(sources: Sequence[Source], names: Sequence[str], others: Sequence[str] = ()) -> NoPricesError:
    """The error for a source without prices: what it has instead, and what to write in apps.yaml."""
    there = sorted({short(key) for source in sources for key in list(source)[:_MOST_KEYS]})
    entities = [name for name in names if name.startswith(("sensor.", "binary_sensor.", "event."))]
    known = " ".join((*entities, *(short(source.get("attribution"))[:80] for source in sources))).casefold()
    entity = entities[0] if entities else "…"
    aside = f". {others[0]}" if others else ""
    what = f"no prices found; the attributes are {listed(there) or 'empty'}"
    if not aside and (other := _other_source(known, entity)):
        return NoPricesError(what + other, says_what_to_write=True)
    return NoPricesError(what + (aside or _advice(sources)))


def _other_source(known: str, entity: str) -> str | None:
    for source, action, pattern in _BY_ACTION:
        if re.search(pattern, known):
            return ". " + _ACTION.format(source=source, action=action, entity=entity)
    for source, others, pattern in _OTHER_ENTITIES:
        if re.search(pattern, known):
            return f". {source} has its prices in other entities: write price_entity: {others}"
    return None


def _advice(sources: Sequence[Source]) -> str:
    text = next(
        (key for source in sources for key, value in list(source.items())[:200] if _is_unread_text(value)), None
    )
    if text is not None:
        return (
            f". {shown(text)} is text, not a list: write its template so that it ends with `| list`, without joining it"
        )
    return f"; {_KEYS}" if any(_is_list(value) for source in sources for value in list(source.values())[:200]) else ""


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple | Mapping) and len(value) > 0


def _is_unread_text(value: object) -> bool:
    return isinstance(value, str) and len(value) > 20 and value.lstrip()[:1] in {"[", "{"}

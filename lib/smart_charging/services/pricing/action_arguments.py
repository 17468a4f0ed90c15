"""What a price action is asked with: the days, the entry of its integration, and what else it demands.

Source: the services.yaml of each integration, in Home Assistant's core or in HACS.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any

Data = Mapping[str, Any]

ENTRY_KEYS = ("config_entry", "config_entry_id", "entry_id")
"""What integrations call the entry that is meant; most the first."""
_SPANS = (
    *(("start", "end"), ("start_time", "end_time"), ("start_datetime", "end_datetime"), ("from", "to")),
    *(("start_date", "end_date"), ("from_date", "to_date"), ("date_from", "date_to")),
)
_DAYS = ("date", "day")


@dataclass(frozen=True, slots=True, kw_only=True)
class Takes:
    """The arguments of one action, by the names they have there."""

    day: str | None = None
    """A single day; the action is called once for each."""
    span: tuple[str, str] | None = None
    """Start and end; the end is told as a moment within the last day, as some take it for a whole day."""
    is_end_excluded: bool = False
    """Whether the end is a moment that no longer counts."""
    entry: str | None = None
    """None where it is the same for all entries, or not known."""
    demands: Data = field(default_factory=dict)
    """What it refuses to answer without, with the value that suits us."""
    currencies: frozenset[str] = frozenset()
    """Those it can be asked for."""
    currency: str | None = None
    """Of the prices, where neither the action is asked for one nor its answer tells it."""


_BY_SPAN = Takes(span=("start", "end"), entry="config_entry", demands={"incl_vat": True}, currency="EUR")
_NORD_POOL = Takes(day="date", entry="config_entry", currencies=frozenset({"DKK", "EUR", "NOK", "PLN", "SEK"}))
KNOWN: Mapping[str, Takes] = {
    "nordpool.get_prices_for_date": _NORD_POOL,
    "nordpool.get_price_indices_for_date": _NORD_POOL,
    "tibber.get_prices": Takes(span=("start", "end"), is_end_excluded=True),
    "energyzero.get_energy_prices": _BY_SPAN,
    "easyenergy.get_energy_usage_prices": _BY_SPAN,
    "easyenergy.get_energy_return_prices": _BY_SPAN,
    "entsoe.get_energy_prices": Takes(span=("start", "end"), entry="config_entry"),
    "tibber_prices.get_chartdata": Takes(entry="entry_id"),
    "tibber_prices.get_price": Takes(span=("start_time", "end_time"), entry="entry_id"),
    "green_planet_energy.get_prices": Takes(demands={"hours": 24}, currency="EUR"),
    "amberelectric.get_forecasts": Takes(entry="config_entry_id", demands={"channel_type": "general"}, currency="AUD"),
}


def takes_of(action: str, fields: Collection[str]) -> Takes:
    """What an action takes: as we know it, or else as Home Assistant describes it.

    Args:
        fields: The names of its arguments; empty where Home Assistant does not say.
    """
    if action in KNOWN:
        return KNOWN[action]
    span = next((span for span in _SPANS if set(span) <= set(fields)), None)
    return Takes(
        day=None if span else next((key for key in _DAYS if key in fields), None),
        span=span,
        entry=next((key for key in ENTRY_KEYS if key in fields), None),
    )


def is_of_dates(name: str) -> bool:
    """Whether an argument is a date without a time, which an integration refuses to cut off by itself."""
    return "date" in name.split("_")


def filled_in(value: Any, now: datetime, zone: tzinfo) -> Any:
    """What somebody has written under `data`, with `{today}`, `{tomorrow}` and `{now}` replaced."""
    match value:
        case str():
            local = now.astimezone(zone)
            words = {
                "{today}": local.date().isoformat(),
                "{tomorrow}": (local.date() + timedelta(days=1)).isoformat(),
                "{now}": local.isoformat(timespec="seconds"),
            }
            for word, text in words.items():
                value = value.replace(word, text)
            return value
        case Mapping():
            return {key: filled_in(inner, now, zone) for key, inner in value.items()}
        case list():
            return [filled_in(inner, now, zone) for inner in value]
        case _:
            return value

"""The arguments of price actions: the days, the config entry, and whatever else they require.

Source: the services.yaml of each integration, in Home Assistant's core or in HACS.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any

Data = Mapping[str, Any]

ENTRY_KEYS = ("config_entry", "config_entry_id", "entry_id")
"""Names that integrations use for the config entry's argument; the first is the most common."""
_SPANS = (
    *(("start", "end"), ("start_time", "end_time"), ("start_datetime", "end_datetime"), ("from", "to")),
    *(("start_date", "end_date"), ("from_date", "to_date"), ("date_from", "date_to")),
)
_DAYS = ("date", "day")


@dataclass(frozen=True, slots=True, kw_only=True)
class Takes:
    """What arguments one action takes, and under which names."""

    day: str | None = None
    """The argument for a single day; the action is called once for each day."""
    span: tuple[str, str] | None = None
    """The arguments for start and end; the end is passed as a moment within the last day, as some take it as a day."""
    is_end_excluded: bool = False
    """Whether prices at the end itself are not included."""
    entry: str | None = None
    """The argument for the config entry; None where there is none, or it is not known."""
    demands: Data = field(default_factory=dict)
    """Other required arguments, with the values we pass."""
    currencies: frozenset[str] = frozenset()
    """Currencies that can be asked for."""
    currency: str | None = None
    """The currency of the prices, where it is neither an argument nor in the answer."""


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
    """What an action takes: from `KNOWN`, or else from Home Assistant's description.

    Args:
        fields: The names of its arguments; empty where Home Assistant does not describe them.
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
    """Whether an argument takes a date; integrations refuse a date with a time there."""
    return "date" in name.split("_")


def filled_in(value: Any, now: datetime, zone: tzinfo) -> Any:
    """A value under `data` with `{today}`, `{tomorrow}` and `{now}` replaced."""
    match value:
        case str():
            local = now.astimezone(zone)
            texts = {
                "{today}": local.date().isoformat(),
                "{tomorrow}": (local.date() + timedelta(days=1)).isoformat(),
                "{now}": local.isoformat(timespec="seconds"),
            }
            for placeholder, text in texts.items():
                value = value.replace(placeholder, text)
            return value
        case Mapping():
            return {key: filled_in(inner, now, zone) for key, inner in value.items()}
        case list():
            return [filled_in(inner, now, zone) for inner in value]
        case _:
            return value

"""The view of what is over: months of each charger, and the prices of the last week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from smart_charging.dashboard.cards import Card, column, heading, known, picture, tile
from smart_charging.dashboard.shown_charger import ShownCharger


def past_page(chargers: Sequence[ShownCharger], prefix: str) -> Mapping[str, Any]:
    """The view as Home Assistant stores it.

    Args:
        chargers: At least one, all of one account.
        prefix: Begins the ids of the account's own entities.
    """
    has_mqtt = chargers[0].has_mqtt
    week = picture(prefix, "prices_chart", "The prices of the last week as bars", has_mqtt=has_mqtt)
    return {
        "title": "History",
        "path": "history",
        "type": "sections",
        "max_columns": 3,
        "sections": [
            *(column(*_months(charger)) for charger in chargers),
            column(heading("Prices of the last week", "mdi:chart-line"), week),
        ],
    }


def _months(charger: ShownCharger) -> Sequence[Card]:
    savings = (("saving_month", "Saved this month"), ("saving_total", "Saved in total"))
    return [
        heading(f"{charger.label} by month", "mdi:calendar-month"),
        picture(charger.slug, "months_chart", "Cost and saving of each month as bars", has_mqtt=charger.has_mqtt),
        *(tile(charger.entity(key), name, known(charger.entity(key))) for key, name in savings),
    ]

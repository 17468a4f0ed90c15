"""The whole dashboard, and where Home Assistant shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from smart_charging.dashboard.charger_page import charger_page
from smart_charging.dashboard.past_page import past_page
from smart_charging.dashboard.shown_charger import ShownCharger
from smart_charging.entities.names import AccountNames

DASHBOARD_TITLE, DASHBOARD_ICON = "Charging", "mdi:ev-station"
"""In the sidebar."""


def dashboard_path(names: AccountNames) -> str:
    """Its URL path, which in Home Assistant must contain a hyphen."""
    return f"{names.prefix.replace('_', '-')}-charging"


def dashboard(chargers: Sequence[ShownCharger], names: AccountNames) -> Mapping[str, Any]:
    """All its views, as JSON has them: lists and mappings, nothing that is None.

    Args:
        chargers: At least one.
        names: Of the account that all of them are of.
    """
    return {"views": [*map(charger_page, chargers), past_page(chargers, names.prefix)]}

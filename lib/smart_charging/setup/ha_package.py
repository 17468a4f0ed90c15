"""A package for Home Assistant: scripts with a response, entities with unique ids, helpers, a dashboard.

Its entities show the state of our own entities and act through our event; the scheduler reads the helpers.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from smart_charging.charger import Charger
from smart_charging.dashboard.whole import DASHBOARD_TITLE, dashboard_path
from smart_charging.entities.command import EVERY, MOST_KWH, MOST_MINUTES
from smart_charging.entities.helpers import (
    FIRST_ENERGY_KWH,
    FIRST_READY_BY,
    PACKAGE_START,
    PACKAGE_STOP,
    PACKAGE_SWITCH,
    helpers,
)
from smart_charging.entities.names import AccountNames
from smart_charging.entities.switch import CHARGING_SWITCH
from smart_charging.setup.ha_dashboard import dashboard_file
from smart_charging.setup.ha_template import render, rows

TEMPLATE = "ha_package.yaml.j2"
OLDEST_HOME_ASSISTANT = (2025, 4)
"""The oldest known to work; `platform: template`, needed before it, ended in 2026.6 (home-assistant/core#169730)."""
ANSWERED_WITHIN = timedelta(minutes=1)
"""How long a script waits for AppDaemon, which may have to wait for the cloud's quota."""


def ha_package(
    chargers: Sequence[Charger], names: AccountNames, *, mqtt: bool = False, patience: timedelta = ANSWERED_WITHIN
) -> str:
    """The package's YAML.

    Args:
        chargers: At least one, named as in our entity ids (name or alias), in the cloud's order.
        names: The names of their account.
        mqtt: Leave out what exists as MQTT entities already.
        patience: How long a script waits before it answers that nobody has answered.
    """
    return render(
        TEMPLATE,
        chargers=rows(chargers, names),
        cloud=names.device.name,
        prefix=names.prefix,
        event=f"{names.words.prefix}_command",
        helpers=helpers(mqtt=mqtt),
        mqtt=mqtt,
        first_energy_kwh=FIRST_ENERGY_KWH,
        first_ready_by=FIRST_READY_BY,
        dashboard_path=dashboard_path(names),
        dashboard_title=DASHBOARD_TITLE,
        dashboard_file=dashboard_file(names),
        every=EVERY,
        patience_s=round(patience.total_seconds()),
        most_kwh=MOST_KWH,
        most_minutes=MOST_MINUTES,
        charging_key=next(row.key for row in CHARGING_SWITCH if row.domain == "switch"),
        switch_key=PACKAGE_SWITCH,
        start_key=PACKAGE_START,
        stop_key=PACKAGE_STOP,
    )

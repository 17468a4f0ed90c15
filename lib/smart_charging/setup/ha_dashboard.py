"""A dashboard for Home Assistant: a view per charger, of cards that every Home Assistant has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from smart_charging.charger import Charger
from smart_charging.entities.helpers import NO_LIMIT_PER_KWH, PACKAGE_SWITCH, helpers
from smart_charging.entities.names import AccountNames
from smart_charging.entities.need import NEED_ENTITIES
from smart_charging.entities.plan_view import PlanState
from smart_charging.setup.ha_template import render, rows

TEMPLATE = "ha_dashboard.yaml.j2"
DASHBOARD_TITLE = "Charging"
"""Its word in the sidebar."""


def dashboard_path(names: AccountNames) -> str:
    """Its address, in which Home Assistant wants a hyphen."""
    return f"{names.prefix.replace('_', '-')}-charging"


def dashboard_file(names: AccountNames) -> str:
    """Beside configuration.yaml; where the package says it is."""
    return f"dashboards/{names.prefix}.yaml"


_LONG = "ready by, "
"""Of a name that follows the one it begins with, and has no room beside a date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setting:
    """A row of the card with the settings."""

    domain: str
    key: str
    """End of the entity id."""
    name: str
    is_wide: bool = False
    """Whether its controls leave no room for its name; it is shown as text then, and a tap opens them."""


def ha_dashboard(chargers: Sequence[Charger], names: AccountNames, *, mqtt: bool = False) -> str:
    """The dashboard's YAML; its entities are the apps' own, those of the package and, with MQTT, those of the broker.

    Args:
        chargers: As for the package.
        names: Of the account they belong to.
        mqtt: Show the settings that stand in Home Assistant through MQTT instead of the helpers.
    """
    return render(
        TEMPLATE,
        chargers=rows(chargers, names),
        settings=list(_settings(mqtt=mqtt)),
        no_limit=NO_LIMIT_PER_KWH,
        mqtt=mqtt,
        dashboard_path=dashboard_path(names),
        dashboard_file=dashboard_file(names),
        switch_key=PACKAGE_SWITCH,
        planned_states=[state.value for state in PlanState if state.is_planned],
    )


def _settings(*, mqtt: bool) -> Iterator[_Setting]:
    if mqtt:
        yield _Setting(domain="switch", key="smart_charging", name="Smart charging")
        yield _Setting(domain="select", key="mode", name="Mode")
        for row in NEED_ENTITIES:
            yield _Setting(domain=row.domain, key=row.key, name=row.name.capitalize())
    for helper in helpers(mqtt=mqtt):
        yield _Setting(
            domain=helper.domain,
            key=helper.key,
            name=helper.name.removeprefix(_LONG).capitalize(),
            is_wide=helper.domain == "input_datetime",
        )

"""A dashboard for Home Assistant: a view per charger, made of built-in cards."""

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
"""Its title in the sidebar."""


def dashboard_path(names: AccountNames) -> str:
    """Its URL path, which in Home Assistant must contain a hyphen."""
    return f"{names.prefix.replace('_', '-')}-charging"


def dashboard_file(names: AccountNames) -> str:
    """Its file, relative to configuration.yaml; the package refers to it."""
    return f"dashboards/{names.prefix}.yaml"


_LONG = "ready by, "
"""Cut off from the name "ready by, once", which is too long beside a date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setting:
    """A row of the settings card."""

    domain: str
    key: str
    """End of the entity id."""
    name: str
    is_wide: bool = False
    """Whether its controls leave no room for the name; the row is then text, and a tap opens the controls."""


def ha_dashboard(chargers: Sequence[Charger], names: AccountNames, *, mqtt: bool = False) -> str:
    """The dashboard's YAML, with the apps' own entities, those of the package and, with MQTT, the MQTT entities.

    Args:
        chargers: As for the package.
        names: The names of their account.
        mqtt: Show the MQTT entities for settings instead of the helpers.
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

"""The dashboard as a file for those who keep Home Assistant's configuration in files."""

from __future__ import annotations

from collections.abc import Sequence

import yaml

from smart_charging.charger import Charger
from smart_charging.dashboard.shown_charger import ShownCharger
from smart_charging.dashboard.whole import dashboard
from smart_charging.entities.helpers import helpers
from smart_charging.entities.names import AccountNames, Slugs

_HEAD = """\
# A dashboard, made by "smart-charging package{option} --dashboard": a view for each charger, and one of the past.
# Save it as {file} beside configuration.yaml, from where the package has Home Assistant show it.
# Or paste it into the raw configuration editor of a dashboard of your own.
"""


def dashboard_file(names: AccountNames) -> str:
    """Its file, relative to configuration.yaml; the package refers to it."""
    return f"dashboards/{names.prefix}.yaml"


def ha_dashboard(chargers: Sequence[Charger], names: AccountNames, *, mqtt: bool = False) -> str:
    """The dashboard's YAML, with the apps' own entities, those of the package and, with MQTT, the MQTT entities.

    Args:
        chargers: As for the package.
        names: The names of their account.
        mqtt: Show the MQTT entities for settings instead of the helpers.
    """
    slugs = Slugs({}, names.prefix)
    shown = [_shown(charger, slugs.of(charger), mqtt=mqtt) for charger in chargers]
    head = _HEAD.format(option=" --mqtt" if mqtt else "", file=dashboard_file(names))
    return head + yaml.dump(dashboard(shown, names), Dumper=_Blocks, sort_keys=False, allow_unicode=True, width=1000)


def _shown(charger: Charger, slug: str, *, mqtt: bool) -> ShownCharger:
    settings = {helper.argument: f"{helper.domain}.{slug}_{helper.key}" for helper in helpers(mqtt=mqtt)}
    return ShownCharger.of(charger, slug, settings, has_mqtt=mqtt)


class _Blocks(yaml.SafeDumper):
    """Writes templates line by line, nothing twice by reference, and words of ours as words."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(value), style="|" if "\n" in value else None)


_Blocks.add_representer(str, _text)
_Blocks.add_multi_representer(str, _text)  # members of our enumerations
_Blocks.add_representer(tuple, yaml.SafeDumper.represent_list)

"""Makes a charger's switch: a real entity with an area, which shows and does what our own bare state does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from smart_charging.entities.helpers import PACKAGE_SWITCH
from smart_charging.entities.names import title_of
from smart_charging.entities.switch import CHARGING_SWITCH
from smart_charging.services.home_assistant import Administration
from smart_charging.services.provisioning.existing import Existing
from smart_charging.services.provisioning.made import SWITCH, MadeThing, MadeThings
from smart_charging.services.provisioning.provisioned_charger import ProvisionedCharger

TEMPLATE = "template"


class SwitchMaker:
    """By Home Assistant's integration of template entities."""

    def __init__(self, home: Administration, made: MadeThings) -> None:
        self._home = home
        self._made = made

    async def make(self, charger: ProvisionedCharger, there: Existing) -> str | None:
        """Make the switch if it lacks one; returns the id of a new entity.

        Raises:
            ActionError: Home Assistant refuses, or is away.
        """
        key = f"{charger.key} {SWITCH}"
        thing = self._made.get(key)
        if thing is None and not charger.has_mqtt and _entity_id(charger) not in there.entity_ids:
            return await self._create(charger, key)
        found = there.entity_of_entry(thing.id) if thing else None
        if thing and found and found != thing.entity_id:
            await self._made.note(key, replace(thing, entity_id=found))
        return None

    async def remove(self, thing: MadeThing, there: Existing) -> bool:
        """Remove a switch; whether it was still there.

        Raises:
            ActionError: Home Assistant refuses, or is away.
        """
        is_there = there.entity_of_entry(thing.id) is not None
        if is_there:
            await self._home.remove_config_entry(thing.id)
        return is_there

    async def _create(self, charger: ProvisionedCharger, key: str) -> str:
        entry_id = await self._home.create_config_entry(TEMPLATE, {"next_step_id": SWITCH}, _answers(charger))
        thing = MadeThing(kind=SWITCH, id=entry_id, entity_id=_entity_id(charger))
        await self._made.note(key, thing)
        return thing.entity_id


def _entity_id(charger: ProvisionedCharger) -> str:
    return f"{SWITCH}.{charger.slug}_{PACKAGE_SWITCH}"


def _answers(charger: ProvisionedCharger) -> Mapping[str, object]:
    title = title_of(charger.charger.name, charger.slug, charger.names.prefix)
    ours = next(f"{SWITCH}.{charger.slug}_{row.key}" for row in CHARGING_SWITCH if row.domain == SWITCH)
    return {
        "name": f"{title} {PACKAGE_SWITCH}",
        "value_template": f"{{{{ is_state('{ours}', 'on') }}}}",
        "turn_on": [_event(charger, "start")],
        "turn_off": [_event(charger, "stop")],
    }


def _event(charger: ProvisionedCharger, command: str) -> Mapping[str, object]:
    return {
        "event": f"{charger.names.words.prefix}_command",
        "event_data": {"command": command, "charge_point_id": charger.charger.id},
    }

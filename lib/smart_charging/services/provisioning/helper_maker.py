"""Makes a charger's helpers and gives them their first values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from smart_charging.entities.helpers import Helper
from smart_charging.printable import printable
from smart_charging.services.home_assistant import Administration
from smart_charging.services.provisioning.existing import Existing
from smart_charging.services.provisioning.made import MadeThing, MadeThings
from smart_charging.services.provisioning.provisioned_charger import ProvisionedCharger


class HelperMaker:
    """Of values in apps.yaml and in a helper the newest counts: an edit of apps.yaml sets the helper."""

    def __init__(self, home: Administration, made: MadeThings) -> None:
        self._home = home
        self._made = made

    async def make(self, charger: ProvisionedCharger, there: Existing) -> Iterable[str]:
        """Make the helpers that the charger lacks; returns the ids of new entities.

        Raises:
            ActionError: Home Assistant refuses, or is away; what was made until then is written down.
        """
        new = []
        for helper in charger.helpers:
            key, value = helper_key(charger.key, helper.argument), getattr(charger.schedule, helper.argument)
            helper_id = f"{charger.slug}_{helper.key}"
            if thing := self._made.get(key):
                await self._renew(key, thing, value, there)
            elif helper_id in there.helper_ids[helper.domain]:  # our notes were lost: what people set there stays
                entity_id = there.entity_of(helper.domain, helper_id) or f"{helper.domain}.{helper_id}"
                await self._made.note(key, _thing(helper, helper_id, entity_id, value))
            elif f"{helper.domain}.{helper_id}" not in there.entity_ids:
                new.append(await self._create(charger, helper, key, value))
        return new

    async def remove(self, thing: MadeThing, there: Existing) -> bool:
        """Remove a helper; whether it was still there.

        Raises:
            ActionError: Home Assistant refuses, or is away.
        """
        is_there = thing.id in there.helper_ids[thing.kind]
        if is_there:
            await self._home.command(f"{thing.kind}/delete", **{f"{thing.kind}_id": thing.id})
        return is_there

    async def _create(self, charger: ProvisionedCharger, helper: Helper, key: str, value: object) -> str:
        """Home Assistant makes its entity's id of the name that it has at first.

        The entity is not followed before it has its value: a new helper says 0 kWh and midnight.
        """
        name = f"{charger.slug} {helper.key}".replace("_", " ")
        made = await self._home.command(f"{helper.domain}/create", name=name, **helper.traits)
        thing = _thing(helper, made["id"], f"{helper.domain}.{made['id']}", value)
        await self._made.note(key, replace(thing, entity_id="", written=""))
        label = printable(charger.charger.name) or charger.charger.id
        named = {f"{helper.domain}_id": thing.id, "name": f"{label} {helper.name}"}
        await self._home.command(f"{helper.domain}/update", **named, **helper.traits)
        await self._set(thing, value)
        await self._made.note(key, thing)
        return thing.entity_id

    async def _renew(self, key: str, thing: MadeThing, value: object, there: Existing) -> None:
        """Follow a renamed entity, and set what is new in apps.yaml; a helper that a person removed stays away."""
        is_there = thing.id in there.helper_ids[thing.kind]
        entity_id = there.entity_of(thing.kind, thing.id) or thing.entity_id
        now = replace(thing, entity_id=entity_id if is_there else "", written=_text(value))
        if is_there and now.written != thing.written:
            await self._set(now, value)
        if now != thing:
            await self._made.note(key, now)

    async def _set(self, thing: MadeThing, value: object) -> None:
        if value is not None:
            action, data = _setting(thing.kind, value)
            await self._home.call_action(f"{thing.kind}.{action}", {"entity_id": thing.entity_id, **data})


def helper_key(charger_key: str, argument: str) -> str:
    """By which a charger's helper is written down."""
    return f"{charger_key} {argument}"


def _thing(helper: Helper, helper_id: str, entity_id: str, value: object) -> MadeThing:
    return MadeThing(kind=helper.domain, id=helper_id, entity_id=entity_id, written=_text(value))


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _setting(domain: str, value: Any) -> tuple[str, Mapping[str, object]]:
    match domain:
        case "input_number":
            return "set_value", {"value": value}
        case "input_select":
            return "select_option", {"option": str(value)}
        case "input_boolean":
            return "turn_on" if value else "turn_off", {}
        case _ if isinstance(value, datetime):
            return "set_datetime", {"datetime": f"{value:%Y-%m-%d %H:%M:%S}"}
        case _:
            return "set_datetime", {"time": f"{value:%H:%M:%S}"}

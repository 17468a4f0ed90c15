"""What Home Assistant and other apps ask for, in the shapes they ask it in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from smart_charging.services.authors import Who
from smart_charging.services.control import CommandResult, Control
from smart_charging.services.polling import Polling

START, STOP = "start", "stop"


class Requests:
    """Hands a person's wishes to Control."""

    def __init__(self, control: Control, polling: Polling) -> None:
        self._control = control
        self._polling = polling

    async def command(self, command: object, charge_point_id: object) -> dict[str, Any]:
        """Obey `start` or `stop`; the answer always has `ok`, and `error` when that is False."""
        if charge_point_id is None or isinstance(charge_point_id, dict | list | bool):
            result = _refused("", "charge_point_id is missing; write the charge point's id")
        else:
            result = await self._obey(command, _id(charge_point_id))
        return asdict(result)

    async def switched(self, call: Mapping[str, Any]) -> None:
        """Obey a `switch.turn_on`, `turn_off` or `toggle` that names switches of ours."""
        named = call.get("service_data", {}).get("entity_id", [])
        for entity_id in [named] if isinstance(named, str) else named:
            if charger_id := self._charger_behind(entity_id):
                await self._obey(self._meaning(call.get("service"), charger_id), charger_id)

    async def _obey(self, command: object, charger_id: str) -> CommandResult:
        match command:
            case "start":
                return await self._control.start(charger_id, who=Who.PERSON)
            case "stop":
                return await self._control.stop(charger_id, who=Who.PERSON)
            case _:
                return _refused(charger_id, f"command {command!r} is not known; write start or stop")

    def _meaning(self, service: object, charger_id: str) -> str | None:
        match service:
            case "turn_on":
                return START
            case "turn_off":
                return STOP
            case "toggle":
                return STOP if self._control.is_on(self._polling.chargers[charger_id]) else START
            case _:
                return None

    def _charger_behind(self, entity_id: str) -> str | None:
        chargers = self._polling.chargers.values()
        return next((c.id for c in chargers if f"switch.{self._polling.slug(c)}_charging" == entity_id), None)


def _id(value: object) -> str:
    """Home Assistant's number selector sends 410002.0 for 410002."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _refused(charger_id: str, error: str) -> CommandResult:
    return CommandResult(ok=False, charge_point_id=charger_id, error=error)

"""What Home Assistant and other apps ask for, in the shapes they ask it in."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from smart_charging.charger import Charger
from smart_charging.entities.command import EntityCommand
from smart_charging.entities.mode import MODE
from smart_charging.entities.names import PREFIX
from smart_charging.errors import ChargingError, CommandError
from smart_charging.mode import Mode
from smart_charging.services.control.charge_limits import ChargeLimit, ChargeLimits
from smart_charging.services.control.control import REPLACED, CommandResult, Control
from smart_charging.services.control.origins import Origin
from smart_charging.services.control.targets import EVERY, find, written_ones
from smart_charging.services.entity_commands import EntityCommands
from smart_charging.services.watching.polling import Polling

START, STOP = "start", "stop"
WORDS = (START, STOP, *Mode)
"""What can be asked for; a mode also ends what a person's hand began."""

Answer = dict[str, Any]


class HaCommands:
    """Hands a person's wishes to Control."""

    def __init__(self, control: Control, polling: Polling, limits: ChargeLimits, commands: EntityCommands) -> None:
        self._control = control
        self._commands = commands
        self._polling = polling
        self._charge_limits = limits

    async def command(
        self, command: object, charge_point_id: object, *, limit_kwh: object = None, limit_minutes: object = None
    ) -> Answer:
        """Obey `start`, `stop` or a mode; the answer always has `ok`, and `error` when something is wrong.

        Args:
            command: The word.
            charge_point_id: A charger's id, name or one of our entity ids of it; a list of these, or
                `all`, is answered with `results`, one for each charger.
            limit_kwh: With a start: the charge is stopped when it has come to that much.
            limit_minutes: The same for its length.
        """
        try:
            written = written_ones(charge_point_id)
            limit = _limit(command, ChargeLimit.written(kwh=limit_kwh, minutes=limit_minutes))
            await self._know_the_chargers()
        except ChargingError as err:
            return _refused(charge_point_id if isinstance(charge_point_id, str) else "", str(err))
        if not isinstance(charge_point_id, list | tuple) and written != [EVERY]:
            return await self._obey(command, written[0], limit)
        answers = await asyncio.gather(*(self._obey(command, one, limit) for one in self._each_once(written)))
        return {"ok": all(answer["ok"] for answer in answers), "results": list(answers)}

    async def switched(self, call: Mapping[str, Any]) -> Sequence[str]:
        """Obey a `switch.turn_on`, `turn_off` or `toggle` that names switches of ours; what went wrong with them."""
        named = call.get("service_data", {}).get("entity_id", [])
        ours = [one for one in ([named] if isinstance(named, str) else named) if one.startswith(f"switch.{PREFIX}_")]
        if ours and not self._polling.chargers:  # pressed before the first read
            await self._polling.refresh()
        behind = [charger_id for entity_id in ours if (charger_id := self._charger_behind(entity_id))]
        answers = [await self._obey(self._meaning(call.get("service"), one), one, None) for one in behind]
        return [error for answer in answers if (error := complaint(answer))]

    async def _know_the_chargers(self) -> None:
        if not self._polling.chargers and (error := await self._polling.refresh()):
            raise error
        if not self._polling.chargers:
            raise CommandError("this account has no chargers")

    def _each_once(self, written: Sequence[str]) -> Sequence[str]:
        """In the order they were written; a charger by its id, what means none as it is."""
        if EVERY in written:
            return list(self._polling.chargers)
        return list(dict.fromkeys(self._id_of(text) for text in written))

    def _id_of(self, text: str) -> str:
        try:
            return find(text, self._polling).id
        except CommandError:
            return text

    async def _obey(self, command: object, text: str, limit: ChargeLimit | None) -> Answer:
        try:
            charger = find(text, self._polling)
        except CommandError as err:
            return _refused(text, str(err))
        match command:
            case "start":
                result = await self._start(charger.id, limit)
            case "stop":
                result = await self._control.stop(charger.id, origin=Origin.PERSON)
            case str() if command in set(Mode):
                result = await self._choose(charger.id, command)
            case _:
                return _refused(
                    charger.id, f"command {command!r} is not known; write one of {', '.join(WORDS)}", charger
                )
        return _told(result, charger)

    async def _choose(self, charger_id: str, mode: str) -> CommandResult:
        command = EntityCommand(device_id=charger_id, domain="select", key=MODE, payload=mode)
        try:
            await self._commands.hand_over(command)
        except CommandError as err:
            return CommandResult(ok=False, charge_point_id=charger_id, error=str(err))
        return CommandResult(ok=True, charge_point_id=charger_id)

    async def _start(self, charger_id: str, limit: ChargeLimit | None) -> CommandResult:
        """The limit is kept before the charge begins: whatever ends us in between, it holds afterwards."""
        if limit is None:
            return await self._control.start(charger_id, origin=Origin.PERSON)
        before = await self._charge_limits.expect(charger_id, limit)
        result = await self._control.start(charger_id, origin=Origin.PERSON)
        if result.ok:
            await self._charge_limits.began(charger_id, limit, result.charge_id)
        else:
            await self._charge_limits.failed(charger_id, before)
        return result

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


def complaint(answer: Answer) -> str | None:
    """What is wrong, for a person who pressed something; that they pressed something else since is not."""
    return None if answer["ok"] or answer["error"] == REPLACED else answer["error"]


def _limit(command: object, limit: ChargeLimit | None) -> ChargeLimit | None:
    if limit and command != START:
        raise CommandError("limit_kwh and limit_minutes belong to a start")
    return limit


def _refused(text: str, error: str, charger: Charger | None = None) -> Answer:
    return _told(CommandResult(ok=False, charge_point_id=text, error=error), charger)


def _told(result: CommandResult, charger: Charger | None) -> Answer:
    answer = asdict(result) | {"charger": charger.name if charger else None}
    del answer["is_unreachable"]  # for the scheduler; people read the error
    return answer

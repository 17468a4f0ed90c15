"""Commands from Home Assistant and other apps: services, events, switches and MQTT entities."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from smart_charging.charger import Charger
from smart_charging.entities.command import EVERY, EntityCommand
from smart_charging.entities.mode import MODE
from smart_charging.errors import ChargingError, CommandError
from smart_charging.mode import Mode
from smart_charging.services.control.accounts import Accounts, CommandedAccount, Target, written_ones
from smart_charging.services.control.asking_again import end_resting_charge
from smart_charging.services.control.commands import REPLACED, CommandResult
from smart_charging.services.control.orders import SET, SET_CURRENT, START, STOP, Order
from smart_charging.services.control.origins import Origin

WORDS = (START, STOP, *Mode)
"""The commands that every cloud obeys; a mode also ends a manual override."""

Answer = dict[str, Any]


class HaCommands:
    """Passes a person's commands to the control of the charger's account."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._in_order: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        """By charger; the wishes of people take effect in the order in which they came."""

    async def command(
        self, command: object, charge_point_id: object, *, monitor: object = None, **arguments: object
    ) -> Answer:
        """Carry out a command; the answer always has `ok`, and `error` when something is wrong.

        Args:
            command: One of `WORDS`, `set_current`, `set`, or an action of the charger's cloud; anything else is
                answered with an error.
            charge_point_id: A charger's id, its name or one of its entity ids; a list of these, or
                `all`, is answered with `results`, one for each charger. None only for an action of the account.
            monitor: The charger's monitor, needed where two monitors know a charger with that id.
            arguments: Those of `Order`; an action gets them as they are.
        """
        try:
            if charge_point_id is None and (behind := self._accounts_with(command, monitor)):
                return await self._act_on_accounts(str(command), behind, arguments)
            written = written_ones(charge_point_id)
            order = Order.written(command, arguments)
            await self._accounts.know_the_chargers()
        except ChargingError as err:
            return _refused(charge_point_id[:40] if isinstance(charge_point_id, str) else "", str(err))
        if not isinstance(charge_point_id, list | tuple) and written != [EVERY]:
            return await self._obey(order, self._found(written[0], monitor, order))
        targets = self._each_once(written, monitor, order)
        answers = await asyncio.gather(*(self._obey(order, target) for target in targets))
        return {"ok": all(answer["ok"] for answer in answers), "results": list(answers)}

    async def switched(self, call: Mapping[str, Any]) -> Sequence[str]:
        """Carry out a `switch.turn_on`, `turn_off` or `toggle` for those of our switches it names; the errors."""
        prefixes = tuple(f"switch.{account.hub.names.prefix}_" for account in self._accounts)
        ours = [one for one in _named_in(call) if one.startswith(prefixes)]
        if ours and not self._accounts.targets:  # pressed before the first read
            await asyncio.gather(*(account.hub.polling.refresh() for account in self._accounts))
        behind = [target for entity_id in ours if (target := self._accounts.behind_switch(entity_id))]
        answers = [await self._obey(Order(command=_meaning(call.get("service"), one)), one) for one in behind]
        return [error for answer in answers if (error := complaint(answer))]

    async def pressed(self, command: object, account: CommandedAccount, device_id: str) -> Answer:
        """Carry out a command that a person gave to an account's entity, as it comes from the MQTT broker."""
        try:
            await self._accounts.know_the_chargers()
        except ChargingError as err:
            return _refused(device_id, str(err))
        order, target = Order(command=command), self._accounts.behind_device(account, device_id)
        return await self._obey(order, target or self._found(device_id, account.monitor, order))

    def _each_once(self, written: Sequence[str], monitor: object, order: Order) -> Sequence[Target | CommandResult]:
        """The chargers in the order written, without repeats; an error result for what is no charger."""
        if EVERY in written:
            return [target for target in self._accounts.targets if target.charger.is_for_cars]
        found = [(text, self._found(text, monitor, order)) for text in written]
        return list({one.key if isinstance(one, Target) else text: one for text, one in found}.values())

    def _found(self, text: str, monitor: object, order: Order) -> Target | CommandResult:
        try:
            return self._accounts.find(text, monitor, connector=order.connector)
        except CommandError as err:
            return CommandResult(ok=False, charge_point_id=text, error=str(err))

    async def _obey(self, order: Order, target: Target | CommandResult) -> Answer:
        if isinstance(target, CommandResult):
            return _told(target, None)
        charger = target.charger
        async with self._in_order[target.key]:  # a mode that was chosen before is older, however long that takes
            if isinstance(order.command, str) and order.command in set(Mode):
                return _told(await self._choose(target, order.command), charger)
        match order.command:
            case "start":
                await end_resting_charge(target)
                result = await self._start(target, order)
            case "stop":
                result = await target.account.control.stop(charger.id, origin=Origin.PERSON)
            case str() as other if other in {SET, SET_CURRENT, *target.account.abilities.actions}:
                return await self._use_ability(target, other, order)
            case _:
                words = ", ".join([*WORDS, *target.account.abilities.words])
                error = f"command {str(order.command)[:40]!r} is not known; write one of {words}"
                result = CommandResult(ok=False, charge_point_id=charger.id, error=error)
        return _told(result, charger)

    async def _choose(self, target: Target, mode: str) -> CommandResult:
        device_id = target.account.hub.names.device_id(target.charger.id)
        command = EntityCommand(device_id=device_id, domain="select", key=MODE, payload=mode)
        try:
            await target.account.hub.entity_commands.hand_over(command)
        except CommandError as err:
            return CommandResult(ok=False, charge_point_id=target.charger.id, error=str(err))
        return CommandResult(ok=True, charge_point_id=target.charger.id)

    async def _start(self, target: Target, order: Order) -> CommandResult:
        """Store the limit before the charge begins, so that it holds after a restart in between."""
        charger_id, control, limits = target.charger.id, target.account.control, target.account.limits
        if order.current_a is not None:
            try:
                await target.account.currents.choose(target.charger, order.current_a)
            except ChargingError as err:
                return CommandResult(ok=False, charge_point_id=charger_id, error=str(err))
        if (limit := order.limit) is None:
            return await control.start(charger_id, origin=Origin.PERSON)
        expected = await limits.expect(charger_id, limit)
        result = await control.start(charger_id, origin=Origin.PERSON)
        if result.ok:
            await limits.began(charger_id, expected, result.charge_id)
        else:
            await limits.failed(charger_id, expected)
        return result

    async def _use_ability(self, target: Target, command: str, order: Order) -> Answer:
        account, charger = target.account, target.charger
        told: Mapping[str, object] | None = None
        try:
            match command:
                case "set":
                    await account.abilities.change(charger, **order.setting)
                case "set_current":
                    await account.currents.choose(charger, order.current_a)
                case _:
                    told = await account.abilities.act(command, charger, order.arguments)
        except ChargingError as err:
            return _told(CommandResult(ok=False, charge_point_id=charger.id, error=str(err)), charger)
        answer = _told(CommandResult(ok=True, charge_point_id=charger.id), charger)
        return answer if told is None else {**answer, "answer": dict(told)}

    def _accounts_with(self, action: object, monitor: object) -> Sequence[CommandedAccount]:
        there = [account for account in self._accounts if monitor in {None, account.monitor}]
        return [account for account in there if action in account.abilities.actions]

    async def _act_on_accounts(
        self, action: str, accounts: Sequence[CommandedAccount], arguments: Mapping[str, object]
    ) -> Answer:
        answers: list[Answer] = []
        for account in accounts:
            try:
                told = await account.abilities.act(action, None, arguments)
                answers.append({"ok": True, "monitor": account.monitor, "error": None, "answer": dict(told)})
            except ChargingError as err:
                answers.append({"ok": False, "monitor": account.monitor, "error": str(err)})
        if len(answers) == 1:
            return answers[0]
        return {"ok": all(answer["ok"] for answer in answers), "results": answers}


def _named_in(call: Mapping[str, Any]) -> Sequence[str]:
    """The entity ids that a service call names."""
    data = call.get("service_data")
    named = data.get("entity_id") if isinstance(data, Mapping) else None
    listed = named if isinstance(named, list | tuple) else [named]
    return [one for one in listed if isinstance(one, str)]


def _meaning(service: object, target: Target) -> str | None:
    match service:
        case "turn_on":
            return START
        case "turn_off":
            return STOP
        case "toggle":
            return STOP if target.account.control.shows_on(target.charger) else START
        case _:
            return None


def complaint(answer: Answer) -> str | None:
    """The error to show to the person who gave the command; None when a newer command replaced it."""
    return None if answer["ok"] or answer["error"] == REPLACED else answer["error"]


def _refused(text: str, error: str) -> Answer:
    return _told(CommandResult(ok=False, charge_point_id=text, error=error), None)


def _told(result: CommandResult, charger: Charger | None) -> Answer:
    answer = asdict(result) | {"charger": charger.name if charger else None}
    del answer["is_unreachable"]  # only the scheduler needs it; people read the error
    return answer

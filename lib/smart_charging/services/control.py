"""Start and stop, once, and the truth about it afterwards."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from smart_charging.charger import Charge, Charger, ChargerCloud, ChargerState, ChargeState
from smart_charging.entities.publish import Publisher
from smart_charging.entities.switch import CHARGING_SWITCH, SwitchView
from smart_charging.errors import ChargingError, CloudError, CommandError
from smart_charging.services.pending import Pending
from smart_charging.services.polling import Clock, Polling

_CANNOT_CHARGE = {
    ChargerState.FAULTED: "reports a fault; look at the charger",
    ChargerState.OFFLINE: "has lost its connection to Monta; look at its network",
    ChargerState.INOPERATIVE: "is out of service in Monta",
}


class Who(StrEnum):
    """Whose wish a command is."""

    PERSON = "person"
    SCHEDULER = "scheduler"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """What became of a command, in values that events and services can carry."""

    ok: bool
    charge_point_id: str
    charge_id: str | None = None
    state: str | None = None
    error: str | None = None


Command = Callable[[Charger], Awaitable[Charge | None]]
PersonListener = Callable[[str], Awaitable[None]]


class Control:
    """The only one who starts and stops; commands to one charger go one after the other."""

    def __init__(
        self, cloud: ChargerCloud, polling: Polling, publisher: Publisher, *, clock: Clock, log: logging.Logger
    ) -> None:
        self._cloud = cloud
        self._polling = polling
        self._publisher = publisher
        self._clock = clock
        self._log = log
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._pending: dict[str, Pending] = {}
        self._doubtful: set[str] = set()
        self._listeners: list[PersonListener] = []
        self._leave = polling.on_read(self._on_read)

    def close(self) -> None:
        """Stop following the chargers."""
        self._leave()

    def on_person(self, listener: PersonListener) -> Callable[[], None]:
        """Call `listener(charger_id)` when a person's command was obeyed; the answer ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def start(self, charger_id: str, *, who: Who) -> CommandResult:
        """Have a charge running; one that runs already is a success that changes nothing."""
        return await self._obey(charger_id, self._start, who)

    async def stop(self, charger_id: str, *, who: Who) -> CommandResult:
        """Have no charge running; none running already is a success that changes nothing."""
        return await self._obey(charger_id, self._stop, who)

    def is_on(self, charger: Charger) -> bool:
        """Whether a charge runs or was asked for; one asked to stop no longer counts."""
        if pending := self._pending.get(charger.id):
            return pending.on
        return charger.active_charge is not None

    async def _obey(self, charger_id: str, command: Command, who: Who) -> CommandResult:
        async with self._turns[charger_id]:
            try:
                charger = await self._look(charger_id)
                charge = await self._carefully(charger, command)
            except ChargingError as err:
                return CommandResult(ok=False, charge_point_id=charger_id, error=str(err))
            finally:
                await self._publish()
        self._polling.hurry()
        if who is Who.PERSON:
            for listener in list(self._listeners):
                await listener(charger_id)
        return CommandResult(
            ok=True,
            charge_point_id=charger_id,
            charge_id=charge.id if charge else None,
            state=charge.state if charge else None,
        )

    async def _look(self, charger_id: str) -> Charger:
        """The charger as last read; read again when an answer to an earlier command was lost."""
        if (not self._polling.chargers or charger_id in self._doubtful) and (error := await self._polling.refresh()):
            raise error
        self._doubtful.discard(charger_id)
        try:
            return self._polling.chargers[charger_id]
        except KeyError:
            known = ", ".join(f"{c.id} ({c.name})" for c in self._polling.chargers.values()) or "none at all"
            raise CommandError(f"there is no charge point {charger_id} in this account; there is {known}") from None

    async def _carefully(
        self, charger: Charger, command: Callable[[Charger], Awaitable[Charge | None]]
    ) -> Charge | None:
        """When the cloud fails, look before believing it: the command may have been carried out all the same."""
        try:
            return await command(charger)
        except CloudError:
            self._doubtful.add(charger.id)
            charger = await self._look(charger.id)
            if command == self._start and not charger.active_charge:
                raise
            if command == self._stop and charger.active_charge:
                raise
            return charger.active_charge

    async def _start(self, charger: Charger) -> Charge | None:
        if charge := self._running(charger):
            if charge.state is ChargeState.STOPPING:
                raise CommandError(f"{charger.name} is still stopping its last charge; try again in a minute")
            return charge
        if not charger.is_plugged_in:
            raise CommandError(f"{charger.name} has no cable plugged in; plug it in first")
        if trouble := _CANNOT_CHARGE.get(charger.state):
            raise CommandError(f"{charger.name} {trouble}")
        charge = await self._cloud.start(charger.id)
        self._pending[charger.id] = Pending(on=True, charge=charge, since=self._clock())
        return charge

    async def _stop(self, charger: Charger) -> Charge | None:
        charge = self._running(charger)
        if charge is None or charge.state is ChargeState.STOPPING:
            return charge
        charge = await self._cloud.stop(charge.id)
        if charge.state.is_active:  # the answer may still read as charging
            charge = replace(charge, state=ChargeState.STOPPING)
        self._pending[charger.id] = Pending(on=False, charge=charge, since=self._clock())
        return charge

    def _running(self, charger: Charger) -> Charge | None:
        """The charge to stop; the answer to a command is newer than the list of charges."""
        pending = self._pending.get(charger.id)
        charge = pending.charge if pending else charger.active_charge
        return charge if charge and charge.state.is_active else None

    async def _on_read(self) -> None:
        for charger in self._polling.chargers.values():
            self._settle(charger)
        await self._publish()

    def _settle(self, charger: Charger) -> None:
        pending = self._pending.get(charger.id)
        outcome = pending.outcome(charger, self._clock()) if pending else None
        if outcome is None:
            return
        del self._pending[charger.id]
        if outcome:
            self._log.warning("%s: %s", charger.name, outcome)

    async def _publish(self) -> None:
        for charger in self._polling.chargers.values():
            view = SwitchView(charger=charger, is_on=self.is_on(charger), is_pending=charger.id in self._pending)
            await self._publisher.publish(CHARGING_SWITCH, view, self._polling.device(charger))

"""Starts and stops charges, each command once, and shows whether it was obeyed."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from smart_charging.charger import Charge, Charger, ChargeState
from smart_charging.entities.switch import CHARGING_CONTROLS, SwitchView
from smart_charging.errors import ChargingError, CloudError, CommandError, NotFoundError, RateLimitedError, RefusedError
from smart_charging.host_clock import wait
from smart_charging.services.control.commands import REPLACED, Command, CommandResult, WaitingCommands, unknown
from smart_charging.services.control.doubts import Doubts
from smart_charging.services.control.origins import ChargeOrigins, Origin
from smart_charging.services.control.out_of_order import commandable, says_it_may_flow, why_it_cannot_charge
from smart_charging.services.control.pending import Pending, PendingCommands
from smart_charging.services.control.spacing import STOPPED_LOOKS_S, Spacing
from smart_charging.services.control.stop_reasons import ManualActions
from smart_charging.services.heartbeat import Bulkhead, Clock
from smart_charging.services.store import Store
from smart_charging.services.watching.hub import Hub

NOTHING_TO_CONFIRM = timedelta(hours=1)
"""How long to rest without a command to confirm; a command ends the rest."""


class Control:
    """Starts and stops the chargers of an account; nothing else does. Each charger gets one command after the other."""

    def __init__(
        self,
        hub: Hub,
        store: Store,
        *,
        allow_unplugged: bool = False,
        pause: timedelta = timedelta(seconds=3),
        clock: Clock,
        log: logging.Logger,
        sleep: Callable[[float], Awaitable[None]] = wait,
    ) -> None:
        self._hub = hub
        self._polling = hub.polling
        self._spacing = Spacing(pause, clock=clock, sleep=sleep)
        self._origins = ChargeOrigins(hub.store_of(store), clock)
        self.manual_actions = ManualActions(self._origins, hub.names.words, log)
        self._allow_unplugged = allow_unplugged
        self._clock = clock
        self._log = log
        self._waiting = WaitingCommands()
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._pending = PendingCommands(hub.names.words, log, needs_cable=not allow_unplugged)
        self._doubts = Doubts(hub.polling, clock)
        self._wake: Callable[[], None] = lambda: None
        self._bulkhead = Bulkhead(log)
        self._leave = hub.polling.on_read(self._on_read)

    def close(self) -> None:
        """Stop following the chargers."""
        self._leave()

    def wake_with(self, wake: Callable[[], None]) -> None:
        """Set what to call when there is a command to confirm."""
        self._wake = wake

    async def start(self, charger_id: str, *, origin: Origin) -> CommandResult:
        """Start a charge; where one runs already, that is a success that changes nothing."""
        return await self._wait_and_obey(charger_id, Command(on=True, origin=origin))

    async def stop(self, charger_id: str, *, origin: Origin) -> CommandResult:
        """Stop the charge; where none runs, that is a success that changes nothing."""
        return await self._wait_and_obey(charger_id, Command(on=False, origin=origin))

    def is_on(self, charger: Charger) -> bool:
        """Whether a charge runs or was asked for; false for one that was asked to stop."""
        wanted = self._waiting.newest(charger.id) or self._pending.get(charger.id)
        return wanted.on if wanted else charger.active_charge is not None

    def is_stopping(self, charger: Charger) -> bool:
        """Whether a charge was asked to stop and has not yet; false once it has disobeyed."""
        if command := self._waiting.newest(charger.id):
            return not command.on
        if pending := self._pending.get(charger.id):
            return not pending.on
        running = charger.active_charge
        return running is not None and running.state is ChargeState.STOPPING and not self.disobeyed_since(charger)

    def shows_on(self, charger: Charger) -> bool:
        """The same as `is_on`, but true while a charge that disobeyed a stop is told to stop again."""
        return self.is_on(charger) or (
            not self._waiting.is_persons(charger.id) and self.disobeyed_since(charger) is not None
        )

    def disobeyed_since(self, charger: Charger) -> datetime | None:
        """When the running charge was first told to stop, if it disobeyed; else None."""
        return self._pending.disobeyed_since(charger)

    def cannot_charge(self, charger: Charger) -> str | None:
        """Why a start is of no use at this charger now, and what to do about it; else None."""
        return why_it_cannot_charge(charger, self._hub.names.words)

    def may_flow(self, charger: Charger) -> bool:
        """Whether current flows or may begin to: a charge that is not over, a start on its way or without an answer."""
        pending, last = self._pending.get(charger.id), charger.last_charge
        return (
            charger.active_charge is not None
            or says_it_may_flow(charger)
            or (last is not None and last.state is ChargeState.UNKNOWN and charger.is_plugged_in)
            or (pending is not None and pending.may_flow)
            or any(command.on for command in self._waiting[charger.id])
            or charger.id in self._doubts
            or self._origins.awaits_answer(charger.id, self._clock())
        )

    async def review(self, charger: Charger) -> None:
        """Find out who began and ended a charger's charges; manual actions are told at once.

        For whoever decides by a charger that was just read: until then `origin_of` may know less than the disk.
        """
        is_commanding = self._waiting.is_persons(charger.id)
        await self._origins.match_lost_answer(charger)
        await self._origins.wait_for_stops(charger, self._clock())
        session = self._hub.sessions.charges(charger)
        await self.manual_actions.judge_endings(charger, session, self._clock(), is_commanding=is_commanding)

    def origin_of(self, charge: Charge) -> Origin:
        """The origin of a charge."""
        return self._origins.of(charge)

    def started_by(self, charger: Charger) -> Origin | None:
        """The origin of the charge that a stop would end, even if no list shows it yet; None without one."""
        pending, running = self._pending.get(charger.id), self._running(charger)
        if pending and pending.lacks_charge_id:
            return pending.origin
        return self._origins.of(running) if running else None

    def hand_back(self, charger_id: str) -> None:
        """End the manual override: what people did until now, even if it is found out later, no longer counts."""
        for command in self._waiting[charger_id]:
            command.is_outdated = True
        self.manual_actions.hand_back(charger_id, self._clock())

    async def adopt(self, charge: Charge) -> None:
        """Treat a charge that began by itself as the scheduler's."""
        await self._origins.record(charge.charger_id, charge.id, Origin.US)

    async def beat(self) -> timedelta:
        """Read the charges of commands that are not yet obeyed; how long to rest until the next read."""
        for charger_id, pending in self._pending.due(self._clock()):
            await self._look_at_charge(charger_id, pending)
        return at - self._clock() if (at := self._pending.next_look_at()) else NOTHING_TO_CONFIRM

    async def _wait_and_obey(self, charger_id: str, command: Command) -> CommandResult:
        """Show the command at once; carry it out when its turn comes, unless a newer one contradicts it."""
        self._waiting[charger_id].append(command)
        actions_before = self.manual_actions.counts[charger_id]
        try:
            await self._publish(charger_id)
            async with self._turns[charger_id]:
                await self._spacing.wait(charger_id)
                if self._waiting.is_replaced(charger_id, command):
                    return CommandResult.failed(charger_id, CommandError(REPLACED))
                return await self._obey(charger_id, command, actions_before)
        finally:
            self._waiting[charger_id].remove(command)
            await self._publish(charger_id)

    async def _obey(self, charger_id: str, command: Command, actions_before: int) -> CommandResult:
        try:
            charger = commandable(await self._current(charger_id))
            await self._give_way(charger, command, actions_before)
            charge = await self._send_and_verify(charger, command)
        except ChargingError as err:
            return CommandResult.failed(charger_id, err)
        if command.origin is Origin.PERSON:  # still in our turn: the scheduler gets none before it knows
            await self.manual_actions.tell_command(charger_id, charge, command)
        await self._polling.show_news(charger_id)
        self._polling.hurry()
        self._wake()
        return CommandResult.of(charger_id, charge)

    async def _give_way(self, charger: Charger, command: Command, actions_before: int) -> None:
        """Refuse a command of the scheduler's that is older than a manual action; it has to decide anew."""
        await self.review(charger)
        if command.origin is Origin.US and self.manual_actions.counts[charger.id] != actions_before:
            raise CommandError(f"a person has decided about {charger.name} meanwhile")

    async def _current(self, charger_id: str) -> Charger:
        """The charger as last read; read again, by itself, when an answer to an earlier command was lost."""
        if not self._polling.chargers and (error := await self._polling.refresh()):
            raise error
        if charger_id in self._doubts:
            await self._polling.look_at(charger_id)
        try:
            return self._polling.chargers[charger_id]
        except KeyError:
            raise unknown(charger_id, self._polling.chargers.values()) from None

    async def _send_and_verify(self, charger: Charger, command: Command) -> Charge | None:
        """When the cloud fails, look before believing it: the command may have been carried out all the same."""
        try:
            if not command.on:
                return await self._stop(charger, command.origin)
            return await self._start(await self._let_it_stop(charger, command), command.origin)
        except RateLimitedError:  # nothing was done
            raise
        except (CloudError, asyncio.CancelledError) as err:
            self._doubts.add(charger.id, is_start=command.on)
            if not isinstance(err, CloudError):  # whoever asked is being loaded anew
                raise
            seen = await self._current(charger.id)
            runs = seen.active_charge is not None and seen.active_charge.state is not ChargeState.STOPPING
            if command.on is not runs:
                raise
            charge = seen.active_charge or seen.last_charge
            if charge and (not command.on or self._origins.of(charge) is command.origin):
                self._pending.expect(charger.id, charge, command.origin, self._clock(), on=command.on)
            return charge

    async def _let_it_stop(self, charger: Charger, command: Command) -> Charger:
        """The charger once its last charge has stopped, for which a person's start waits: the newest wish counts."""
        for rest_s in STOPPED_LOOKS_S if command.origin is Origin.PERSON else ():
            charge = self._running(charger)
            if charge is None or charge.state is not ChargeState.STOPPING:
                break
            if self._waiting.is_replaced(charger.id, command):
                raise CommandError(REPLACED)
            await self._spacing.sleep(rest_s)
            pending = self._pending.get(charger.id)
            await (self._look_at_charge(charger.id, pending) if pending else self._polling.look_at(charger.id))
            charger = self._polling.chargers.get(charger.id, charger)
        return charger

    async def _start(self, charger: Charger, origin: Origin) -> Charge | None:
        pending = self._pending.get(charger.id)
        if pending and pending.lacks_charge_id:  # asked for a moment ago; the cloud has not told the charge yet
            return None
        if (charge := self._running(charger)) and charge.state is ChargeState.STOPPING:
            raise CommandError(f"{charger.name} is still stopping its last charge; try again in a minute")
        if charge:
            return charge
        if not charger.is_plugged_in and not self._allow_unplugged:
            raise CommandError(f"{charger.name} has no cable plugged in; plug it in first")
        if trouble := self.cannot_charge(charger):
            raise CommandError(trouble)
        self._spacing.sent(charger.id)
        await self._origins.expect_start(charger, origin, self._clock())
        try:
            charge = await self._hub.charges.start(charger.id)
        except (RefusedError, RateLimitedError):  # nothing was done; somebody else may have been a moment faster
            await self._origins.refused(charger.id)
            raise
        if charge:
            await self._origins.record(charger.id, charge.id, origin)
        self._pending.expect(charger.id, charge, origin, self._clock(), on=True)
        return charge

    async def _stop(self, charger: Charger, origin: Origin) -> Charge | None:
        pending, charge = self._pending.get(charger.id), self._running(charger)
        lacks_charge_id = charge is None and pending is not None and pending.lacks_charge_id
        is_told = charge is not None and charge.state is ChargeState.STOPPING and not self.disobeyed_since(charger)
        if is_told or (charge is None and not lacks_charge_id):
            return charge
        self._spacing.sent(charger.id)
        if charge:
            await self._origins.expect_stop(charge, origin, self._clock())
        if charge and origin is Origin.US:
            self._hub.sessions.note_stop(charger.id, charge.id)
        told = await (self._hub.charges.stop(charger.id, charge.id) if charge else self._stop_without_id(charger.id))
        charge = told or charge
        if charge and charge.state.is_active:  # the answer may still read as charging
            charge = replace(charge, state=ChargeState.STOPPING)
        self._pending.expect(charger.id, charge, origin, self._clock(), on=False)
        return charge

    async def _stop_without_id(self, charger_id: str) -> Charge | None:
        """A charge that has not begun yet may have nothing to stop; it is stopped as soon as it shows."""
        try:
            return await self._hub.charges.stop(charger_id, None)
        except (RefusedError, NotFoundError):
            return None

    def _running(self, charger: Charger) -> Charge | None:
        """The charge to stop; the answer to a command is newer than the list of charges."""
        pending = self._pending.get(charger.id)
        charge = pending.charge if pending and pending.charge else charger.active_charge
        return charge if charge and charge.state.is_active else None

    async def _look_at_charge(self, charger_id: str, pending: Pending) -> None:
        """Ask for the one charge; while its id is not known, for its charger."""
        try:
            if pending.charge is None:
                await self._polling.look_at(charger_id)
                pending.looked_at = self._clock()
                return
            seen = await self._hub.charges.charge(charger_id, pending.charge.id)
        except CloudError as err:
            self._log.debug("A command is not confirmed yet: %s", err)
            pending.look_failed(err, self._clock())
            return
        charger = self._polling.chargers.get(charger_id)
        if charger and self._pending.saw(charger, pending, seen, self._clock()):
            await self._publish(charger_id)
        await self._polling.show_news(charger_id)

    async def _on_read(self) -> None:
        self._pending.forget_missing(self._polling.chargers, self._clock())
        for charger in (read := self._polling.chargers).values():
            await self._bulkhead.survived(charger.name, self._take_in(charger, read))

    async def _take_in(self, charger: Charger, read: Mapping[str, Charger]) -> None:
        await self.review(charger)
        if self._polling.chargers is not read:
            return  # a newer read is reviewed by itself
        running = charger.active_charge
        ours = running if running and self._origins.of(running) is not Origin.OTHER else None
        self._pending.read(charger, ours, self._clock())
        await self._stop_late(charger)
        await self._publish(charger.id)

    async def _stop_late(self, charger: Charger) -> None:
        """A stop that came before the cloud told the charge was sent without its id; now it can be named."""
        pending = self._pending.get(charger.id)
        if pending is None or pending.on or pending.charge is None or pending.is_sent_with_id:
            return
        pending.is_sent_with_id = True
        await self._origins.expect_stop(pending.charge, pending.origin, self._clock())
        try:
            await self._hub.charges.stop(charger.id, pending.charge.id)
        except CloudError as err:
            self._log.debug("A charge that was not wanted any more could not be stopped: %s", err)

    async def _publish(self, charger_id: str) -> None:
        if charger := self._polling.chargers.get(charger_id):
            await self._hub.publisher.publish(CHARGING_CONTROLS, self._view(charger), self._polling.device(charger))

    def _view(self, charger: Charger) -> SwitchView:
        pending = self._pending.get(charger.id)
        return SwitchView(
            charger=charger,
            is_on=self.shows_on(charger),
            is_pending=self._waiting.newest(charger.id) is not None or (pending is not None and not pending.is_obeyed),
            started_by=self.started_by(charger),
        )

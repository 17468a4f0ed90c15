"""Prices, needs and cables become plans; plans become starts and stops."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo

from smart_charging.config.scheduler import SchedulerSettings
from smart_charging.entities.mqtt import EntityCommand
from smart_charging.entities.need import NEED_ENTITIES, NeedView
from smart_charging.entities.plan import PLAN_ENTITY, PlanView
from smart_charging.services.charger_scheduler import ChargerScheduler
from smart_charging.services.control import Control
from smart_charging.services.hub import Hub
from smart_charging.services.memory import Memory
from smart_charging.services.polling import Clock
from smart_charging.services.prices import PriceFeed

LOOK_AGAIN = timedelta(minutes=1)
"""Without any event or edge of a plan."""


class Scheduling:
    """Goes round all scheduled chargers whenever something may have changed."""

    def __init__(
        self,
        settings: SchedulerSettings,
        hub: Hub,
        control: Control,
        prices: PriceFeed,
        memory: Memory,
        *,
        zone: tzinfo,
        clock: Clock,
        log: logging.Logger,
    ) -> None:
        self._hub = hub
        self._control = control
        self._prices = prices
        self._clock = clock
        self._log = log
        self._told_unknown: set[str] = set()
        self._schedulers = {
            schedule.charge_point_id: ChargerScheduler(
                schedule, control, memory, zone=zone, margin=settings.margin, log=log
            )
            for schedule in settings.chargers
        }
        self._wake: Callable[[], None] = lambda: None
        self._leave = [control.on_person(self._on_person)]
        self._leave += [hub.commands.on(row.key, self._on_need) for row in NEED_ENTITIES]

    def follow(self, wake: Callable[[], None]) -> None:
        """Look whenever the chargers were read, or a person wants something else."""
        self._wake = wake

        async def on_read() -> None:
            wake()

        self._leave.append(self._hub.polling.on_read(on_read))

    def close(self) -> None:
        """Stop following hub and control."""
        for leave in self._leave:
            leave()

    async def beat(self) -> timedelta:
        """One round; how long to rest until the next edge of a plan."""
        curve = await self._prices.read()
        rests = [LOOK_AGAIN]
        for charger_id, scheduler in self._schedulers.items():
            charger = self._hub.polling.chargers.get(charger_id)
            if charger is None:
                self._tell_unknown(charger_id)
                continue
            await self._control.meet(charger)
            now = self._clock()
            view = await scheduler.step(charger, curve, now)
            await self._publish(view, scheduler.need)
            rests.append(_until_change(view, now))
        return min(rests)

    async def _on_person(self, charger_id: str, reason: str) -> None:
        if scheduler := self._schedulers.get(charger_id):
            await scheduler.yield_to_person(reason)

    async def _on_need(self, command: EntityCommand) -> None:
        if scheduler := self._schedulers.get(command.device_id):
            await scheduler.ask(command.key, command.payload, self._clock())
            self._wake()

    def _tell_unknown(self, charger_id: str) -> None:
        known = self._hub.polling.chargers
        if known and charger_id not in self._told_unknown:
            self._told_unknown.add(charger_id)
            there = ", ".join(f"{c.id} ({c.name})" for c in known.values())
            self._log.error("There is no charge point %s to schedule; the account has %s", charger_id, there)

    async def _publish(self, view: PlanView, need: NeedView) -> None:
        device = self._hub.polling.device(view.charger)
        await self._hub.publisher.publish(PLAN_ENTITY, view, device)
        await self._hub.publisher.publish(NEED_ENTITIES, need, device)


def _until_change(view: PlanView, now: datetime) -> timedelta:
    change = view.plan.next_change(now) if view.plan else None
    return change - now if change else LOOK_AGAIN

"""One night on stage: prices come out, the car comes home and leaves, and somebody tells what the apps make of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from smart_charging.demo.facts import Facts
from smart_charging.demo.house import House
from smart_charging.demo.night import PRICE_ENTITY, Night
from smart_charging.demo.night_clock import NightClock
from smart_charging.demo.reporter import Reporter
from smart_charging.demo.staged import StagedCloud

LOOK_EVERY_S = 0.15
SEEN_WITHIN = timedelta(minutes=30)
"""How long the apps may take to notice that the cable is out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """One night, with all that takes part in it."""

    night: Night
    clock: NightClock
    cloud: StagedCloud
    house: House
    slug: str
    reporter: Reporter | None
    """None for a night that nobody is told of."""
    leaves_early: bool
    """Whether the car leaves as soon as it is charged, as nothing would happen until departure."""

    async def perform(self) -> bool:
        """Play until the car has left; returns whether it came at all, which it does once the charger is shown."""
        shown_price, is_home = None, False
        while (now := self.clock.now()) < self.night.ready_by:
            if shown_price != (price := self.night.price_at(now)):
                await self.house.set_state(PRICE_ENTITY, str(price), self.night.price_attributes())
                shown_price = price
            facts = await self._look()
            if not is_home and facts.is_shown and now >= self.night.home_at:
                self.cloud.plug_in(wants_kwh=2 * self.night.wanted_kwh)
                is_home = True
            if self.leaves_early and is_home and facts.is_done:
                self._remark(f"Nothing more happens until {self.night.departure}, so the car leaves already now.")
                break
            await asyncio.sleep(LOOK_EVERY_S)
        if is_home:
            await self._leave()
        return is_home

    async def _leave(self) -> None:
        """Unplug, and wait until the apps have noticed."""
        self.cloud.unplug()
        for _ in range(round(self.clock.patience_s(SEEN_WITHIN) / LOOK_EVERY_S)):
            if (await self._look()).plan == "idle":
                break
            await asyncio.sleep(LOOK_EVERY_S)

    async def _look(self) -> Facts:
        states = await self.house.states()
        if self.reporter:
            self.reporter.look(states, self.clock.now())
        return Facts.read(states, self.slug)

    def _remark(self, text: str) -> None:
        if self.reporter:
            self.reporter.remark(self.clock.now(), text)

"""A night as it is played: cars come and leave, prices are published, things go wrong."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial

from smart_charging.clouds.monta.stand_in.habits import Words
from smart_charging.prices.curve import PriceCurve
from worlds.nights.cloud import PlayedCloud, TrueCharge
from worlds.nights.hardware import SEEN_AFTER
from worlds.nights.line import TroubledLine
from worlds.nights.record import Record
from worlds.nights.settings import PRICE_ENTITY, arguments_of, show_helpers, show_soc
from worlds.nights.troubles import Troubles
from worlds.nights.visits import MINUTE, HomeSetup, NeedKind, Night, Trouble, Visit
from worlds.virtual_apps import Arguments, VirtualHouse
from worlds.virtual_time import running_loop, virtual_now
from worlds.year_of_prices import DAY, HOUR, local, shown

PUBLISHED_AT = 13 * HOUR
Happens = Callable[[], Awaitable[None] | None]


class Stage:
    """One house for some nights."""

    def __init__(
        self,
        house: VirtualHouse,
        cloud: PlayedCloud,
        line: TroubledLine,
        setup: HomeSetup,
        prices: PriceCurve,
        *,
        point_ids: Sequence[int],
    ) -> None:
        self.house = house
        self.cloud = cloud
        self.setup = setup
        self.prices = prices
        self.point_ids = point_ids
        self.troubles = Troubles(
            house, cloud, line, point_ids, later=self._later, start=self._start, show_soc=self._show_soc_of
        )
        self.troubles.list_lag = setup.world.habits.list_lag
        self.troubles.hardware.tells_reasons = setup.world.habits.reasons is not Words.NONE
        self.truth: dict[int, Sequence[TrueCharge]] = {}
        """The charges of the night that was played last, by charger."""
        self._visits: dict[int, Visit] = {}
        self.believed_kw: dict[int, float] = {}
        """What can be known of the power before anything flows, by charger."""
        self._learned: dict[int, tuple[float, float]] = {}
        """By charger: what the settings said, and what flowed in its place, the last time that was a surprise."""
        self._arguments: Arguments = {}
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def record(self) -> Record:
        """The night's that was played last."""
        return self.troubles.record

    async def play(self, night: Night) -> None:
        """From the evening before to the morning after; the day between two nights passes in leaps."""
        await self.troubles.expect(night)
        self._visits = {visit.charger: visit for visit in night.visits}
        self.believed_kw = {visit.charger: self._believed_kw(visit) for visit in night.visits}
        publications = self._publications(night)
        for at, show in publications:
            if at <= night.begins_at:
                running_loop().clock.leap(at)
                show()
        running_loop().clock.leap(night.begins_at)
        await asyncio.sleep(1)  # what was due during the day is done now
        await self._settle_in(night)
        for at, happens in [*publications, *self._timeline(night)]:
            if night.begins_at < at < night.ends_at:
                self._later(at, happens)
        await running_loop().clock.sleep_until(night.ends_at)
        while self._tasks:
            await self._tasks.pop()
        await self._mend()
        for visit in night.visits:
            self.truth[visit.charger] = await self._charges(visit)
            is_learned = bool(self.truth[visit.charger]) and self.setup.world.tells_energy
            if is_learned and visit.power_kw != self.believed_kw[visit.charger]:
                self._learned[visit.charger] = visit.told_kw, visit.power_kw

    async def _charges(self, visit: Visit) -> list[TrueCharge]:
        """The charges of a visit, in order, as they stand now."""
        point_id = self.point_ids[visit.charger]
        return [
            charge
            for charge in await self.cloud.charges()
            if charge.point_id == point_id and visit.arrives_at <= charge.created_at <= visit.leaves_at
        ]

    def _believed_kw(self, visit: Visit) -> float:
        """What flowed at the last surprise, as long as the settings say the same as then."""
        told_kw, flowed_kw = self._learned.get(visit.charger, (visit.told_kw, visit.told_kw))
        return flowed_kw if told_kw == visit.told_kw else visit.told_kw

    async def _settle_in(self, night: Night) -> None:
        """People say what they want of the coming night; changing apps.yaml starts the apps anew."""
        for visit in night.visits:
            show_helpers(self.house.home, visit)
            await self._show_soc(visit)
        if not self.setup.has_helpers or not self._arguments:
            visits = {visit.charger: visit for visit in night.visits}
            self._arguments = arguments_of(self.setup, self.point_ids, visits)
            await self.house.stop()
            await self._start()

    async def _start(self) -> None:
        await self.house.start(self._arguments)

    async def _mend(self) -> None:
        """What the night has left broken."""
        self.troubles.mend()
        if not self.house.home.is_up:
            self.house.home.come_back(restarted=False)
        if not self.house.is_running:
            await self._start()

    def _timeline(self, night: Night) -> list[tuple[datetime, Happens]]:
        events: list[tuple[datetime, Happens]] = []
        for visit in night.visits:
            events.append((visit.arrives_at, partial(self._arrive, visit)))
            events.append((visit.leaves_at, partial(self._leave, visit)))
            if visit.kind is NeedKind.SOC:
                times = range((visit.leaves_at - visit.arrives_at) // (5 * MINUTE))
                events += [(visit.arrives_at + (n + 1) * 5 * MINUTE, partial(self._show_soc, visit)) for n in times]
        return events + [(fault.at, partial(self.troubles.strike, fault)) for fault in night.faults]

    def _later(self, at: datetime, happens: Happens) -> None:
        async def wait() -> None:
            await running_loop().clock.sleep_until(at)
            if (more := happens()) is not None:
                await more

        in_no_process = contextvars.Context()  # a kill must not end what it is about
        self._tasks.append(in_no_process.run(asyncio.create_task, wait()))

    async def _arrive(self, visit: Visit) -> None:
        await self.cloud.happen(
            "plug_in",
            point_id=self.point_ids[visit.charger],
            wants_kwh=visit.takes_kwh,
            power_kw=visit.power_kw,
            starts_by_itself=visit.begins_by_itself,
        )
        self.troubles.block(SEEN_AFTER, "plugged in", visit.charger)

    async def _leave(self, visit: Visit) -> None:
        await self.cloud.happen("unplug", point_id=self.point_ids[visit.charger])

    async def _show_soc(self, visit: Visit) -> None:
        glitch = self.troubles.hardware.soc_glitches.get(visit.charger)
        delivered = sum(charge.kwh for charge in await self._charges(visit))
        show_soc(self.house.home, visit, delivered, glitch)

    async def _show_soc_of(self, charger: int) -> None:
        await self._show_soc(self._visits[charger])

    # -- prices ------------------------------------------------------------

    def _publications(self, night: Night) -> list[tuple[datetime, Callable[[], None]]]:
        """Midnight, the time tomorrow's prices come, the next midnight; and days on which they do not come."""
        day, faults = night.day, {fault.trouble: fault for fault in night.faults}
        late = faults[Trouble.PRICES_LATE].lasts if Trouble.PRICES_LATE in faults else timedelta(0)
        today = (local(day), partial(self._show_prices, day, is_tomorrow_out=False))
        tomorrow = (local(day, PUBLISHED_AT + late), partial(self._show_prices, day, is_tomorrow_out=True))
        next_day = (local(day + DAY), partial(self._show_prices, day + DAY, is_tomorrow_out=False))
        if (missing := faults.get(Trouble.PRICES_MISSING)) is None:
            return sorted([today, tomorrow, next_day], key=lambda event: event[0])
        if missing.times % 2:
            return [today, (local(day, PUBLISHED_AT), partial(self.house.home.show, PRICE_ENTITY, "unavailable"))]
        no_rows = partial(self.house.home.show, PRICE_ENTITY, "unknown", raw_today=[], raw_tomorrow=[])
        return [today, (local(day + DAY), no_rows)]

    def _show_prices(self, day: date, *, is_tomorrow_out: bool) -> None:
        price = self.prices.price_at(virtual_now())
        self.house.home.show(PRICE_ENTITY, price, **shown(self.prices, day, is_tomorrow_out=is_tomorrow_out))

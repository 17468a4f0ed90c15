"""What the demo's nights have in common: the cloud, the charger, a Home Assistant if there is one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from smart_charging.demo.appdaemon import AppDaemonFolder
from smart_charging.demo.console import Console
from smart_charging.demo.home_assistant import HomeAssistant
from smart_charging.demo.house import AppDaemonHouse, HomeAssistantHouse, House
from smart_charging.demo.night import CHARGE_POINT_NAME, Night
from smart_charging.demo.night_clock import NightClock
from smart_charging.demo.performance import LOOK_EVERY_S, Performance
from smart_charging.demo.process import Process
from smart_charging.demo.reporter import Reporter
from smart_charging.demo.screen import Screen
from smart_charging.demo.staged import STAGED, StagedCloud
from smart_charging.demo.summary import Summary
from smart_charging.services.sessions.session_log import SESSIONS_FILE, BookedSession, sessions_of

QUARTER = timedelta(minutes=15)
WARM_UP_S = 8
"""What AppDaemon needs to start on a usual machine; the car comes home after that."""
BOOKED_WITHIN = timedelta(minutes=30)
"""A cable counts as pulled only after some minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What the user wants to see."""

    cloud: str
    """One of `STAGED`."""
    quarter: timedelta
    """How long a quarter of an hour lasts."""
    wanted_kwh: float
    home_assistant: bool = False
    verbose: bool = False

    @property
    def speed(self) -> float:
        """How many seconds of the night pass in one of ours."""
        return QUARTER / self.quarter


class Stage:
    """Stays the same from one night to the next, except for the night and its clock."""

    def __init__(self, folder: Path, options: DemoOptions) -> None:
        self.night = Night.of(datetime.now(UTC), wanted_kwh=options.wanted_kwh)
        self.options = options
        self._clock = self._before_the_car_comes()
        self.cloud: StagedCloud = STAGED[options.cloud](self._now)
        self.screen = Screen(options.cloud, self.cloud.charger_id, CHARGE_POINT_NAME)
        self.home: HomeAssistant | None = None
        self._folder = folder / "appdaemon"

    async def one_night(self, base_url: str, console: Console | None, *, leaves_early: bool) -> Summary:
        """Run AppDaemon from before the car comes home until it has left.

        Args:
            base_url: The cloud's address.
            console: None for a night that nobody is told of.
            leaves_early: Whether the car leaves as soon as it is charged.
        """
        self._clock = self._before_the_car_comes()
        flows, requests, books = len(self.cloud.flows), self.cloud.requests, self._books()
        async with self._apps(base_url) as (house, appdaemon):
            performance = Performance(
                night=self.night,
                clock=self._clock,
                cloud=self.cloud,
                house=house,
                slug=self.screen.slug,
                reporter=self._reporter(console, appdaemon) if console else None,
                leaves_early=leaves_early,
            )
            booked = await self._booked_after(len(books)) if await performance.perform() else None
        return Summary(
            night=self.night, booked=booked, flows=self.cloud.flows[flows:], requests=self.cloud.requests - requests
        )

    def _now(self) -> datetime:
        """By the clock of the night that is played."""
        return self._clock.now()

    def _before_the_car_comes(self) -> NightClock:
        return NightClock.reaching(self.night.home_at, in_s=WARM_UP_S, speed=self.options.speed)

    def _reporter(self, console: Console, appdaemon: Process) -> Reporter:
        screen, verbose = self.screen, self.options.verbose
        return Reporter(console, appdaemon.output, slug=screen.slug, prefix=screen.names.prefix, verbose=verbose)

    @asynccontextmanager
    async def _apps(self, base_url: str) -> AsyncIterator[tuple[House, Process]]:
        """A running AppDaemon with the apps, and access to the entities they write."""
        home, cloud = self.home, self.cloud
        appdaemon = AppDaemonFolder(folder=self._folder)
        followed = self.screen.settings if home and Screen.fits(home.series) else None
        of_home = {"ha_url": home.url, "ha_token": home.token} if home else {}
        apps = self.night.apps(base_url, cloud.charger_id, followed, cloud.arguments(base_url))
        appdaemon.write(apps, {**cloud.secrets, **of_home}, plugins=home is not None)
        async with appdaemon.process(self._clock) as process:
            await process.wait_for("App initialization complete", timeout_s=60)
            if home:
                yield HomeAssistantHouse(home), process
            else:
                async with AppDaemonHouse(appdaemon.port, appdaemon.password) as house:
                    yield house, process

    def _books(self) -> list[BookedSession]:
        file = self._folder / SESSIONS_FILE
        return list(sessions_of(file.read_bytes() if file.exists() else b"")[0])

    async def _booked_after(self, earlier: int) -> BookedSession | None:
        """The session that is booked once its cable counts as pulled; None if that does not happen."""
        for _ in range(round(self._clock.patience_s(BOOKED_WITHIN) / LOOK_EVERY_S)):
            if len(books := self._books()) > earlier:
                return books[-1]
            await asyncio.sleep(LOOK_EVERY_S)
        return None

"""Plays the demo: introduces it, plays nights on its stage, and takes all of it down again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from smart_charging.colour import Style
from smart_charging.dashboard.whole import dashboard_path
from smart_charging.demo.console import Console
from smart_charging.demo.ha_install import install_home_assistant
from smart_charging.demo.home_assistant import HomeAssistant
from smart_charging.demo.night import POWER_KW, ZONE
from smart_charging.demo.screen import Screen
from smart_charging.demo.stage import DemoOptions, Stage


async def play(folder: Path, console: Console, options: DemoOptions) -> bool:
    """Play a night; returns whether the car was ready by departure and its session booked.

    With Home Assistant further nights follow until cancelled.

    Args:
        folder: An empty folder for all files.

    Raises:
        ChargingError: Something did not start; nothing is left running.
    """
    async with AsyncExitStack() as on_stage:
        stage = Stage(folder, options)
        _introduce(stage, console)
        if options.home_assistant:
            stage.home = await on_stage.enter_async_context(_home(folder / "home", stage, console))
        base_url = await on_stage.enter_async_context(stage.cloud.serve())
        summary = await stage.one_night(base_url, console, leaves_early=True)
        console.lines(["", *summary.lines()])
        if stage.home:
            await _go_on(stage, stage.home, base_url, console)
    return summary.went_well


async def _go_on(stage: Stage, home: HomeAssistant, base_url: str, console: Console) -> None:
    """Leave Home Assistant to the user, with night after night, until cancelled."""
    console.say()
    console.say(f"Home Assistant stays: {_address(stage, home)}", Style.BOLD)
    console.say(f"User {home.username}, password {home.password}. Ctrl-C ends it and all else that was started.")
    if not Screen.fits(home.series):
        await asyncio.Event().wait()
    console.say(
        "Night follows on night there, each until the car leaves. "
        "Change the settings, and see what the apps make of it."
    )
    while True:
        stage.night = stage.night.next()
        await stage.one_night(base_url, None, leaves_early=False)


def _introduce(stage: Stage, console: Console) -> None:
    """Say what will be seen, how much faster than a night it goes by, and what of it is not real."""
    options, night, cloud = stage.options, stage.night, stage.screen.names.words.name
    console.say(f"A night of smart charging, {options.speed:.4g} times as fast", Style.BOLD)
    console.say(
        f"The car comes home at about {night.home_at.astimezone(ZONE):%H:%M} and needs {night.wanted_kwh:g} kWh by "
        f"{night.departure}; the charger gives {POWER_KW:g} kW. "
        f"A quarter of an hour of the night lasts {options.quarter.total_seconds():g} s."
    )
    real = (
        "AppDaemon with these apps, and Home Assistant, are"
        if options.home_assistant
        else "AppDaemon with these apps is"
    )
    console.say(f"{real} real. Clock, prices, car, charger and the cloud ({cloud}) are made up.", Style.DIM)
    console.say()


@asynccontextmanager
async def _home(folder: Path, stage: Stage, console: Console) -> AsyncIterator[HomeAssistant]:
    """A running Home Assistant with dashboard and helpers, where it is new enough for them."""
    installation = await install_home_assistant(console.say, status=console.progress)
    screen, fits = stage.screen, Screen.fits(installation.series)
    if not fits:
        console.say("It is too old for the package and the dashboard; a newer Python gets a newer one.")
    console.progress(f"Home Assistant {installation.version} starts; the first time takes a little longer.")
    async with HomeAssistant(
        folder,
        installation,
        packages=screen.packages if fits else None,
        files=screen.files(stage.options.speed) if fits else None,
        time_zone=str(ZONE),
    ) as home:
        console.say(f"Home Assistant {home.version}: {_address(stage, home)}", Style.BOLD)
        console.say(f"User {home.username}, password {home.password}.")
        console.say()
        if fits:
            await screen.invite(home, stage.night)
        yield home


def _address(stage: Stage, home: HomeAssistant) -> str:
    """The dashboard's address, or Home Assistant's where there is no dashboard."""
    return f"{home.url}/{dashboard_path(stage.screen.names)}" if Screen.fits(home.series) else home.url

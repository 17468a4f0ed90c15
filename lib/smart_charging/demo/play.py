"""Runs the demo."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from smart_charging.dashboard.whole import dashboard_path
from smart_charging.demo.appdaemon import AppDaemonFolder
from smart_charging.demo.ha_install import install_home_assistant
from smart_charging.demo.home_assistant import HomeAssistant
from smart_charging.demo.house import AppDaemonHouse, HomeAssistantHouse, House, State
from smart_charging.demo.night import CHARGE_POINT_NAME, PRICE_ENTITY, PULLED_AFTER, ZONE, Night
from smart_charging.demo.process import Process
from smart_charging.demo.screen import Screen
from smart_charging.demo.staged import STAGED, StagedCloud, utc_now
from smart_charging.demo.summary import Summary
from smart_charging.demo.watch import Say, Watch
from smart_charging.services.sessions.session_log import SESSIONS_FILE

LOOK_EVERY_S = 0.25
PLUG_IN_AFTER = timedelta(seconds=2)
"""Time after the charger first shows up, so that people see it without a cable."""
LEFT_WITHIN_S = 10
"""How long to wait until the apps have seen the cable out; it takes one poll."""
BOOKED_WITHIN_S = 3
"""How long it takes to book a session once its cable counts as pulled; it takes one poll, too."""
Listed = Callable[[Path], Iterable[str]]


async def play(
    folder: Path,
    say: Say,
    listed: Listed,
    *,
    cloud_name: str,
    home_assistant: bool,
    quarter: timedelta,
    wanted_kwh: float,
) -> bool:
    """Play the night; returns whether the car was ready by departure.

    With Home Assistant the night is then repeated until cancelled.

    Args:
        folder: An empty folder for all files.
        say: Called with every line.
        listed: Lists the sessions in a session file.
        cloud_name: One of `STAGED`.
        home_assistant: Whether to run a real Home Assistant.
        quarter: How long a quarter of an hour lasts.
        wanted_kwh: How much energy the car needs.

    Raises:
        ChargingError: Something did not start; nothing is left running.
    """
    async with AsyncExitStack() as on_stage:
        night = Night(begins_at=_soon(), quarter=quarter, wanted_kwh=wanted_kwh)
        cloud = STAGED[cloud_name](night)
        screen = Screen(cloud_name, cloud.charger_id, CHARGE_POINT_NAME)
        prefix = screen.names.prefix
        home = await on_stage.enter_async_context(_home(folder / "home", screen, say)) if home_assistant else None
        night = night.later(_soon())  # the first start of a Home Assistant takes a while
        base_url = await on_stage.enter_async_context(cloud.serve())
        _introduce(night, screen.names.words.name, base_url, say)
        has_screen = home is not None and Screen.fits(home.series)
        if home and has_screen:
            await screen.invite(home, night, with_energy=True)
        followed = screen.settings if has_screen else None
        apps = night.apps(base_url, cloud.charger_id, followed, cloud.arguments(base_url))
        house, appdaemon = await on_stage.enter_async_context(_apps(folder / "appdaemon", apps, cloud.secrets, home))
        watch = Watch(say, night.begins_at, appdaemon.output, prefix=prefix)
        summary = await _perform(night, cloud, prefix, house, watch)
        say("\nBooked, as `smart-charging sessions` lists it:")
        for line in (*listed(folder / "appdaemon" / SESSIONS_FILE), *summary.lines()):
            say(line)
        if home:
            say(f"\nHome Assistant stays at {_address(home, screen)}: user {home.username}, password {home.password}")
            say("Ctrl-C ends it and all else that was started.")
            while has_screen:
                night = night.later(_soon())
                say(f"The same night once more; departure is at {night.departure}.")
                await screen.invite(home, night, with_energy=False)
                watch = Watch(_say_nothing, night.begins_at, appdaemon.output, prefix=prefix)
                await _perform(night, cloud, prefix, house, watch)
                await _sleep_until(night.ready_by)
            await asyncio.Event().wait()
    return summary.is_ready


async def _perform(night: Night, cloud: StagedCloud, prefix: str, house: House, watch: Watch) -> Summary:
    """Publish prices, plug in once the charger shows up, wait until the car is ready or departs, and unplug."""
    shown_price = seen_at = plugged_in_at = None
    while (now := utc_now()) < night.ready_by:
        if shown_price != (price := night.price_at(now)):
            await house.set_state(PRICE_ENTITY, str(price), night.price_attributes())
            shown_price = price
        states = await house.states()
        watch.update(states, now)
        watch.listen(now)
        if seen_at is None and f"sensor.{prefix}_garage_state" in states:
            seen_at = now
        elif plugged_in_at is None and seen_at and now - seen_at >= PLUG_IN_AFTER:
            plugged_in_at = now
            watch.show(f"--- the cable goes in; the car wants {night.wanted_kwh:g} kWh", now)
            cloud.plug_in(wants_kwh=2 * night.wanted_kwh, power_kw=night.power_kw)
        elif plugged_in_at and _is_done(states, prefix):
            break
        await asyncio.sleep(LOOK_EVERY_S)
    if plugged_in_at:
        await _leave(cloud, prefix, house, watch)
        await asyncio.sleep(PULLED_AFTER.total_seconds() + BOOKED_WITHIN_S)
    return Summary(
        night=night,
        plugged_in_at=plugged_in_at,
        flows=cloud.flows,
        starts=cloud.starts,
        requests=cloud.requests,
        ended_at=now,
    )


async def _leave(cloud: StagedCloud, prefix: str, house: House, watch: Watch) -> None:
    """Unplug, and wait until the apps have noticed."""
    watch.show("--- the car leaves", utc_now())
    cloud.unplug()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LEFT_WITHIN_S):
            while True:
                states = await house.states()
                watch.update(states, utc_now())
                if (plan := states.get(f"sensor.{prefix}_garage_plan")) and plan.state == "idle":
                    break
                await asyncio.sleep(LOOK_EVERY_S)
    watch.listen(utc_now())


def _is_done(states: Mapping[str, State], prefix: str) -> bool:
    """Whether the plan is done and the charger has carried out the stop."""
    plan, switch = states.get(f"sensor.{prefix}_garage_plan"), states.get(f"switch.{prefix}_garage_charging")
    return bool(plan and switch and (plan.state, switch.state) == ("done", "off") and not switch.is_pending)


@asynccontextmanager
async def _home(folder: Path, screen: Screen, say: Say) -> AsyncIterator[HomeAssistant]:
    installation = await install_home_assistant(say)
    say(f"Starting Home Assistant {installation.version}; the first start takes a little longer.")
    fits = Screen.fits(installation.series)
    if not fits:
        say("It is too old for the package and the dashboard; a newer Python gets a newer one.")
    async with HomeAssistant(
        folder,
        installation,
        packages=screen.packages if fits else None,
        files=screen.files if fits else None,
        time_zone=str(ZONE),
    ) as home:
        say(f"Home Assistant is at {_address(home, screen)}: user {home.username}, password {home.password}")
        yield home


@asynccontextmanager
async def _apps(
    folder: Path, apps: Mapping[str, Any], secrets: Mapping[str, str], home: HomeAssistant | None
) -> AsyncIterator[tuple[House, Process]]:
    """A running AppDaemon with the apps, and access to the entities they write."""
    appdaemon = AppDaemonFolder(folder=folder)
    of_home = {"ha_url": home.url, "ha_token": home.token} if home else {}
    appdaemon.write(apps, {**secrets, **of_home}, plugins=home is not None)
    async with appdaemon.process() as process:
        await process.wait_for("App initialization complete", timeout_s=60)
        if home:
            yield HomeAssistantHouse(home), process
        else:
            async with AppDaemonHouse(appdaemon.port, appdaemon.password) as house:
                yield house, process


def _address(home: HomeAssistant, screen: Screen) -> str:
    """The dashboard's address, or Home Assistant's where there is no dashboard."""
    return f"{home.url}/{dashboard_path(screen.names)}" if Screen.fits(home.series) else home.url


def _soon() -> datetime:
    return utc_now().replace(microsecond=0) + timedelta(seconds=1)


async def _sleep_until(moment: datetime) -> None:
    await asyncio.sleep(max(0.0, (moment - utc_now()).total_seconds()))


def _say_nothing(line: str) -> None:
    """For repeated nights, which print nothing."""


def _introduce(night: Night, cloud: str, base_url: str, say: Say) -> None:
    say(
        f"A night in fast motion: a quarter of an hour lasts {night.quarter.total_seconds():g} s, and the 11 kW charger"
    )
    say(f"shows {night.power_kw:.0f} kW. Departure is at {night.departure}.")
    say(f"The stand-in for {cloud}'s cloud is at {base_url}, a real AppDaemon is starting.")

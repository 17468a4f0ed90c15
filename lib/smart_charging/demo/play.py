"""The demo from curtain to curtain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from smart_charging.demo.appdaemon import AppDaemonFolder
from smart_charging.demo.ha_install import install_home_assistant
from smart_charging.demo.home_assistant import HomeAssistant
from smart_charging.demo.house import AppDaemonHouse, HomeAssistantHouse, House, State
from smart_charging.demo.night import CHARGE_POINT_NAME, PRICE_ENTITY, ZONE, Night
from smart_charging.demo.process import Process
from smart_charging.demo.summary import Summary
from smart_charging.demo.watch import Say, Watch
from smart_charging.stand_in.cloud import MontaStandIn
from smart_charging.stand_in.server import serve
from smart_charging.stand_in.site import Car

CLIENT_ID, CLIENT_SECRET = "demo", "demo-secret"  # opens nothing but the stand-in
QUOTA = 600
"""Requests a minute; Monta's ten would be one poll in ten seconds, half an hour of this night."""
COMMANDS_TAKE = timedelta(seconds=0.4)
LOOK_EVERY_S = 0.25
PLUG_IN_AFTER = timedelta(seconds=3)
"""From the first sight of the charger, so that people see it without a cable."""


def utc_now() -> datetime:
    """Real time: nothing is simulated but the cloud and what hangs on it."""
    return datetime.now(UTC)


async def play(folder: Path, say: Say, *, home_assistant: bool, quarter: timedelta, wanted_kwh: float) -> bool:
    """Play the night; whether the car had its energy by departure.

    Raises:
        ChargingError: Something did not start; nothing is left running.
    """
    async with AsyncExitStack() as on_stage:
        home = await on_stage.enter_async_context(_home(folder / "home", say)) if home_assistant else None
        begins_at = utc_now().replace(microsecond=0) + timedelta(seconds=1)
        night = Night(begins_at=begins_at, quarter=quarter, wanted_kwh=wanted_kwh)
        cloud = _cloud(night)
        base_url = await on_stage.enter_async_context(serve(cloud))
        _introduce(night, base_url, say)
        apps = night.apps(base_url, *cloud.site.points)
        house, appdaemon = await on_stage.enter_async_context(_apps(folder / "appdaemon", apps, home))
        summary = await _perform(night, cloud, house, Watch(say, night.begins_at, appdaemon.output))
        for line in summary.lines():
            say(line)
        if home:
            say(f"\nHome Assistant stays at {home.url}: user {home.username}, password {home.password}")
            say("Ctrl-C ends it and all else that was started.")
            await asyncio.Event().wait()
    return summary.is_ready


async def _perform(night: Night, cloud: MontaStandIn, house: House, watch: Watch) -> Summary:
    """Show prices, plug in once the charger is seen, and watch until the car has its energy or departs."""
    (point_id,) = cloud.site.points
    shown_price = seen_at = plugged_in_at = None
    while (now := utc_now()) < night.ready_by:
        if shown_price != (price := night.price_at(now)):
            await house.set_state(PRICE_ENTITY, str(price), night.price_attributes())
            shown_price = price
        states = await house.states()
        watch.look(states, now)
        watch.listen(now)
        if seen_at is None and "sensor.monta_garage_state" in states:
            seen_at = now
        elif plugged_in_at is None and seen_at and now - seen_at >= PLUG_IN_AFTER:
            plugged_in_at = now
            watch.tell(f"--- the cable goes in; the car wants {night.wanted_kwh:g} kWh", now)
            cloud.plug_in(point_id, Car(wants_kwh=2 * night.wanted_kwh, max_power_kw=night.power_kw))
        elif plugged_in_at and _is_done(states):
            break
        await asyncio.sleep(LOOK_EVERY_S)
    cloud.site.catch_up()
    return Summary(
        night=night,
        plugged_in_at=plugged_in_at,
        charges=[charge for charge in cloud.site.charges.values() if charge.flows],
        requests=len(cloud.requests),
        ended_at=now,
    )


def _is_done(states: Mapping[str, State]) -> bool:
    """The plan is fulfilled, and the charger has obeyed."""
    plan, switch = states.get("sensor.monta_garage_plan"), states.get("switch.monta_garage_charging")
    return bool(plan and switch and (plan.state, switch.state) == ("done", "off") and not switch.is_pending)


def _cloud(night: Night) -> MontaStandIn:
    cloud = MontaStandIn(
        now=utc_now,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        quota=QUOTA,
        start_delay=COMMANDS_TAKE,
        stop_delay=COMMANDS_TAKE,
    )
    cloud.add_charge_point(CHARGE_POINT_NAME, max_kw=night.power_kw)
    return cloud


@asynccontextmanager
async def _home(folder: Path, say: Say) -> AsyncIterator[HomeAssistant]:
    installation = await install_home_assistant(say)
    say(f"Starting Home Assistant {installation.version}; the first start takes a little longer.")
    async with HomeAssistant(folder, installation, time_zone=str(ZONE)) as home:
        say(f"Home Assistant is at {home.url}: user {home.username}, password {home.password}")
        yield home


@asynccontextmanager
async def _apps(
    folder: Path, apps: Mapping[str, Any], home: HomeAssistant | None
) -> AsyncIterator[tuple[House, Process]]:
    """A running AppDaemon with the apps, and the house that what it writes shows in."""
    appdaemon = AppDaemonFolder(folder=folder)
    secrets = {"monta_client_id": CLIENT_ID, "monta_client_secret": CLIENT_SECRET}
    if home:
        secrets |= {"ha_url": home.url, "ha_token": home.token}
    appdaemon.write(apps, secrets, plugins=home is not None)
    async with appdaemon.process() as process:
        await process.wait_for("App initialization complete", timeout_s=60)
        if home:
            yield HomeAssistantHouse(home), process
        else:
            async with AppDaemonHouse(appdaemon.port, appdaemon.password) as house:
                yield house, process


def _introduce(night: Night, base_url: str, say: Say) -> None:
    say(
        f"A night in fast motion: a quarter of an hour lasts {night.quarter.total_seconds():g} s, and the 11 kW charger"
    )
    say(f"shows {night.power_kw:.0f} kW. Departure is at {night.ready_by.astimezone(ZONE):%H:%M:%S}.")
    say(f"The stand-in for Monta's cloud is at {base_url}, a real AppDaemon is starting.")

"""Our apps in a real AppDaemon process, next to a real Home Assistant; only the cloud is the stand-in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.opening import words_of
from smart_charging.demo.appdaemon import AppDaemonFolder
from smart_charging.demo.home_assistant import HomeAssistant
from smart_charging.demo.process import Process
from smart_charging.entities.names import AccountNames

MONITOR, CONTROL, SCHEDULER = (f"charging_{name}" for name in ("monitor", "control", "scheduler"))
MONTA_NAMES = AccountNames(words=words_of("monta"))
FAST = {"poll_idle_s": 1, "poll_plugged_in_s": 1, "poll_busy_s": 1, "wallet_interval_s": 5, "pulled_after_s": 1}
PATIENCE_S = 20


def fast_monta(**changes: Any) -> MontaStandIn:
    """The stand-in in real time, with chargers that obey within a fifth of a second.

    At Monta's quota of ten a minute each test would wait for minutes; those of the quota are in virtual time.
    """
    soon = timedelta(seconds=0.2)
    settings = {"quota": 6000, "start_delay": soon, "stop_delay": soon, **changes}
    return MontaStandIn(now=lambda: datetime.now(UTC), **settings)


def garage_and_carport() -> MontaStandIn:
    """Two chargers, of the second of which Monta tells as little as it may."""
    stand_in = fast_monta()
    stand_in.add_charge_point("Garage")
    stand_in.add_charge_point("Carport", type=None, max_kw=None, meter_kwh=None)
    return stand_in


def apps_yaml(base_url: str, *, command_pause_s: float = 0.2, **scheduler: Any) -> dict[str, Any]:
    """Monitor and control; the scheduler too where it is given arguments."""
    apps: dict[str, Any] = {
        MONITOR: {"module": MONITOR, "class": "ChargingMonitor", "base_url": base_url, **FAST},
        CONTROL: {
            "module": CONTROL,
            "class": "ChargingControl",
            "dependencies": [MONITOR],
            "command_pause_s": command_pause_s,
        },
    }
    if scheduler:
        both = {"dependencies": [MONITOR, CONTROL], **scheduler}
        apps[SCHEDULER] = {"module": SCHEDULER, "class": "ChargingScheduler", **both}
    return apps


@asynccontextmanager
async def running_apps(
    folder: Path | AppDaemonFolder, apps: Mapping[str, Any], monta: MontaStandIn, home: HomeAssistant
) -> AsyncIterator[Process]:
    """AppDaemon with the apps, ended with the block."""
    appdaemon = folder if isinstance(folder, AppDaemonFolder) else AppDaemonFolder(folder=folder)
    credentials = {"monta_client_id": monta.tokens.client_id, "monta_client_secret": monta.tokens.client_secret}
    appdaemon.write(apps, {**credentials, "ha_url": home.url, "ha_token": home.token}, plugins=True)
    async with appdaemon.process() as process:
        await process.wait_for("App initialization complete", timeout_s=30)
        yield process
        process.kill()  # politely it takes a second, each time; test_demo sees to that


class Becomes(Protocol):
    """Waits until an entity has a state and attributes, and hands it over."""

    async def __call__(self, entity_id: str, state: str, **attributes: object) -> dict[str, Any]: ...


async def becomes(home: HomeAssistant, entity_id: str, state: str, **attributes: object) -> dict[str, Any]:
    """Wait until an entity has a state and attributes, and hand it over."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found = await home.state(entity_id)
        if found and found["state"] == state and found["attributes"] | attributes == found["attributes"]:
            return found
        assert time.monotonic() < deadline, f"{entity_id} does not become {state} {attributes}: {found}"
        await asyncio.sleep(0.1)


async def notifications(home: HomeAssistant) -> Mapping[str, Sequence[str]]:
    """What stands in the sidebar, by title."""
    told: dict[str, list[str]] = {}
    for one in await home.command("persistent_notification/get"):
        told.setdefault(one["title"], []).append(one["message"])
    return told

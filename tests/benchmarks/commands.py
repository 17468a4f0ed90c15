"""How long a press takes: from Home Assistant to the request leaving, and to the switch that shows it.

    PYTHONPATH=lib:tests python -m benchmarks.commands

Boots a real Home Assistant (installed into the user's cache directory the first time), a real AppDaemon with the apps,
and the cloud's stand-in, all on loopback. Both times begin before the request to Home Assistant is sent. It takes real
time, so the quota is larger than Monta's ten a minute, at which four hundred commands would take hours; how long
commands wait for quota, and what else waits for them, is measured in virtual time by `benchmarks.polling`.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any

import aiohttp

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.server import serve
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.demo.appdaemon import AppDaemonFolder
from smart_charging.demo.ha_install import install_home_assistant
from smart_charging.demo.home_assistant import HomeAssistant

CHARGERS = 10
BETWEEN_S = 0.4
"""One charger's turn comes again after more than the three seconds that two commands to it are kept apart."""
SOON = timedelta(milliseconds=20)


@dataclass
class PendingSeen:
    """When a switch was last seen pending, by the state changes that Home Assistant sends."""

    pending_at: float = 0.0
    pending: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, state: dict[str, Any]) -> None:
        if state["attributes"].get("pending") == "true" and not self.pending.is_set():
            self.pending_at = time.perf_counter()
            self.pending.set()


def switch_of(number: int) -> str:
    return f"switch.monta_box_{number}_charging"


def table(name: str, seconds: list[float]) -> str:
    cuts = quantiles(seconds, n=100, method="inclusive")
    p50, p95, most = (1000 * value for value in (cuts[49], cuts[94], max(seconds)))
    return f"| {name} | {len(seconds)} | {p50:.1f} | {p95:.1f} | {most:.1f} |"


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[tuple[HomeAssistant, MontaStandIn]]:
    monta = MontaStandIn(now=lambda: datetime.now(UTC), quota=60000, start_delay=SOON, stop_delay=SOON)
    for number in range(CHARGERS):
        monta.plug_in(monta.add_charge_point(f"Box {number}"), Car(wants_kwh=1e6))
    installation = await install_home_assistant(print)
    rests = dict.fromkeys(("poll_idle_s", "poll_plugged_in_s", "poll_busy_s"), 1)
    monitor, control = "charging_monitor", "charging_control"
    async with HomeAssistant(folder / "home", installation) as home, serve(monta) as base_url:
        apps = {
            monitor: {"module": monitor, "class": "ChargingMonitor", "base_url": base_url, **rests},
            control: {"module": control, "class": "ChargingControl", "dependencies": [monitor]},
        }
        secrets = {"monta_client_id": monta.tokens.client_id, "monta_client_secret": monta.tokens.client_secret}
        appdaemon = AppDaemonFolder(folder=folder / "appdaemon")
        appdaemon.write(apps, {**secrets, "ha_url": home.url, "ha_token": home.token}, plugins=True)
        async with appdaemon.process() as process:
            await process.wait_for("App initialization complete", timeout_s=60)
            while await home.state(switch_of(CHARGERS - 1)) is None:
                await asyncio.sleep(0.1)
            yield home, monta


@asynccontextmanager
async def watching(home: HomeAssistant, seen: dict[str, PendingSeen]) -> AsyncIterator[None]:
    """Follow the switches through Home Assistant's websocket, as its frontend does."""
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{home.url}/api/websocket") as socket:
        await socket.receive_json()
        await socket.send_json({"type": "auth", "access_token": home.token})
        await socket.receive_json()
        await socket.send_json({"id": 1, "type": "subscribe_events", "event_type": "state_changed"})
        await socket.receive_json()

        async def follow() -> None:
            async for message in socket:
                data = message.json()["event"]["data"]
                if data["entity_id"] in seen and data["new_state"]:
                    seen[data["entity_id"]].take(data["new_state"])

        task = asyncio.create_task(follow())
        yield
        task.cancel()


async def measure(commands: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with house(Path(folder)) as (home, monta):
            leaving, shown = [], []
            points = dict(zip((switch_of(n) for n in range(CHARGERS)), monta.site.points, strict=True))
            seen = {switch: PendingSeen() for switch in points}
            async with watching(home, seen):
                for number in range(2 * commands):
                    switch, on = switch_of(number % CHARGERS), number // CHARGERS % 2 == 0
                    before = len(monta.sent("charges", "POST"))
                    seen[switch].pending.clear()
                    began, began_at = time.perf_counter(), datetime.now(UTC)
                    if number < commands:
                        command = "start" if on else "stop"
                        await home.fire("monta_command", command=command, charge_point_id=points[switch])
                    else:
                        await home.call("switch", "turn_on" if on else "turn_off", entity_id=switch)
                    async with asyncio.timeout(30):
                        await seen[switch].pending.wait()
                        while len(sent := monta.sent("charges", "POST")) == before:
                            await asyncio.sleep(0.001)
                    if number < commands:
                        leaving.append((sent[-1].at - began_at).total_seconds())
                    else:
                        shown.append(seen[switch].pending_at - began)
                    await asyncio.sleep(BETWEEN_S)
            print("\n| milliseconds | commands | p50 | p95 | max |\n|---|---|---|---|---|")
            print(table("event in Home Assistant to the request's arrival at the cloud", leaving))
            print(table("press of the switch to `pending` in Home Assistant", shown))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commands", type=int, default=200)
    asyncio.run(measure(parser.parse_args().commands))

"""How much more memory AppDaemon takes with these apps than without.

    PYTHONPATH=lib:tests python -m benchmarks.memory

Two real AppDaemons one after the other, on loopback, the second with the three apps and the demo's stand-in for
Monta. Polling is hurried so that a minute holds what takes half an hour at home. Linux only: it reads /proc.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.server import serve
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.demo.appdaemon import AppDaemonFolder
from smart_charging.demo.house import AppDaemonHouse
from smart_charging.demo.night import PRICE_ENTITY, Night
from smart_charging.demo.staged import STAGED

SECRET = {"monta_client_id": "stand-in-id", "monta_client_secret": "stand-in-secret"}


def resident_mb(pid: int) -> float:
    (line,) = (row for row in Path(f"/proc/{pid}/status").read_text().splitlines() if row.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


async def measure(
    apps: Mapping[str, Any], *, runs_for: timedelta, shows: str | None, secrets: Mapping[str, str] = SECRET
) -> float:
    """Resident megabytes after a while."""
    with tempfile.TemporaryDirectory() as name:
        folder = AppDaemonFolder(folder=Path(name))
        folder.write(apps, secrets, plugins=False)
        async with folder.process() as appdaemon, AppDaemonHouse(folder.port, folder.password) as house:
            await appdaemon.wait_for("App initialization complete", 60)
            began, prices = datetime.now(UTC), Night(begins_at=datetime.now(UTC))
            while datetime.now(UTC) - began < runs_for:
                await asyncio.sleep(1)
                if shows:
                    await house.set_state(PRICE_ENTITY, "1", prices.price_attributes())
            if shows:
                assert shows in await house.states()
            assert appdaemon.pid is not None
            return resident_mb(appdaemon.pid)


async def with_apps(chargers: int, runs_for: timedelta) -> float:
    monta = MontaStandIn(now=lambda: datetime.now(UTC), quota=10**6)  # memory is sooner full of all answers
    for number in range(chargers):
        charger_id = monta.add_charge_point(f"P{number}", starts_by_itself=True)
        monta.plug_in(charger_id, Car(wants_kwh=60))
    async with serve(monta) as base_url:
        apps = dict(Night(begins_at=datetime.now(UTC)).apps(base_url, min(monta.site.points)))
        return await measure(apps, runs_for=runs_for, shows="sensor.monta_p0_state")


async def with_all_clouds(runs_for: timedelta) -> float:
    """A charger of each, under one control and one scheduler."""
    night = Night(begins_at=datetime.now(UTC))
    apps: dict[str, Any] = {}
    secrets: dict[str, str] = {}
    async with AsyncExitStack() as open_clouds:
        for name, make in STAGED.items():
            cloud = make(partial(datetime.now, UTC))
            base_url = await open_clouds.enter_async_context(cloud.serve())
            cloud.plug_in(wants_kwh=60)
            own = dict(night.apps(base_url, cloud.charger_id, monitor=cloud.arguments(base_url)))
            apps[name] = own["charging_monitor"]
            apps |= {app: own[app] for app in ("charging_control", "charging_scheduler")}
            secrets |= cloud.secrets
        monitors = {"monitor": list(STAGED)}
        apps["charging_control"] |= monitors | {"dependencies": list(STAGED)}
        apps["charging_scheduler"] |= monitors | {"dependencies": [*STAGED, "charging_control"]}
        return await measure(apps, runs_for=runs_for, shows="sensor.monta_garage_state", secrets=secrets)


async def run(runs_for: timedelta, rounds: int) -> None:
    print("| | resident MB | more than without |\n|---|---|---|")
    bare = min([await measure({}, runs_for=runs_for, shows=None) for _ in range(rounds)])
    print(f"| AppDaemon without these apps | {bare:.1f} | |", flush=True)
    for chargers in (1, 12, 150):
        full = max([await with_apps(chargers, runs_for) for _ in range(rounds)])
        print(f"| with them, {chargers} chargers | {full:.1f} | {full - bare:+.1f} |", flush=True)
    full = max([await with_all_clouds(runs_for) for _ in range(rounds)])
    print(f"| a charger of each cloud, three monitors | {full:.1f} | {full - bare:+.1f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rounds", type=int, default=1)
    arguments = parser.parse_args()
    asyncio.run(run(timedelta(seconds=arguments.seconds), arguments.rounds))


if __name__ == "__main__":
    main()

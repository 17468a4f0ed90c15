"""Starts an archive as a new user would: beside a fresh AppDaemon, with no package index to be reached.

    PYTHONPATH=lib python .github/release/start.py dist/smart-charging.tar.gz

AppDaemon is installed for it, alone, into an environment that goes again. Ends once the charger of a cloud that
pretends has been planned for, and started or told to wait.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tarfile
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.server import serve
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.demo.process import Process

PATIENCE_S = 120
CONFIGURATION = "appdaemon: {latitude: 52.4, longitude: 4.9, elevation: 2, time_zone: Europe/Amsterdam}\n"
GARAGE = 410001


async def start(archive: Path, work: Path) -> None:
    """Unpack, start, and wait for a plan."""
    config = work / "config"
    with tarfile.open(archive) as opened:
        opened.extractall(config, filter="data")
    python = _install_appdaemon(work / "python")
    cloud = MontaStandIn(now=lambda: datetime.now(UTC))
    cloud.add_charge_point("Garage")
    cloud.plug_in(GARAGE, Car(wants_kwh=50))
    async with serve(cloud) as base_url:
        _configure(config, cloud, base_url)
        command = [str(python), "-m", "appdaemon", "-c", str(config)]
        env = {**os.environ, "PIP_NO_INDEX": "1", "PYTHONPATH": ""}
        began = time.monotonic()
        async with Process("AppDaemon", command, log=work / "log", env=env, cwd=config) as appdaemon:
            await appdaemon.wait_for("charging_scheduler: Garage: ", PATIENCE_S)
            log = appdaemon.output()
    print(next(line for line in log.splitlines() if "charging_scheduler: Garage: " in line))  # noqa: T201
    print(f"{archive.name}: planned {time.monotonic() - began:.0f} s after AppDaemon's start")  # noqa: T201
    if any(word in log for word in ("ERROR", "Traceback", "Fetched")):
        raise SystemExit(log)


def _install_appdaemon(folder: Path) -> Path:
    python = folder / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)  # noqa: S603
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", "appdaemon>=4.5.13,<4.6"], check=True)  # noqa: S603
    return python


def _configure(config: Path, cloud: MontaStandIn, base_url: str) -> None:
    """Write what a user writes, and where the cloud is."""
    (config / "appdaemon.yaml").write_text(CONFIGURATION)
    secrets = {"monta_client_id": cloud.tokens.client_id, "monta_client_secret": cloud.tokens.client_secret}
    (config / "secrets.yaml").write_text(json.dumps(secrets))
    suite = config / "apps" / "smart-charging"
    text = (suite / "apps.yaml.example").read_text()
    text = text.replace("class: ChargingMonitor\n", f"class: ChargingMonitor\n  base_url: {base_url}\n")
    chargers = json.dumps([{"charge_point_id": GARAGE, "energy_kwh": 20, "ready_by": "07:00"}])
    (config / "apps" / "apps.yaml").write_text(f"{text}  fixed: 0.3\n  chargers: {chargers}\n")


if __name__ == "__main__":
    with TemporaryDirectory() as scratch:
        asyncio.run(start(Path(sys.argv[1]).resolve(), Path(scratch)))

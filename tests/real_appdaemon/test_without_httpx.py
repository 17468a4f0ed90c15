"""AppDaemon as the add-on has it: an environment without httpx, and no internet when it matters."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from smart_charging.clouds.monta.stand_in.server import serve
from smart_charging.demo.process import Process
from worlds.bare_appdaemon import bare_python, brought_by, index, pack_wheels
from worlds.real_house import FAST, MONITOR, SCHEDULER, fast_monta
from worlds.release import REPOSITORY, builder

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
PATIENCE_S = 120
PINS = Path("apps", "smart-charging", "smart_charging", "wheels.txt")
READY = "Garage: No cable is plugged in"
"""The monitor has read the charger over HTTP, control has it, and the scheduler has made its first round."""
CONFIGURATION = "appdaemon: {latitude: 52.4, longitude: 4.9, elevation: 2, time_zone: Europe/Amsterdam}\n"
SECRETS = "monta_client_id: stand-in-id\nmonta_client_secret: stand-in-secret\n"
OWN_APP = """\
from appdaemon.plugins.hass import Hass

class Hello(Hass):
    def initialize(self):
        self.log("hello from another app")
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bare_python(tmp_path_factory.mktemp("bare"), brings=[*brought_by("appdaemon"), "pip"])


@pytest.fixture
async def base_url() -> AsyncIterator[str]:
    stand_in = fast_monta()
    stand_in.add_charge_point("Garage")
    async with serve(stand_in) as url:
        yield url


@pytest.fixture
def config(tmp_path: Path, base_url: str) -> Path:
    """AppDaemon's folder, with our apps as HACS brings them and one of somebody else."""
    folder = tmp_path / "config"
    builder().build_tree(folder, REPOSITORY)
    (folder / "appdaemon.yaml").write_text(CONFIGURATION)
    (folder / "secrets.yaml").write_text(SECRETS)
    (folder / "apps" / "hello.py").write_text(OWN_APP)
    (folder / "apps" / "apps.yaml").write_text("hello:\n  module: hello\n  class: Hello\n")
    write_apps(folder, base_url)
    return folder


def write_apps(config: Path, base_url: str, **monitor: Any) -> None:
    """The file that the release's script writes, with what only a test has to say, and a charger to plan for."""
    subprocess.run(["sh", str(config / "apps" / "smart-charging" / "add_apps.sh")], check=True)  # noqa: S603, S607
    file = config / "apps" / "smart_charging.yaml"
    apps = yaml.safe_load(file.read_text())
    apps[MONITOR] |= {"base_url": base_url, **FAST, **monitor}
    apps[SCHEDULER] |= {"fixed": 0.3, "chargers": [{"charge_point_id": 410001, "energy_kwh": 20, "ready_by": "07:00"}]}
    file.write_text(yaml.safe_dump(apps))


def appdaemon(python: Path, config: Path, *, wheels: Path | None) -> Process:
    command = [str(python), "-m", "appdaemon", "-c", str(config)]
    return Process("AppDaemon", command, log=config / "log", env=index(wheels=wheels), cwd=config)


async def test_without_internet_one_line_says_what_to_do_and_once_fetched_the_wheels_serve_without_it(
    python: Path, config: Path, base_url: str, tmp_path: Path
) -> None:
    index_to_be = tmp_path / "index"
    index_to_be.mkdir()

    async with appdaemon(python, config, wheels=index_to_be) as running:
        await running.wait_for("the app stays idle", PATIENCE_S)
        await running.wait_for("hello from another app", PATIENCE_S)
        offline = running.output()
        (config / PINS).write_text(pack_wheels(index_to_be))
        write_apps(config, base_url, poll_idle_s=2)
        await running.wait_for(READY, PATIENCE_S)
        online = running.output()
    async with appdaemon(python, config, wheels=None) as running:
        await running.wait_for(READY, PATIENCE_S)
        restarted = running.output()

    (complaint,) = [line for line in offline.splitlines() if "ERROR" in line or "WARNING" in line]
    assert "connect this machine to the internet for one start" in complaint
    assert (online.count("Fetched "), restarted.count("Fetched ")) == (1, 0)
    assert "Traceback" not in online + restarted

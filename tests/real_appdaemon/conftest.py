"""A real AppDaemon in the test's own loop, with our apps and the cloud's stand-in behind respx."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import respx
import yaml
from appdaemon.appdaemon import AppDaemon
from appdaemon.dependency_manager import DependencyManager
from appdaemon.logging import Logging
from appdaemon.models.config.appdaemon import AppDaemonConfig

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.services.store import MEMORY_FOLDER
from worlds.fakes import BASE_URL, mount

APPS = Path(__file__).parents[2] / "apps"
CREDENTIALS = "monta_client_id: stand-in-id\nmonta_client_secret: stand-in-secret\n"
PRICE_ENTITY = "sensor.nordpool"
PATIENCE_S = 10
FAST = {"poll_idle_s": 1, "poll_plugged_in_s": 1, "poll_busy_s": 1, "pulled_after_s": 1}
CAR = {"charge_point_id": 410001, "energy_kwh": 2, "power_kw": 1100, "ready_by": "07:00"}
WORKING: Mapping[str, dict[str, Any]] = {
    "charging_monitor": {
        "module": "charging_monitor",
        "class": "ChargingMonitor",
        "base_url": BASE_URL,
        **FAST,
    },
    "charging_control": {
        "module": "charging_control",
        "class": "ChargingControl",
        "command_pause_s": 0.2,
        "dependencies": ["charging_monitor"],
    },
    "charging_scheduler": {
        "module": "charging_scheduler",
        "class": "ChargingScheduler",
        "dependencies": ["charging_monitor", "charging_control"],
        "price_entity": PRICE_ENTITY,
        "chargers": [CAR],
    },
}


class Running:
    """AppDaemon as a test sees it."""

    def __init__(self, appdaemon: AppDaemon, caplog: pytest.LogCaptureFixture) -> None:
        self._appdaemon = appdaemon
        self._caplog = caplog

    @property
    def states(self) -> Mapping[str, Mapping[str, Any]]:
        found: Mapping[str, Mapping[str, Any]] = self._appdaemon.state.state["default"]
        return found

    def state(self, entity_id: str) -> str | None:
        entity = self.states.get(entity_id)
        return None if entity is None else str(entity["state"])

    def attributes(self, entity_id: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.states[entity_id]["attributes"]
        return found

    async def set_state(self, entity_id: str, state: str, attributes: Mapping[str, Any]) -> None:
        await self._appdaemon.state.set_state("test", "default", entity_id, state=state, attributes=attributes)

    def app(self, name: str) -> Any:
        """The app object itself."""
        return self._appdaemon.app_management.get_app(name)

    def remembered(self, key: str) -> Mapping[str, Any] | None:
        """What lies in the apps' own store; None when nothing does."""
        file = Path(self._appdaemon.config_dir) / MEMORY_FOLDER / f"{key}.json"
        facts: Mapping[str, Any] = json.loads(file.read_text()) if file.exists() else {}
        return facts or None

    async def service(self, name: str, **data: Any) -> Any:
        domain, service = name.split("/")
        return await self._appdaemon.services.call_service("default", domain, service, data)

    async def fire(self, event: str, **data: Any) -> None:
        await self._appdaemon.events.process_event("default", {"event_type": event, "data": data})

    async def heard(self, event: str) -> list[Mapping[str, Any]]:
        """A list that grows with every such event from now on."""
        heard: list[Mapping[str, Any]] = []

        async def hear(_event: str, data: Mapping[str, Any], **_kwargs: Any) -> None:
            heard.append(data)

        app = self._appdaemon.app_management.get_app("charging_monitor")
        await app.listen_event(hear, event, namespace="default")
        return heard

    async def stop(self) -> None:
        await self._appdaemon.stop()

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so; whoever waits in vain is told what the apps logged."""
        assert await soon(is_so), self.lines(logging.INFO)

    def lines(self, level: int = logging.WARNING) -> list[str]:
        """What our apps logged at that level or above."""
        ours = [record for record in self._caplog.records if "charging_" in record.name or "_monitor" in record.name]
        return [record.getMessage() for record in ours if record.levelno >= level]


async def soon(is_so: Callable[[], bool]) -> bool:
    """Whether something becomes so; AppDaemon tells nobody when it has started an app or written a state."""
    deadline = time.monotonic() + PATIENCE_S
    while not (so := is_so()) and time.monotonic() < deadline:  # noqa: ASYNC110  # nobody would set an event
        await asyncio.sleep(0.02)
    return so


Start = Callable[..., Awaitable[Running]]


@pytest.fixture
def monta_now() -> Iterator[MontaStandIn]:
    """The stand-in in real time, with a charger that obeys within a tenth of a second."""
    soon = timedelta(seconds=0.1)
    stand_in = MontaStandIn(now=lambda: datetime.now(UTC), quota=6000, start_delay=soon, stop_delay=soon)
    stand_in.add_charge_point("Garage")
    with respx.mock(assert_all_called=False) as router:
        mount(stand_in, router)
        yield stand_in


@pytest.fixture(scope="session", autouse=True)
def logging_of_appdaemon() -> None:
    """Set up once, before any test listens: AppDaemon's first one throws all other log handlers out."""
    Logging({}, "INFO")


@pytest.fixture
async def start(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Start]:
    """Starts AppDaemon with our apps; arguments are what differs from a working apps.yaml, None leaves an app out, and
    other names are more apps."""
    caplog.set_level(logging.INFO)
    async with AsyncExitStack() as stack:

        async def start(*, credentials: str | None = CREDENTIALS, **changes: dict[str, Any] | None) -> Running:
            if credentials is not None:
                (tmp_path / "secrets.yaml").write_text(credentials)
            apps = {name: app | (changes.get(name) or {}) for name, app in WORKING.items()}
            apps |= {name: app for name, app in changes.items() if app is not None and name not in WORKING}
            absent = {name for name, change in changes.items() if change is None}
            running = await stack.enter_async_context(
                appdaemon(tmp_path, {name: app for name, app in apps.items() if name not in absent})
            )
            return Running(running, caplog)

        yield start


@asynccontextmanager
async def appdaemon(folder: Path, apps: Mapping[str, Any]) -> AsyncIterator[AppDaemon]:
    """AppDaemon without any plugin: Home Assistant's place is taken by its own state store."""
    app_dir = folder / "apps"
    app_dir.mkdir(exist_ok=True)
    for source in APPS.glob("charging_*.py"):
        shutil.copy(source, app_dir)
    (app_dir / "apps.yaml").write_text(yaml.safe_dump(dict(apps)))
    place = {"latitude": 55.6, "longitude": 12.5, "elevation": 5, "time_zone": "Europe/Copenhagen"}
    files = {"config_dir": folder, "config_file": folder / "appdaemon.yaml", "app_dir": app_dir}
    config = AppDaemonConfig.model_validate({**place, **files})
    with ExitStack() as stack:
        running = AppDaemon(Logging({}, "INFO"), asyncio.get_running_loop(), config, stack)
        running.app_management.dependency_manager = DependencyManager.from_app_directory(app_dir)
        # AppDaemon 4.5 shares this lock among all its instances, and so among the loops of all tests
        running.app_management.check_updates_lock = asyncio.Lock()
        running.start()
        await soon(lambda: set(apps) <= running.app_management.running_apps)
        try:
            yield running
        finally:
            if not running.stopping:
                await running.stop()

"""AppDaemon as a process that is killed, or told to end, while it has charges running."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.server import serve
from smart_charging.clouds.monta.stand_in.site import Car, Charge
from smart_charging.demo.appdaemon import AppDaemonFolder
from smart_charging.demo.house import AppDaemonHouse, State
from smart_charging.demo.process import Process
from worlds.real_house import PATIENCE_S, apps_yaml, fast_monta

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.allow_hosts(["127.0.0.1"])]

GARAGE, CARPORT, PORCH = 410001, 410002, 410003
GARAGE_PLAN, CARPORT_PLAN, PORCH_PLAN = (f"sensor.monta_{word}_plan" for word in ("garage", "carport", "porch"))
PRICE_ENTITY = "sensor.nordpool"
POWER_KW, GUESSED_KW = 360.0, 900.0
LEARNS_FAST = """\
from datetime import timedelta
from appdaemon.adbase import ADBase
from smart_charging.services.cars import learned_power

learned_power.LONG_ENOUGH = timedelta(seconds=1)  # instead of the minutes that no test can wait


class LearnsFast(ADBase):
    def initialize(self):
        pass
"""


@pytest.fixture(scope="module")
def monta() -> MontaStandIn:
    stand_in = fast_monta()
    for name in ("Garage", "Carport", "Porch"):
        point_id = stand_in.add_charge_point(name, max_kw=POWER_KW)
        stand_in.plug_in(point_id, Car(wants_kwh=5000, max_power_kw=POWER_KW))
    return stand_in


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> AppDaemonFolder:
    return AppDaemonFolder(folder=tmp_path_factory.mktemp("appdaemon"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def appdaemon(monta: MontaStandIn, folder: AppDaemonFolder) -> AsyncIterator[Process]:
    """One charger that charges at once, one that a person uses, and one that waits for a cheap hour."""
    ready_by = f"{datetime.now(ZoneInfo('Europe/Copenhagen')) + timedelta(hours=12):%H:%M}"
    car = {"energy_kwh": 100, "power_kw": GUESSED_KW, "ready_by": ready_by}
    chargers = [
        {"charge_point_id": GARAGE, "mode": "now", **car},
        {"charge_point_id": CARPORT, "take_over": "never", **car},
        {"charge_point_id": PORCH, **car},
    ]
    credentials = {"monta_client_id": monta.tokens.client_id, "monta_client_secret": monta.tokens.client_secret}
    async with serve(monta) as base_url:
        apps = apps_yaml(base_url, price_entity=PRICE_ENTITY, chargers=chargers)
        folder.write({"hasty": {"module": "hasty", "class": "LearnsFast"}, **apps}, credentials, plugins=False)
        (folder.folder / "apps" / "hasty.py").write_text(LEARNS_FAST)
        async with folder.process() as process:
            await process.wait_for("App initialization complete", timeout_s=30)
            yield process
            process.kill()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(appdaemon: Process, folder: AppDaemonFolder) -> AsyncIterator[AppDaemonHouse]:
    async with AppDaemonHouse(folder.port, folder.password) as house:
        yield house


async def becomes(house: AppDaemonHouse, entity_id: str, state: str, **attributes: object) -> State:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found = (await house.states()).get(entity_id)
        if found and found.state == state and {**found.attributes, **attributes} == found.attributes:
            return found
        assert time.monotonic() < deadline, f"{entity_id} does not become {state} {attributes}: {found}"
        await asyncio.sleep(0.1)


async def show_prices(house: AppDaemonHouse) -> None:
    """Dear, but for an hour that begins in two."""
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    starts = [hour + timedelta(hours=number) for number in range(14)]
    rows = [
        {"start": start.isoformat(), "end": (start + timedelta(hours=1)).isoformat(), "value": float(number != 3)}
        for number, start in enumerate(starts)
    ]
    await house.set_state(PRICE_ENTITY, "1", {"raw_today": rows, "raw_tomorrow": [], "unit": "kWh", "currency": "DKK"})


def charge_of(monta: MontaStandIn, point_id: int) -> Charge:
    charge = monta.charge_of(point_id)
    assert charge is not None
    return charge


def planned_kw(plan: State) -> float:
    """Of its first slot."""
    slot = plan.attributes["slots"][0]
    hours = (moment(slot["end"]) - moment(slot["start"])) / timedelta(hours=1)
    return float(slot["energy_kwh"]) / hours


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def booked(folder: Path) -> list[Mapping[str, Any]]:
    file = folder / "smart_charging_sessions.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


async def test_after_a_kill_charge_plan_session_manual_mode_and_learned_power_are_back(
    monta: MontaStandIn, appdaemon: Process, house: AppDaemonHouse
) -> None:
    await show_prices(house)
    await becomes(house, GARAGE_PLAN, "charging")
    monta.start_by_hand(CARPORT)
    manual = await becomes(house, CARPORT_PLAN, "manual")
    waiting = await becomes(house, PORCH_PLAN, "waiting", is_forecast_used="false", currency="DKK")
    await appdaemon.wait_for(lambda: has_learned(house), timeout_s=PATIENCE_S)
    charging = await becomes(house, GARAGE_PLAN, "charging")

    appdaemon.kill()
    appdaemon.start()
    await appdaemon.wait_for("App initialization complete", timeout_s=30)

    again = await becomes(house, GARAGE_PLAN, "charging")
    await becomes(house, "switch.monta_garage_charging", "on", started_by="us", pending="false")
    await becomes(house, CARPORT_PLAN, "manual", reason=manual.attributes["reason"])
    await becomes(house, PORCH_PLAN, "waiting", slots=waiting.attributes["slots"])
    assert again.attributes["delivered_kwh"] >= charging.attributes["delivered_kwh"]
    assert again.attributes["ready_by"] == charging.attributes["ready_by"]
    assert planned_kw(again) == pytest.approx(POWER_KW, rel=0.2)
    assert [request.path for request in monta.sent("charges", "POST")] == ["charges"]


async def has_learned(house: AppDaemonHouse) -> bool:
    plan = (await house.states())[GARAGE_PLAN]
    return planned_kw(plan) < (POWER_KW + GUESSED_KW) / 2


async def test_the_end_of_appdaemon_stops_no_charge(monta: MontaStandIn, appdaemon: Process) -> None:
    await appdaemon.stop()

    assert "Calling terminate() for 'charging_scheduler'" in appdaemon.output()
    assert [charge_of(monta, point).is_open for point in (GARAGE, CARPORT)] == [True, True]
    assert [request.path for request in monta.sent("charges", "POST")] == ["charges"]


async def test_a_session_that_ended_meanwhile_is_booked_once(
    monta: MontaStandIn, appdaemon: Process, house: AppDaemonHouse, folder: AppDaemonFolder
) -> None:
    monta.unplug(GARAGE)

    appdaemon.start()
    await becomes_idle_and_stays(appdaemon, house, monta)

    await appdaemon.wait_for(lambda: is_booked(folder.folder), timeout_s=PATIENCE_S)
    (session,) = booked(folder.folder)
    assert (session["charger"], session["starts"], session["currency"]) == ("Garage", 1, "DKK")
    assert session["energy_kwh"] == pytest.approx(charge_of(monta, GARAGE).consumed_kwh, abs=0.002)
    assert session["cost"] == pytest.approx(session["energy_kwh"])
    assert appdaemon.output().count("Traceback") == 0


async def is_booked(folder: Path) -> bool:
    return bool(booked(folder))


async def becomes_idle_and_stays(appdaemon: Process, house: AppDaemonHouse, monta: MontaStandIn) -> None:
    await appdaemon.wait_for("App initialization complete", timeout_s=30)
    await becomes(house, GARAGE_PLAN, "idle")
    asked = len(monta.requests)
    while len(monta.requests) < asked + 4:  # noqa: ASYNC110  # the stand-in tells nobody
        await asyncio.sleep(0.05)

"""Settings that entities say, in the real AppDaemon."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.site import Car

Start = Callable[..., Awaitable[Any]]
GARAGE, CARPORT = 410001, 410002
PLAN = "sensor.monta_garage_plan"
CAR = {"charge_point_id": GARAGE, "energy_kwh": 2, "power_kw": 1100, "ready_by": "07:00"}
RARELY = {"poll_idle_s": 25, "poll_plugged_in_s": 25, "poll_busy_s": 25}
FOLLOWED = {
    "energy_kwh": "input_number.target",
    "ready_by": "input_datetime.departure",
    "mode": "input_select.mode",
}
WITHIN_S = 2


async def test_what_a_helper_says_is_planned_within_two_seconds(monta_now: MontaStandIn, start: Start) -> None:
    monta_now.plug_in(GARAGE, Car(wants_kwh=50))
    ad = await start(charging_monitor=RARELY, charging_scheduler={"chargers": [CAR | FOLLOWED]})
    for entity_id, word in zip(FOLLOWED.values(), ["8", "06:15:00", "smart"], strict=True):
        await ad.set_state(entity_id, word, {})
    await ad.until(lambda: ad.state(PLAN) == "waiting" and ad.attributes(PLAN).get("wanted_kwh") == 8)

    changed_at = time.monotonic()
    await ad.set_state("input_number.target", "6.5", {})
    await ad.set_state("input_datetime.departure", "05:30:00", {})
    await ad.until(lambda: ad.attributes(PLAN)["wanted_kwh"] == 6.5 and departure(ad) == "05:30")
    await ad.set_state("input_select.mode", "off", {})
    await ad.until(lambda: ad.state(PLAN) == "off")

    assert time.monotonic() - changed_at < WITHIN_S
    assert ad.lines() == []


async def test_a_wrong_entity_is_named_once_and_the_other_charger_goes_on(
    monta_now: MontaStandIn, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smart_charging.services.cars.followed_values.STARTUP_GRACE", timedelta(0))
    monta_now.add_charge_point("Carport")
    for charger in (GARAGE, CARPORT):
        monta_now.plug_in(charger, Car(wants_kwh=50))
    other = CAR | {"charge_point_id": CARPORT, "energy_kwh": 50, "power_kw": 11, "mode": "now"}
    ad = await start(charging_scheduler={"chargers": [CAR | {"energy_kwh": "input_number.nowhere"}, other]})

    await ad.until(lambda: ad.state("sensor.monta_carport_state") == "charging")

    (problem,) = ad.attributes(PLAN)["problems"]
    assert "there is no entity input_number.nowhere" in problem
    assert len([line for line in ad.lines() if "Setting" in line and "input_number.nowhere" in line]) == 1
    assert ad.attributes("sensor.monta_carport_plan")["problems"] == []


async def test_an_entity_that_turns_up_late_ends_the_complaint(
    monta_now: MontaStandIn, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smart_charging.services.cars.followed_values.STARTUP_GRACE", timedelta(0))
    monta_now.plug_in(GARAGE, Car(wants_kwh=50))
    ad = await start(charging_scheduler={"chargers": [CAR | {"energy_kwh": "input_number.late"}]})
    await ad.until(lambda: PLAN in ad.states and bool(ad.attributes(PLAN)["problems"]))

    await ad.set_state("input_number.late", "unavailable", {})
    await ad.set_state("input_number.late", "0", {})

    await ad.until(lambda: ad.state(PLAN) == "done" and ad.attributes(PLAN)["problems"] == [])
    assert ad.attributes(PLAN)["wanted_kwh"] == 0
    assert len([line for line in ad.lines() if "Setting" in line and "input_number.late" in line]) == 1


def departure(ad: Any) -> str:
    ready_by = datetime.fromisoformat(ad.attributes(PLAN)["ready_by"])
    return f"{ready_by.astimezone(ZoneInfo('Europe/Copenhagen')):%H:%M}"


async def test_a_service_asks_the_scheduler_back(monta_now: MontaStandIn, start: Start) -> None:
    monta_now.plug_in(GARAGE, Car(wants_kwh=50))
    ad = await start()
    await ad.until(lambda: ad.state("sensor.monta_garage_plan") in {"waiting", "charging"})
    await ad.service("monta/start_charging", charge_point_id=GARAGE)
    await ad.until(lambda: ad.state("sensor.monta_garage_plan") == "manual")

    answer = await ad.service("monta/smart_charging", charge_point_id=GARAGE)

    await ad.until(lambda: ad.state("sensor.monta_garage_plan") != "manual")
    assert answer["ok"]

"""Evenings at a charger of Enphase, through the real apps."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from stat import S_IMODE
from typing import Any

import pytest

from smart_charging.clouds.enphase.stand_in.habits import Habits
from smart_charging.clouds.enphase.stand_in.site import GREEN, MANUAL, SCHEDULED
from worlds.cloud_houses import CloudNights
from worlds.enphase import EnphaseHouse
from worlds.virtual_time import Clock

EVENING = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
CHEAP = EVENING + timedelta(hours=1)
"""One hour at the lowest price begins."""
LATE = EVENING + timedelta(hours=3)
PRICES = (2.8, 0.1, 1.9, 2.2)
"""From 18:00 on, local time; the car has to be ready at 21:00."""
NEWER, OLDER = Habits(), Habits(new_shape=False, start_form=3, stop_form=2, after_stop="AVAILABLE")
SLOW = Habits(start_delay=timedelta(seconds=50), stop_delay=timedelta(seconds=40), token_life=timedelta(minutes=20))
FORGETFUL = Habits(session_life=timedelta(minutes=45), shows_login_page=True, tells_mode=False, after_stop="FINISHING")


class EnphaseEvening:
    """The apps at work for a car that wants 8 kWh."""

    def __init__(self, folder: Path, habits: Habits, **car: Any) -> None:
        self.clock = Clock(EVENING)
        self.at = EnphaseHouse(self.clock, habits)
        self.nights = CloudNights(at=self.at, folder=folder, clock=self.clock)
        self.car = {"energy_kwh": 8, "ready_by": "21:00", **car}

    async def start(self) -> None:
        await self.nights.begin(self.nights.apps(**self.car), EVENING, PRICES)

    async def until(self, at: datetime) -> None:
        await self.clock.sleep_until(at)

    @property
    def plan(self) -> str | None:
        return self.nights.state("plan")

    def accepted(self, end: str) -> int:
        return sum(one.status == 200 for one in self.at.cloud.sent(end))


@pytest.mark.parametrize(
    "habits",
    [
        pytest.param(NEWER, id="newer form"),
        pytest.param(OLDER, id="older form"),
        pytest.param(SLOW, id="slow, with short tokens"),
        pytest.param(FORGETFUL, id="with short sessions"),
    ],
)
def test_a_car_is_charged_in_the_cheapest_hour_with_one_start_and_one_stop(tmp_path: Path, habits: Habits) -> None:
    evening = EnphaseEvening(tmp_path, habits)

    async def script(_: CloudNights) -> None:
        await evening.start()
        evening.at.plug_in(wants_kwh=60)
        await evening.until(CHEAP - timedelta(minutes=3))
        assert (evening.at.delivered_kwh, evening.plan) == (0, "waiting")
        await evening.until(LATE - timedelta(minutes=50))
        assert evening.plan == "done"
        evening.at.unplug()
        await asyncio.sleep(180)

    evening.nights.play(script)

    assert evening.at.delivered_kwh == pytest.approx(8, abs=0.9)  # energy is told every five minutes
    assert (evening.accepted("start_charging"), evening.accepted("stop_charging")) == (1, 1)
    assert evening.at.logins <= 4
    assert evening.at.refusals == 0


@pytest.mark.parametrize(("mode", "said"), [(GREEN, "Green mode"), (SCHEDULED, "Scheduled mode")])
def test_a_plan_waits_for_the_manual_mode(tmp_path: Path, mode: str, said: str) -> None:
    evening = EnphaseEvening(tmp_path, Habits(mode=mode))
    told: list[Any] = []

    async def script(now: CloudNights) -> None:
        await evening.start()
        evening.at.plug_in(wants_kwh=60)
        await evening.until(CHEAP + timedelta(minutes=10))
        told.append(now.running.home.states["sensor.enphase_garage_plan"]["attributes"])
        evening.at.cloud.outlet(evening.at.charger_id).mode = MANUAL
        await evening.until(LATE)

    evening.nights.play(script)

    assert said in str(told[0])
    assert evening.at.delivered_kwh == pytest.approx(8, abs=0.9)


def test_a_plan_sets_the_manual_mode_where_it_may(tmp_path: Path) -> None:
    evening = EnphaseEvening(tmp_path, Habits(mode=GREEN), may_set_mode=True)

    async def script(_: CloudNights) -> None:
        await evening.start()
        evening.at.plug_in(wants_kwh=60)
        await evening.until(LATE)

    evening.nights.play(script)

    assert evening.at.cloud.outlet(evening.at.charger_id).mode == MANUAL
    assert evening.at.delivered_kwh == pytest.approx(8, abs=0.9)


def test_a_charge_is_ours_after_a_kill_and_is_stopped(tmp_path: Path) -> None:
    evening = EnphaseEvening(tmp_path, NEWER)

    async def script(now: CloudNights) -> None:
        await evening.start()
        evening.at.plug_in(wants_kwh=60)
        await evening.until(CHEAP + timedelta(minutes=20))
        now.running.kill()
        await asyncio.sleep(120)
        await evening.start()
        await evening.until(LATE)

    evening.nights.play(script)

    assert evening.at.delivered_kwh == pytest.approx(8, abs=0.9)
    assert evening.accepted("start_charging") == 1
    assert evening.at.logins == 1


def test_a_charge_in_enphase_s_app_is_left_to_whoever_began_it(tmp_path: Path) -> None:
    evening = EnphaseEvening(tmp_path, NEWER, take_over="never")

    async def script(_: CloudNights) -> None:
        await evening.start()
        evening.at.plug_in(wants_kwh=60)
        await asyncio.sleep(600)
        evening.at.cloud.start_by_hand(evening.at.charger_id)
        await asyncio.sleep(1800)
        assert evening.plan == "manual"

    evening.nights.play(script)

    assert evening.at.delivered_kwh > 4


def test_an_outage_in_the_cheapest_hour_costs_no_login_storm(tmp_path: Path) -> None:
    evening = EnphaseEvening(tmp_path, NEWER)

    async def script(_: CloudNights) -> None:
        await evening.start()
        evening.at.plug_in(wants_kwh=60)
        await evening.until(CHEAP + timedelta(minutes=10))
        evening.at.cloud.outage = 503
        await asyncio.sleep(1200)
        evening.at.cloud.outage = None
        evening.at.cloud.logins.end_sessions()
        await evening.until(LATE)

    evening.nights.play(script)

    assert evening.at.delivered_kwh == pytest.approx(8, abs=0.9)
    assert evening.at.logins == 2


def test_session_and_notes_are_for_their_owner_alone(tmp_path: Path) -> None:
    evening = EnphaseEvening(tmp_path, NEWER)

    async def script(_: CloudNights) -> None:
        await evening.start()
        await asyncio.sleep(600)

    evening.nights.play(script)

    kept = [file for file in tmp_path.iterdir() if file.name.startswith(".smart_charging_")]
    assert {S_IMODE(file.stat().st_mode) for file in kept} == {0o600}
    assert len(kept) == 2
    assert not [file for file in kept if evening.at.cloud.logins.password in file.read_text()]


def test_services_start_with_a_level_trigger_messages_and_stop(tmp_path: Path) -> None:
    evening = EnphaseEvening(tmp_path, NEWER)
    answers: list[Any] = []

    async def script(now: CloudNights) -> None:
        async def call(service: str, **data: Any) -> None:
            assert now.running.appdaemon
            callback = now.running.appdaemon.services[f"enphase/{service}"]
            target = {"charge_point_id": [evening.at.charger_id], **data}
            answers.append(await callback("default", "enphase", service, target))

        await evening.start()
        evening.at.plug_in(wants_kwh=60)
        await asyncio.sleep(90)
        await call("start_charging", charging_level=10, connector_id=1)
        await asyncio.sleep(90)
        await call("trigger_message", requested_message="MeterValues")
        await call("start_live_stream")
        await call("stop_charging")
        await asyncio.sleep(90)

    evening.nights.play(script)

    (started,) = [one.json for one in evening.at.cloud.sent("start_charging")]
    assert started == {"chargingLevel": 10, "connectorId": 1}
    assert answers[1]["results"][0]["answer"]["data"] == {"status": "accepted"}
    assert answers[2]["results"][0]["answer"] == {"duration_s": 900.0}
    assert [one["ok"] for answer in answers for one in answer["results"]] == [True] * 4
    assert evening.accepted("stop_charging") == 1

"""Evenings at a charger of Charge Amps, through the real apps."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from stat import S_IMODE

import pytest

from smart_charging.clouds.charge_amps.stand_in.cloud import Habits
from worlds.cloud_houses import ChargeAmpsHouse, CloudNights
from worlds.virtual_time import Clock

EVENING = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
CHEAP = EVENING + timedelta(hours=1)
"""One hour at the lowest price begins."""
LATE = EVENING + timedelta(hours=3)
PRICES = (2.8, 0.1, 1.9, 2.2)
"""From 18:00 on, local time; the car has to be ready at 21:00."""
OCPP, CAPI = Habits(), Habits(speaks_ocpp=False, in_numbers=True)
WITH_TAG = Habits(rfid_lock=True)
STUBBORN = Habits(rfid_lock=True, takes_settings=False)
SWITCHED_OFF = Habits(mode="Off")
FORGETS_A_START = Habits(rfid_lock=True, ignored_starts=1)
AT_ONCE_KWH = 0.5
"""What flows at most until a charge that began by itself is seen and paused."""


class AmpsEvening:
    """The apps at work for a car that wants 8 kWh."""

    def __init__(self, folder: Path, habits: Habits) -> None:
        self.clock = Clock(EVENING)
        self.at = ChargeAmpsHouse(self.clock, habits)
        self.nights = CloudNights(at=self.at, folder=folder, clock=self.clock)

    async def start(self) -> None:
        await self.nights.begin(self.nights.apps(energy_kwh=8, ready_by="21:00"), EVENING, PRICES)

    async def until(self, at: datetime) -> None:
        await self.clock.sleep_until(at)

    @property
    def settings(self) -> tuple[str, float]:
        outlet = self.at.cloud.outlet(self.at.point_id)
        return outlet.mode, outlet.max_current

    @property
    def plan(self) -> str | None:
        return self.nights.state("plan")


@pytest.mark.parametrize(
    "habits",
    [
        pytest.param(OCPP, id="OCPP"),
        pytest.param(CAPI, id="CAPI and numbers"),
        pytest.param(WITH_TAG, id="with a tag"),
        pytest.param(STUBBORN, id="with a tag, takes no settings"),
        pytest.param(SWITCHED_OFF, id="mode Off"),
        pytest.param(FORGETS_A_START, id="forgets a start"),
    ],
)
def test_a_car_is_charged_in_the_cheapest_hour_and_its_charger_is_left_as_it_was(
    tmp_path: Path, habits: Habits
) -> None:
    evening = AmpsEvening(tmp_path, habits)
    was = evening.settings

    async def script(_: CloudNights) -> None:
        await evening.start()
        evening.at.plug_in(wants_kwh=60)
        await evening.until(CHEAP - timedelta(minutes=3))
        assert evening.at.delivered_kwh < AT_ONCE_KWH
        assert evening.plan == "waiting"
        await evening.until(LATE - timedelta(minutes=50))
        assert evening.plan == "done"
        evening.at.unplug()
        await asyncio.sleep(180)
        assert evening.settings == was

    evening.nights.play(script)

    assert evening.at.delivered_kwh == pytest.approx(8, abs=0.5)
    assert (evening.at.logins, evening.at.refusals) == (1, 0)


async def wait_in_pause(evening: AmpsEvening) -> None:
    await evening.start()
    evening.at.plug_in(wants_kwh=60)
    await asyncio.sleep(600)
    assert evening.settings == ("On", 0.0)


def test_what_was_changed_is_known_after_a_kill_and_given_back_at_the_next_start(tmp_path: Path) -> None:
    evening = AmpsEvening(tmp_path, OCPP)

    async def script(now: CloudNights) -> None:
        await wait_in_pause(evening)
        now.running.kill()
        await asyncio.sleep(60)
        await evening.start()
        assert evening.settings == ("On", 16.0)
        await asyncio.sleep(300)
        assert (evening.plan, evening.settings) == ("waiting", ("On", 0.0))  # it began by itself once more

    evening.nights.play(script)


def test_the_charger_is_given_back_when_the_apps_end(tmp_path: Path) -> None:
    evening = AmpsEvening(tmp_path, OCPP)

    async def script(now: CloudNights) -> None:
        await wait_in_pause(evening)
        await now.running.stop()

    evening.nights.play(script)

    assert evening.settings == ("On", 16.0)


def test_what_a_person_has_chosen_meanwhile_stays(tmp_path: Path) -> None:
    evening = AmpsEvening(tmp_path, OCPP)

    async def script(now: CloudNights) -> None:
        await wait_in_pause(evening)
        evening.at.cloud.set_by_hand(evening.at.point_id, max_current=10.0)
        await now.running.stop()

    evening.nights.play(script)

    assert evening.settings == ("On", 10.0)


def test_charges_that_begin_by_themselves_are_planned_however_many_there_are(tmp_path: Path) -> None:
    evening = AmpsEvening(tmp_path, OCPP)
    plans = set()

    async def script(_now: CloudNights) -> None:
        await evening.start()
        for _ in range(3):
            evening.at.plug_in(wants_kwh=60)
            await asyncio.sleep(300)
            plans.add(evening.plan)
            evening.at.unplug()
            await asyncio.sleep(180)

    evening.nights.play(script)

    assert plans == {"waiting"}
    assert evening.at.delivered_kwh < 3 * AT_ONCE_KWH


def test_a_charge_that_a_card_has_started_is_left_to_whoever_showed_it(tmp_path: Path) -> None:
    evening = AmpsEvening(tmp_path, WITH_TAG)

    async def script(_: CloudNights) -> None:
        await evening.start()
        evening.at.plug_in(wants_kwh=60)
        await asyncio.sleep(1200)
        evening.at.cloud.show_tag(evening.at.point_id)
        await asyncio.sleep(900)
        assert evening.plan == "manual"

    evening.nights.play(script)

    assert evening.at.delivered_kwh > 2


def test_another_interval_takes_effect_with_the_next_start_of_the_app(tmp_path: Path) -> None:
    evening = AmpsEvening(tmp_path, OCPP)
    counts = []

    async def script(now: CloudNights) -> None:
        for interval_s in (60, 300):
            evening.at.arguments = {**evening.at.arguments, "interval_s": interval_s}
            await evening.start()
            before = len(evening.at.requests)
            await asyncio.sleep(1200)
            counts.append(sum(one.path.endswith("status") for one in evening.at.requests[before:]))
            await now.running.stop()

    evening.nights.play(script)

    assert counts[0] == pytest.approx(19, abs=1)
    assert counts[1] == pytest.approx(4, abs=1)


def test_notes_and_tokens_are_for_their_owner_alone(tmp_path: Path) -> None:
    evening = AmpsEvening(tmp_path, OCPP)

    async def script(_: CloudNights) -> None:
        await wait_in_pause(evening)

    evening.nights.play(script)

    kept = [file for file in tmp_path.iterdir() if file.name.startswith(".smart_charging_")]
    assert {S_IMODE(file.stat().st_mode) for file in kept} == {0o600}
    assert len(kept) == 2

"""Evenings at a charger of Monta's Partner API, with events and without, through the real apps."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from stat import S_IMODE
from typing import Any

import pytest

from worlds.cloud_houses import CloudNights
from worlds.partner_house import PartnerHouse, deliver_events
from worlds.pushed import subscribe
from worlds.virtual_time import Clock

EVENING = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
CHEAP = EVENING + timedelta(hours=1)
"""One hour at the lowest price begins."""
LATE = EVENING + timedelta(hours=3)
PRICES = (2.8, 0.1, 1.9, 2.2)
"""From 18:00 on, local time; the car has to be ready at 21:00."""


class PartnerEvening:
    """The apps at work for a car that wants 8 kWh."""

    def __init__(self, folder: Path, *, with_events: bool, **arguments: Any) -> None:
        self.clock = Clock(EVENING)
        self.at = PartnerHouse(self.clock, webhook=with_events, **arguments)
        self.nights = CloudNights(at=self.at, folder=folder, clock=self.clock)
        if with_events:
            subscribe(self.at.cloud, folder)

    def play(self, script: Callable[[], Awaitable[None]]) -> None:
        async def play(nights: CloudNights) -> None:
            deliveries = asyncio.ensure_future(deliver_events(self.at.cloud, nights.running))
            await self.start()
            await script()
            deliveries.cancel()

        self.nights.play(play)

    async def start(self) -> None:
        await self.nights.begin(self.nights.apps(energy_kwh=8, ready_by="21:00"), EVENING, PRICES)

    async def until(self, at: datetime) -> None:
        await self.clock.sleep_until(at)

    def sent(self, path: str, method: str) -> int:
        return sum(one.request.path.endswith(path) for one in self.at.cloud.sent("charge", method))


@pytest.mark.parametrize("with_events", [True, False])
def test_a_car_is_charged_in_the_cheapest_hour_over_a_kill_in_the_middle(tmp_path: Path, *, with_events: bool) -> None:
    evening = PartnerEvening(tmp_path, with_events=with_events, may_pause_rules=True)
    rule_id = evening.at.cloud.rules.add(evening.at.point_id)
    rule = evening.at.cloud.rules.of_points[evening.at.point_id][rule_id]
    plans = []

    async def script() -> None:
        evening.at.plug_in(wants_kwh=60)
        await evening.until(CHEAP - timedelta(minutes=3))
        assert (evening.at.delivered_kwh, evening.nights.state("plan")) == (0, "waiting")
        assert rule["isActive"] is False
        await evening.until(CHEAP + timedelta(minutes=20))
        evening.nights.running.kill()
        await asyncio.sleep(150)
        await evening.start()
        await evening.until(LATE - timedelta(minutes=50))
        plans.append(evening.nights.state("plan"))
        evening.at.unplug()
        await asyncio.sleep(180)

    evening.play(script)

    assert evening.at.delivered_kwh == pytest.approx(8, abs=0.4)
    assert (evening.sent("charges", "POST"), evening.sent("/stop", "GET")) == (1, 1)
    assert plans == ["done"]
    assert rule["isActive"] is True
    assert evening.at.refusals == 0


def test_with_events_a_cable_is_shown_within_three_seconds_and_few_requests_are_sent(tmp_path: Path) -> None:
    evening = PartnerEvening(tmp_path, with_events=True)
    seen = []

    async def script() -> None:
        evening.at.plug_in(wants_kwh=60)
        await asyncio.sleep(3)
        seen.append(evening.nights.state("binary_sensor.cable"))
        await asyncio.sleep(600)
        evening.at.cloud.requests.clear()
        await evening.until(CHEAP + timedelta(minutes=55))

    evening.play(script)

    assert seen == ["on"]
    assert evening.at.delivered_kwh == pytest.approx(8, abs=0.4)
    assert len(evening.at.requests) <= 30


def test_events_that_stop_in_the_middle_of_a_charge_cost_the_car_nothing(tmp_path: Path) -> None:
    evening = PartnerEvening(tmp_path, with_events=True)

    async def script() -> None:
        evening.at.plug_in(wants_kwh=60)
        await evening.until(CHEAP + timedelta(minutes=10))
        evening.at.cloud.subscription.config = None
        await evening.until(LATE)

    evening.play(script)

    assert evening.at.delivered_kwh == pytest.approx(8, abs=0.4)


def test_the_restart_button_restarts_the_charger(tmp_path: Path) -> None:
    evening = PartnerEvening(tmp_path, with_events=False)

    async def script() -> None:
        appdaemon = evening.nights.running.appdaemon
        assert appdaemon
        restart = appdaemon.services["monta_partner/reboot"]
        await restart("default", "monta_partner", "reboot", {"charge_point_id": [evening.at.charger_id]})

    evening.play(script)

    assert evening.at.cloud.chargers.done == [("reboot", evening.at.point_id)]


def test_files_of_the_account_are_for_their_owner_alone(tmp_path: Path) -> None:
    evening = PartnerEvening(tmp_path, with_events=True, may_pause_rules=True)
    evening.at.cloud.rules.add(evening.at.point_id)

    async def script() -> None:
        evening.at.plug_in(wants_kwh=60)
        await asyncio.sleep(60)

    evening.play(script)

    secret = [
        file for file in tmp_path.iterdir() if file.suffix == ".json" and file.name.startswith(".smart_charging_")
    ]
    assert len(secret) == 3  # tokens, notes and the secret of the webhook
    assert {S_IMODE(file.stat().st_mode) for file in secret} == {0o600}
    assert (tmp_path / "smart_charging_memory" / "push_monta_partner.json").exists()

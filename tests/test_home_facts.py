"""What Home Assistant knows of the home counts, through the real apps in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.services.home_assistant import facts_of
from worlds.fakes import BASE_URL
from worlds.virtual_apps import Line, VirtualHouse, house_of
from worlds.virtual_time import Clock, run, virtual_now

EVENING = datetime(2027, 3, 4, 19, tzinfo=UTC)
HOUR = timedelta(hours=1)
PLAN = "sensor.monta_garage_plan"
Prepare = Callable[[VirtualHouse], None]
HELSINKI = {"time_zone": "Europe/Helsinki", "currency": "EUR", "country": "FI"}


def nothing(_house: VirtualHouse) -> None:
    """Happens."""


def played(folder: Path, before: Prepare, *, after: Prepare = nothing, **prices: Any) -> Mapping[str, Any]:
    """A house with one car at the cable; what its plan says, some minutes after something happened in it."""

    async def play() -> Mapping[str, Any]:
        monta = MontaStandIn(now=virtual_now)
        point_id = monta.add_charge_point("Garage")
        monta.plug_in(point_id, Car(wants_kwh=50))
        car = {"charge_point_id": point_id, "energy_kwh": 11, "power_kw": 11, "ready_by": "07:00"}
        async with house_of(folder, Line(monta), monta) as house:
            arguments = {
                "charging_monitor": {"base_url": BASE_URL},
                "charging_control": {},
                "charging_scheduler": {"chargers": [car], **prices},
            }
            house.home.config = HELSINKI
            before(house)
            await house.start(arguments)
            await asyncio.sleep(90)
            after(house)
            await asyncio.sleep(210)
            shown: Mapping[str, Any] = house.home.states[PLAN]["attributes"]
            return shown

    return run(play(), Clock(EVENING))


def show_prices(house: VirtualHouse) -> None:
    rows = [{"start": (EVENING + n * HOUR).isoformat(), "price": 0.1 + n % 5 / 50} for n in range(-20, 20)]
    house.home.show("sensor.elpris", "0.1", prices=rows, unit_of_measurement="EUR/kWh")


def log_of_scheduler(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "virtual.charging_scheduler"]


def test_departures_are_those_of_home_assistants_clock_and_that_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "virtual.charging_scheduler")

    plan = played(tmp_path, show_prices, price_entity="sensor.elpris")

    assert datetime.fromisoformat(str(plan["ready_by"])) == datetime(2027, 3, 5, 5, tzinfo=UTC)
    assert [line for line in log_of_scheduler(caplog) if "zone" in line] == [
        "Times are those of Home Assistant's time zone Europe/Helsinki, not of AppDaemon's Europe/Copenhagen"
    ]
    assert plan["problems"] == []


@pytest.mark.parametrize("config", [{}, {"time_zone": "Mars/Olympus"}, {"time_zone": None}])
def test_only_a_zone_that_cannot_be_read_is_a_problem(tmp_path: Path, config: dict[str, Any]) -> None:
    def before(house: VirtualHouse) -> None:
        house.home.config = config
        show_prices(house)

    plan = played(tmp_path, before, price_entity="sensor.elpris")

    assert datetime.fromisoformat(str(plan["ready_by"])) == datetime(2027, 3, 5, 6, tzinfo=UTC)
    assert plan["problems"] == [
        "Home Assistant's time zone cannot be read; AppDaemon's counts, which is Europe/Copenhagen"
    ]


def test_an_entity_that_was_made_after_appdaemons_start_is_found_by_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "virtual.charging_scheduler")

    plan = played(tmp_path, nothing, after=show_prices)

    assert [slot["price_per_kwh"] for slot in plan["slots"]] == [pytest.approx(0.1)]
    assert "Prices come from sensor.elpris, found by itself" in log_of_scheduler(caplog)


def test_nord_pool_is_found_by_itself_and_asked_in_the_homes_currency(tmp_path: Path) -> None:
    asked: list[Mapping[str, Any]] = []

    def answer(data: Mapping[str, Any]) -> Mapping[str, Any]:
        asked.append(data)
        hours = [EVENING + n * HOUR for n in range(-20, 20)]
        return {
            "FI": [{"start": at.isoformat(), "end": (at + HOUR).isoformat(), "price": 80 + at.hour} for at in hours]
        }

    def before(house: VirtualHouse) -> None:
        house.home.actions["nordpool/get_prices_for_date"] = answer
        house.home.entries["nordpool"] = ["01FI"]

    plan = played(tmp_path, before)

    assert asked[0] == {"config_entry": "01FI", "currency": "EUR", "date": "2027-03-04"}
    assert (plan["currency"], plan["problems"]) == ("EUR", [])


def test_what_home_assistant_does_not_say_is_none() -> None:
    facts = facts_of({"time_zone": "Europe/Riga", "currency": "EUR"})

    assert (str(facts.zone), facts.currency, facts.country) == ("Europe/Riga", "EUR", None)
    assert facts_of(None).zone is None

"""Where no meter of the house is named, it is looked for in what the energy dashboard is set up with."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smart_charging.config.arguments import parse
from smart_charging.config.scheduler import SchedulerSettings
from smart_charging.services.home_assistant import HomeFacts
from smart_charging.services.peaks.meter_search import MeterSearch
from smart_charging.services.scheduling.setup_notice import Setup, notice_of
from worlds.household import FakeHass, Household

NOW = datetime(2027, 1, 12, 18, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LOG = logging.getLogger("found")
CAR = {"charge_point_id": 1, "energy_kwh": 20, "ready_by": "07:00"}
PEAK = {"price_per_kw": 45}
ONE_COUNTER = {"energy_sources": [{"type": "grid", "stat_energy_from": "sensor.import"}]}
TWO_COUNTERS = {
    "energy_sources": [
        {"type": "solar", "stat_energy_from": "sensor.solar"},
        {
            "type": "grid",
            "flow_from": [{"stat_energy_from": "sensor.day"}, {"stat_energy_from": "sensor.night"}],
            "flow_to": [{"stat_energy_to": "sensor.export"}],
        },
    ]
}


def dashboard(preferences: Any, *registry: tuple[str, str]) -> FakeHass:
    """A home whose energy dashboard is set up like this; entities by their device."""
    hass = FakeHass()
    hass.commands["energy/get_prefs"] = preferences
    hass.commands["config/entity_registry/list"] = [{"entity_id": one, "device_id": device} for one, device in registry]
    return hass


def say(hass: FakeHass, entity_id: str, state: object, unit: str) -> None:
    hass.states[entity_id] = (str(state), {"unit_of_measurement": unit})


async def count(
    hass: FakeHass, search: MeterSearch, *readings: tuple[float, float], cars_kw: float = 0.0
) -> float | None:
    """What the house takes after these readings of the import's counter, in kWh at a minute."""
    told = None
    for minute, kwh in readings:
        say(hass, "sensor.import", kwh, "kWh")
        now = NOW + minute * MINUTE
        meter = await search.meter(now)
        assert meter is not None
        told = await meter.house_kw(cars_kw, now)
    return told


@pytest.mark.parametrize(
    "source",
    [
        pytest.param({"stat_energy_from": "sensor.import", "stat_rate": "sensor.power"}, id="one rate"),
        pytest.param({"flow_from": [], "power": [{"stat_rate": "sensor.power"}]}, id="a list of rates"),
    ],
)
async def test_the_dashboards_own_sensor_of_power_is_taken(source: dict[str, Any]) -> None:
    hass = dashboard({"energy_sources": [{"type": "grid", **source}]})
    say(hass, "sensor.power", 4200, "W")
    say(hass, "sensor.import", 100, "kWh")
    search = MeterSearch(hass, LOG)

    meter = await search.meter(NOW)

    assert meter is not None
    assert await meter.house_kw(0.0, NOW) == pytest.approx(4.2)
    assert "sensor.power" in str(search.found)


async def test_the_only_sensor_of_power_beside_the_counter_is_taken() -> None:
    hass = dashboard(ONE_COUNTER, ("sensor.import", "meter"), ("sensor.watts", "meter"), ("sensor.oven", "kitchen"))
    say(hass, "sensor.import", 100, "kWh")
    say(hass, "sensor.watts", 1.5, "kW")
    say(hass, "sensor.oven", 900, "W")

    meter = await MeterSearch(hass, LOG).meter(NOW)

    assert meter is not None
    assert await meter.house_kw(0.0, NOW) == pytest.approx(1.5)


async def test_of_several_sensors_of_power_none_is_taken_but_the_counter() -> None:
    hass = dashboard(ONE_COUNTER, ("sensor.import", "meter"), ("sensor.l1", "meter"), ("sensor.l2", "meter"))
    say(hass, "sensor.l1", 900, "W")
    say(hass, "sensor.l2", 400, "W")
    say(hass, "sensor.import", 100, "kWh")
    search = MeterSearch(hass, LOG)

    house_kw = await count(hass, search, (0, 100.0), (3, 100.1), (6, 100.2))

    assert house_kw == pytest.approx(2.0)
    assert "sensor.import" in str(search.found)


async def test_a_look_is_over_when_it_has_been_answered_not_when_it_begins() -> None:
    class Slow(FakeHass):
        async def command(self, kind: str, **data: object) -> Any:
            await answered.wait()
            return await super().command(kind, **data)

    answered = asyncio.Event()
    search = MeterSearch(Slow(), LOG)
    looking = asyncio.ensure_future(search.meter(NOW))
    await asyncio.sleep(0)
    assert not search.has_looked

    answered.set()
    await looking

    assert search.has_looked


async def test_counters_of_two_tariffs_add_up() -> None:
    hass = dashboard(TWO_COUNTERS)
    say(hass, "sensor.day", 500_000, "Wh")
    say(hass, "sensor.night", 300, "kWh")
    search = MeterSearch(hass, LOG)
    meter = await search.meter(NOW)
    assert meter is not None
    await meter.house_kw(0.0, NOW)

    say(hass, "sensor.day", 500_100, "Wh")
    say(hass, "sensor.night", 300.2, "kWh")

    assert await meter.house_kw(0.0, NOW + 6 * MINUTE) == pytest.approx(3.0)


async def test_what_cars_took_meanwhile_is_not_the_houses() -> None:
    hass = dashboard(ONE_COUNTER)
    say(hass, "sensor.import", 100, "kWh")

    house_kw = await count(hass, MeterSearch(hass, LOG), (0, 100.0), (3, 100.6), (6, 101.2), cars_kw=11.0)

    assert house_kw == pytest.approx(1.0)


async def test_a_counter_says_nothing_in_its_first_minutes_nor_when_it_was_set_back() -> None:
    hass = dashboard(ONE_COUNTER)
    say(hass, "sensor.import", 100, "kWh")
    search = MeterSearch(hass, LOG)

    assert await count(hass, search, (0, 100.0), (3, 100.1)) is None
    assert await count(hass, search, (6, 100.2)) is not None
    assert await count(hass, search, (7, 0.1)) is None


async def test_a_counter_that_stands_still_for_hours_says_nothing() -> None:
    hass = dashboard(ONE_COUNTER)
    say(hass, "sensor.import", 100, "kWh")

    assert await count(hass, MeterSearch(hass, LOG), (0, 100.0), (6, 100.2), (180, 100.2)) is None


@pytest.mark.parametrize(
    "preferences",
    [
        None,
        {"energy_sources": "none"},
        {"energy_sources": [{"type": "solar", "stat_energy_from": "sensor.import"}]},
        {"energy_sources": [{"type": "grid", "stat_energy_from": "tibber:energy_consumption"}]},
        {"energy_sources": [{"type": "grid", "stat_energy_from": "sensor.gone"}]},
        {"energy_sources": [{"type": "grid", "stat_energy_from": 5, "flow_from": [None]}]},
    ],
)
async def test_without_a_counter_that_is_an_entity_nothing_is_taken(preferences: Any) -> None:
    hass = dashboard(preferences)
    say(hass, "sensor.import", 100, "kWh")
    search = MeterSearch(hass, LOG)

    assert await search.meter(NOW) is None
    assert search.has_looked
    assert search.found is None


async def test_a_dashboard_that_is_set_up_later_is_found() -> None:
    hass = FakeHass()
    say(hass, "sensor.import", 100, "kWh")
    search = MeterSearch(hass, LOG)
    assert await search.meter(NOW) is None

    hass.commands |= {"energy/get_prefs": ONE_COUNTER, "config/entity_registry/list": []}

    assert await search.meter(NOW + 10 * MINUTE) is None
    assert await search.meter(NOW + 31 * MINUTE) is not None


@pytest.mark.parametrize("written", [False, "off", "none", "sensor.power"])
def test_what_is_written_about_the_meter_keeps_it_from_being_looked_for(written: object) -> None:
    settings = [
        parse(SchedulerSettings, {"chargers": [CAR], "peak": PEAK, **more}) for more in ({}, {"house_meter": written})
    ]

    assert [one.finds_meter for one in settings] == [True, False]


def test_without_a_fee_no_meter_is_looked_for() -> None:
    assert not parse(SchedulerSettings, {"chargers": [CAR]}).finds_meter


def test_the_notice_says_what_was_taken() -> None:
    settings = parse(SchedulerSettings, {"chargers": [CAR], "peak": PEAK, "fixed": 1})
    found = Setup(home=HomeFacts(), zone=UTC, there=(), house_meter="the house's load from sensor.import")

    notice = notice_of(settings, found)

    assert notice is not None
    assert "the house's load from sensor.import; where that is wrong, write house_meter" in notice.line


async def test_the_month_is_counted_by_a_meter_that_was_found(home: Household) -> None:
    home.hass.commands["energy/get_prefs"] = {"energy_sources": [{"type": "grid", "stat_rate": "sensor.power"}]}
    say(home.hass, "sensor.power", 6000, "W")
    home.schedule(common={"peak": PEAK})

    await home.live(hours=1.1)

    assert home.attributes("plan")["peak_kw"] == pytest.approx(6.0, abs=0.2)

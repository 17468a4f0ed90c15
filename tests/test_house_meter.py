"""The house's load while meter and cloud do not yet agree on a charge."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from smart_charging.services.peaks.house_meter import HouseMeter
from worlds.household import FakeHass

NOW = datetime(2027, 3, 9, 21, 0, tzinfo=UTC)
METER = "sensor.grid"


class Watched:
    """A meter, read every half a minute."""

    def __init__(self) -> None:
        self.hass = FakeHass()
        self.meter = HouseMeter(METER, self.hass, logging.getLogger("test"))
        self.now = NOW

    async def house_kw(self, grid_kw: float, cars_kw: float) -> float | None:
        self.hass.states[METER] = (f"{grid_kw}", {"unit_of_measurement": "kW"})
        self.now += timedelta(seconds=30)
        return await self.meter.house_kw(cars_kw, self.now)


@pytest.fixture
async def watched() -> Watched:
    """While nothing charges and the house takes 2 kW."""
    watched = Watched()
    await watched.house_kw(2.0, 0.0)
    return watched


async def test_a_meter_behind_the_cloud_leaves_the_house_as_it_was(watched: Watched) -> None:
    assert await watched.house_kw(2.0, 11.0) == 2.0


async def test_an_oven_that_comes_on_with_the_car_counts_at_once(watched: Watched) -> None:
    assert await watched.house_kw(16.5, 11.0) == 5.5


async def test_a_meter_that_still_has_the_car_in_it_leaves_the_house_as_it_was(watched: Watched) -> None:
    for _ in range(6):
        await watched.house_kw(13.0, 11.0)

    assert await watched.house_kw(13.0, 0.0) == 2.0


async def test_an_oven_that_goes_off_with_the_car_counts_at_once(watched: Watched) -> None:
    for _ in range(6):
        await watched.house_kw(16.0, 11.0)

    assert await watched.house_kw(1.0, 0.0) == 1.0


async def test_after_two_minutes_the_meter_is_believed(watched: Watched) -> None:
    for _ in range(5):
        await watched.house_kw(12.0, 11.0)

    assert await watched.house_kw(12.0, 11.0) == 1.0


async def test_a_charge_that_is_seen_before_the_house_ever_was_is_taken_as_the_meter_says() -> None:
    assert await Watched().house_kw(14.0, 11.0) == 3.0

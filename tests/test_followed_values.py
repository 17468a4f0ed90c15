"""What entities say, and what is made of it."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smart_charging.config.scheduler import ChargerSchedule
from smart_charging.services.cars.followed_values import FollowedEntities
from worlds.household import FakeHass

NOW = datetime(2026, 11, 20, 20, tzinfo=UTC)
ENTITY = "sensor.told"


@pytest.fixture
def hass() -> FakeHass:
    return FakeHass()


def following(hass: FakeHass, key: str) -> FollowedEntities:
    car: dict[str, Any] = {"charge_point_id": 1, "energy_kwh": 5, "ready_by": "07:00"}
    references = ChargerSchedule.model_validate(car | {key: ENTITY}).references()
    return FollowedEntities(references, hass, hass, place="the test", log=logging.getLogger("values"))


async def said(hass: FakeHass, key: str, state: str, **attributes: Any) -> Any:
    hass.states[ENTITY] = (state, attributes)
    values = following(hass, key)
    await values.read(NOW)
    return values.value(key)


@pytest.mark.parametrize(
    ("key", "state", "value"),
    [
        ("energy_kwh", "12.5", 12.5),
        ("energy_kwh", "0", 0.0),
        ("price_limit", "-0.05", -0.05),
        ("mode", "now", "now"),
        ("mode", "off", "off"),
        ("take_over", "always", "always"),
        ("one_block", "on", True),
        ("one_block", "off", False),
        ("goes_on", "True", True),
        ("margin", "900", timedelta(minutes=15)),
        ("min_block", "1800", timedelta(minutes=30)),
        ("cheapest_share", "0.4", 0.4),
        ("prefers_late", "on", True),
        ("priority", "2.0", 2),
        ("ready_by_once", "2026-12-24 09:30:00", datetime(2026, 12, 24, 9, 30)),  # noqa: DTZ001 - as helpers say it
        ("ready_by_once", "2026-12-24T08:30:00+00:00", datetime(2026, 12, 24, 8, 30, tzinfo=UTC)),
    ],
)
async def test_every_kind_of_setting_is_read(hass: FakeHass, key: str, state: str, value: object) -> None:
    assert await said(hass, key, state) == value


@pytest.mark.parametrize(
    ("key", "state"),
    [
        ("energy_kwh", "nan"),
        ("energy_kwh", "inf"),
        ("energy_kwh", "1,5"),
        ("energy_kwh", ""),
        ("energy_kwh", "Unavailable"),
        ("energy_kwh", "501"),
        ("power_kw", "0"),
        ("power_kw", "-11"),
        ("mode", "Smart"),
        ("one_block", "maybe"),
        ("ready_by", "7"),
        ("ready_by", "24:00:00"),
        ("ready_by_once", "1795000000"),
        ("ready_by_once", "tomorrow"),
        ("margin", "-5"),
        ("cheapest_share", "0"),
        ("priority", "0.5"),
        ("efficiency", "90"),
    ],
)
async def test_nonsense_is_no_value(hass: FakeHass, key: str, state: str) -> None:
    assert await said(hass, key, state) is None


@pytest.mark.parametrize(
    ("unit", "value"), [("kWh", 12.0), ("Wh", 0.012), ("MWh", None), ("kW", 12.0), ("%", 12.0), (None, 12.0)]
)
async def test_units_are_minded(hass: FakeHass, unit: str | None, value: float | None) -> None:
    assert await said(hass, "energy_kwh", "12", unit_of_measurement=unit) == value


@pytest.mark.parametrize(("key", "value"), [("price_limit", None), ("energy_kwh", 0.0)])
async def test_only_a_limit_is_none_at_its_helpers_lowest(hass: FakeHass, key: str, value: float | None) -> None:
    assert await said(hass, key, "0.0", min=0, max=10) == value


async def test_a_value_is_as_old_as_its_first_report_also_after_a_restart(hass: FakeHass) -> None:
    hass.states[ENTITY] = ("7", {})
    values = following(hass, "energy_kwh")
    for hours in range(3):
        await values.read(NOW + timedelta(hours=hours))

    again = following(hass, "energy_kwh")
    await again.read(NOW + timedelta(days=1))
    same = again.since("energy_kwh")
    hass.states[ENTITY] = ("8", {})
    await again.read(NOW + timedelta(days=2))

    assert (values.since("energy_kwh"), same, again.since("energy_kwh")) == (NOW, NOW, NOW + timedelta(days=2))


async def test_an_entity_that_is_gone_leaves_its_last_value_and_a_problem(hass: FakeHass) -> None:
    hass.states[ENTITY] = ("7", {})
    values = following(hass, "energy_kwh")
    await values.read(NOW)

    del hass.states[ENTITY]
    for minutes in (1, 2, 3):
        await values.read(NOW + timedelta(minutes=minutes))

    assert values.value("energy_kwh") == 7
    [problem] = values.problems
    assert "there is no entity sensor.told" in problem
    assert values.entity_ids == [ENTITY]

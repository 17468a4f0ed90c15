from datetime import timedelta

import pytest

from smart_charging.services.watching.roster import MissingChargers
from worlds.household import FakeHass
from worlds.virtual_time import Clock

DAY = timedelta(days=1)


@pytest.fixture
def hass() -> FakeHass:
    return FakeHass()


@pytest.fixture
def missing(hass: FakeHass) -> MissingChargers:
    return MissingChargers(hass, DAY)


async def test_a_charger_missing_for_a_while_is_not_gone(missing: MissingChargers, clock: Clock) -> None:
    first = await missing.due({"1", "2"}, {"1"}, clock())
    clock.advance(hours=23)

    assert (first, await missing.due({"1", "2"}, {"1"}, clock())) == ([], [])


async def test_a_charger_missing_for_long_is_gone_once(missing: MissingChargers, clock: Clock) -> None:
    await missing.due({"1", "2"}, {"1"}, clock())
    clock.advance(hours=24)

    assert await missing.due({"1", "2"}, {"1"}, clock()) == ["2"]
    assert await missing.due({"1", "2"}, {"1"}, clock()) == []


async def test_a_charger_that_came_back_begins_anew(missing: MissingChargers, clock: Clock) -> None:
    await missing.due({"1"}, set(), clock())
    clock.advance(hours=23)
    await missing.due({"1"}, {"1"}, clock())
    clock.advance(hours=2)

    assert await missing.due({"1"}, set(), clock()) == []


async def test_time_passes_while_the_apps_are_away_too(hass: FakeHass, missing: MissingChargers, clock: Clock) -> None:
    await missing.due({"1"}, set(), clock())
    clock.advance(hours=25)

    assert await MissingChargers(hass, DAY).due({"1"}, set(), clock()) == ["1"]

"""The margin before departure, learned from what sessions lose; the last tests are of the whole apps."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from smart_charging.planning.plan import Plan, PlanSlot
from smart_charging.services.cars.learned_margin import FRESH, LEAST, MOST, LearnedMargin
from worlds.household import HOUR, MIDNIGHT, FakeHass, Household

NOW = datetime(2026, 11, 20, 22, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
POWER_KW = 12.0


@pytest.fixture
def hass() -> FakeHass:
    return FakeHass()


@pytest.fixture
def margin(hass: FakeHass) -> LearnedMargin:
    return LearnedMargin("1", hass)


def planned(minutes: float) -> Plan:
    slot = PlanSlot(start=NOW, end=NOW + minutes * MINUTE, price_per_kwh=0.2, energy_kwh=POWER_KW / 60 * minutes)
    return Plan(slots=[slot], ready_by=NOW + 9 * HOUR)


async def night(margin: LearnedMargin, *, lost: float = 0.0, power_kw: float = POWER_KW) -> None:
    """An hour's energy, for which plans charge some minutes longer."""
    await margin.begin(power_kw)
    margin.note_plan(planned(60 + lost))
    for minute in range(0, 200, 2):
        margin.note_energy(power_kw / 60 * max(0.0, min(minute - lost, 60)), NOW + minute * MINUTE)
    await margin.end(power_kw, is_full=False)


async def test_a_fresh_install_begins_with_ten_minutes(margin: LearnedMargin) -> None:
    assert await margin.of_session(POWER_KW) == 10 * MINUTE


async def test_ten_quiet_nights_bring_it_near_two_minutes(margin: LearnedMargin) -> None:
    for _ in range(10):
        await night(margin)

    assert 2 * MINUTE < await margin.of_session(POWER_KW) < 2.5 * MINUTE


async def test_it_never_becomes_shorter_from_one_quiet_night_to_the_next_by_more_than_a_third(
    margin: LearnedMargin,
) -> None:
    margins = []
    for _ in range(10):
        margins.append(await margin.of_session(POWER_KW))
        await night(margin)

    assert all(2 / 3 * before < after < before for before, after in pairwise(margins))


@pytest.mark.parametrize(("lost", "minutes"), [(0, 2), (1, 3), (6, 8), (12.9, 14.9), (40, 15)])
async def test_what_every_night_loses_is_added_to_two_minutes(
    margin: LearnedMargin, lost: float, minutes: float
) -> None:
    for _ in range(25):
        await night(margin, lost=lost)

    assert (await margin.of_session(POWER_KW)) / MINUTE == pytest.approx(minutes, abs=0.1)


async def test_a_night_that_loses_more_than_before_counts_at_once(margin: LearnedMargin) -> None:
    for _ in range(10):
        await night(margin)

    await night(margin, lost=7)

    assert await margin.of_session(POWER_KW) == 9 * MINUTE


async def test_an_outage_counts_as_if_it_had_come_at_a_start(margin: LearnedMargin) -> None:
    await margin.begin(POWER_KW)
    margin.note_plan(planned(60))
    margin.note_energy(0.0, NOW)
    margin.note_energy(POWER_KW, NOW + HOUR)
    margin.note_energy(POWER_KW, NOW + 2 * HOUR, failing_since=NOW + 2 * HOUR - 11 * MINUTE)

    await margin.end(POWER_KW, is_full=False)

    assert await margin.of_session(POWER_KW) == 13 * MINUTE


async def test_a_full_car_that_takes_no_more_has_lost_nothing(margin: LearnedMargin) -> None:
    await margin.begin(POWER_KW)
    margin.note_plan(planned(120))
    for minute in range(0, 121, 2):
        margin.note_energy(POWER_KW / 60 * min(minute, 40), NOW + minute * MINUTE)

    await margin.end(POWER_KW * 40 / 60, is_full=True)

    assert await margin.of_session(POWER_KW) < FRESH


async def test_what_flowed_before_any_plan_charged_does_not_make_up_for_a_loss(margin: LearnedMargin) -> None:
    await margin.begin(POWER_KW)
    margin.note_energy(3.0, NOW - 5 * MINUTE)
    margin.note_plan(planned(60 + 12))
    margin.note_energy(3.0, NOW)
    margin.note_energy(3.0 + POWER_KW, NOW + 72 * MINUTE)

    await margin.end(3.0 + POWER_KW, is_full=False)

    assert await margin.of_session(POWER_KW) == 14 * MINUTE


async def test_a_session_that_others_had_a_part_in_teaches_nothing(margin: LearnedMargin) -> None:
    await margin.begin(POWER_KW)
    margin.note_plan(planned(60))
    margin.note_energy(0.0, NOW)
    margin.look_away()
    margin.note_energy(1.0, NOW + HOUR)

    await margin.end(1.0, is_full=False)

    assert await margin.of_session(POWER_KW) == FRESH


async def test_a_few_minutes_of_charging_teach_nothing(margin: LearnedMargin) -> None:
    await margin.begin(POWER_KW)
    margin.note_plan(planned(5))
    margin.note_energy(0.0, NOW)
    margin.note_energy(1.0, NOW + HOUR)

    await margin.end(1.0, is_full=False)

    assert await margin.of_session(POWER_KW) == FRESH


async def test_it_stays_as_it_is_within_a_session(margin: LearnedMargin) -> None:
    await night(margin)
    await margin.begin(POWER_KW)
    before = await margin.of_session(POWER_KW)

    margin.note_energy(1.0, NOW, failing_since=NOW - HOUR)

    assert await margin.of_session(2 * POWER_KW) == before


async def test_a_car_planned_with_more_power_than_the_last_one_has_ten_minutes(margin: LearnedMargin) -> None:
    for _ in range(5):
        await night(margin)

    assert await margin.of_session(POWER_KW * 1.2) == FRESH


async def test_it_is_remembered(margin: LearnedMargin, hass: FakeHass) -> None:
    await night(margin)
    before = await margin.of_session(POWER_KW)

    assert await LearnedMargin("1", hass).of_session(POWER_KW) == before


@pytest.mark.parametrize("seconds", [0, 119, 901, "120", None, float("nan")])
async def test_memory_that_cannot_be_is_forgotten(hass: FakeHass, seconds: object) -> None:
    hass.store["margin_1"] = {"margin_s": seconds, "power_kw": POWER_KW}

    assert await LearnedMargin("1", hass).of_session(POWER_KW) == FRESH


@pytest.mark.parametrize(("arguments", "minutes"), [({}, 10), ({"margin_s": 240}, 4), ({"margin_s": 0}, 0)])
async def test_a_plan_ends_by_the_margin_unless_another_is_written(
    home: Household, arguments: dict[str, Any], minutes: float
) -> None:
    home.prices(MIDNIGHT - 4 * HOUR, *[0.2] * 30)
    home.schedule(energy_kwh=11, prefers_late=True, **arguments)
    home.plug_in()

    await home.live(minutes=1)

    assert home.attributes("plan")["planned_end"] == (MIDNIGHT + 7 * HOUR - minutes * MINUTE).isoformat()


async def test_a_night_in_which_all_went_well_makes_the_next_margin_shorter(home: Household) -> None:
    home.prices(MIDNIGHT - 4 * HOUR, *[0.2] * 30)
    home.schedule(energy_kwh=5.5)
    home.plug_in()
    await home.live(minutes=40)
    home.unplug()
    await home.live(minutes=5)
    home.schedule(energy_kwh=5.5, prefers_late=True)
    home.plug_in()

    await home.live(minutes=1)

    departure, end = MIDNIGHT + 7 * HOUR, datetime.fromisoformat(home.attributes("plan")["planned_end"])
    assert LEAST < departure - end < FRESH < MOST

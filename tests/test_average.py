from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from smart_charging.planning.cheapest import cheapest_plan
from smart_charging.prices.average import averaged
from smart_charging.prices.curve import PriceCurve
from worlds.pictures import curve, needed

OSLO, MUMBAI = ZoneInfo("Europe/Oslo"), ZoneInfo("Asia/Kolkata")
HOUR = timedelta(hours=1)


def figures(prices: PriceCurve) -> list[float]:
    return [round(slot.price_per_kwh, 6) for slot in prices]


def test_an_hour_costs_the_mean_of_its_quarters() -> None:
    prices = averaged(curve(8, 2, 2, 8, 3, 3, 3, 3), HOUR, OSLO)

    assert figures(prices) == [5, 3]
    assert [slot.length for slot in prices] == [HOUR, HOUR]


def test_a_plan_by_the_hour_leaves_the_cheap_quarters_of_a_dear_hour() -> None:
    quarters = curve(9, 1, 1, 9, 4, 4, 4, 4, 8, 8, 8, 8)

    plan = cheapest_plan(averaged(quarters, HOUR, OSLO), needed(2, within=12), now=quarters.slots[0].start)

    (block,) = plan.blocks
    assert 4 <= (block.start - quarters.slots[0].start) / timedelta(minutes=15) <= 6


@pytest.mark.parametrize(("minutes", "expected"), [(15, [1, 3, 5, 7]), (30, [2, 6]), (60, [4])])
def test_the_steps_are_those_of_the_bill(minutes: int, expected: list[float]) -> None:
    assert figures(averaged(curve(1, 3, 5, 7), timedelta(minutes=minutes), OSLO)) == expected


def test_five_minutes_weigh_less_than_the_rest_of_the_hour() -> None:
    five, rest = curve(12, step=timedelta(minutes=5)), curve(0, step=timedelta(minutes=55))
    late = [replace(slot, start=slot.start + HOUR / 12, end=slot.end + HOUR / 12) for slot in rest]

    assert figures(averaged(PriceCurve([*five, *late]), HOUR, OSLO)) == [1]


def test_hours_are_those_of_the_local_clock() -> None:
    half_past = datetime(2027, 1, 12, 18, 30, tzinfo=UTC)

    prices = averaged(curve(2, 4, 6, 8, start=half_past), HOUR, MUMBAI)

    assert [(slot.start, slot.price_per_kwh) for slot in prices] == [(half_past, 5)]


def test_a_longer_slot_is_not_averaged_with_its_neighbours() -> None:
    assert figures(averaged(curve(1, 2, step=2 * HOUR), HOUR, OSLO)) == [1, 1, 2, 2]


def test_the_hour_that_comes_twice_is_two() -> None:
    night = datetime(2027, 10, 31, tzinfo=UTC)

    assert figures(averaged(curve(*[1] * 4, *[3] * 4, start=night), HOUR, OSLO)) == [1, 3]


def test_an_hour_known_in_part_is_an_estimate_where_it_is_known_and_a_hole_where_not() -> None:
    prices = averaged(curve(2, None, 4, None), HOUR, OSLO)

    assert [(slot.price_per_kwh, slot.is_estimate, slot.length) for slot in prices] == [
        (3, True, HOUR / 4),
        (3, True, HOUR / 4),
    ]


def test_an_hour_that_lacks_a_second_is_priced_for_good() -> None:
    hour = [replace(slot, start=slot.start + timedelta(seconds=1)) for slot in curve(4, step=HOUR)]

    (slot,) = averaged(PriceCurve(hour), HOUR, OSLO)

    assert (slot.price_per_kwh, slot.is_estimate, slot.length) == (4, False, HOUR - timedelta(seconds=1))


def test_an_hour_with_a_forecast_in_it_is_one() -> None:
    published, guessed = curve(1, 1, 1, None), curve(None, None, None, 5)
    both = PriceCurve([*published, *(replace(slot, is_estimate=True) for slot in guessed)])

    (slot,) = averaged(both, HOUR, OSLO)

    assert (slot.price_per_kwh, slot.is_estimate) == (2, True)

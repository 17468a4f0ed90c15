from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from pictures import MIDNIGHT, QUARTER, curve
from smart_charging.errors import PriceError
from smart_charging.prices.curve import PriceCurve, PriceSlot


def test_a_slot_holds_from_its_start_until_just_before_its_end() -> None:
    prices = curve(1, 2)

    assert prices.price_at(MIDNIGHT) == 1
    assert prices.price_at(MIDNIGHT + QUARTER) == 2
    assert prices.price_at(MIDNIGHT + 2 * QUARTER) is None


def test_a_hole_is_unknown_and_zero_is_a_price() -> None:
    prices = curve(0, None, -1)

    assert prices.price_at(MIDNIGHT) == 0
    assert prices.price_at(MIDNIGHT + QUARTER) is None
    assert prices.price_at(MIDNIGHT - QUARTER) is None


def test_prices_are_known_until_the_end_of_the_last_slot() -> None:
    assert curve(1, 2).known_until == MIDNIGHT + 2 * QUARTER
    assert curve().known_until is None


def test_slots_at_the_edges_of_an_interval_are_clipped() -> None:
    minute = timedelta(minutes=1)

    part = curve(1, 2, 3).between(MIDNIGHT + minute, MIDNIGHT + QUARTER + minute)

    assert [(slot.length, slot.price_per_kwh) for slot in part] == [(QUARTER - minute, 1), (minute, 2)]


def test_slots_come_in_order_whatever_order_they_were_given_in() -> None:
    forward = curve(1, 2, 3)

    backward = PriceCurve(list(reversed(forward.slots)), "EUR")

    assert backward == forward
    assert hash(backward) == hash(forward)


def test_the_same_moment_in_another_zone_makes_the_same_slot() -> None:
    cet = timezone(timedelta(hours=1))
    start = datetime(2026, 3, 3, 1, tzinfo=cet)

    slot = PriceSlot(start=start, end=start + QUARTER, price_per_kwh=1)

    assert slot == curve(1).slots[0]
    assert slot.start.tzinfo is UTC


def test_two_prices_for_one_moment_are_refused() -> None:
    with pytest.raises(PriceError, match="two prices"):
        PriceCurve([*curve(1).slots, *curve(2).slots])


def test_a_slot_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(PriceError, match="ends before it begins"):
        PriceSlot(start=MIDNIGHT, end=MIDNIGHT, price_per_kwh=1)


def test_an_empty_curve_is_false() -> None:
    assert not curve()
    assert curve(0)


def test_a_curve_over_another_leaves_it_the_holes_and_the_ends() -> None:
    above, below = curve(None, 1, None, None, 2, None), curve(10, 11, step=3 * QUARTER)

    both = above.over(below)

    assert [both.price_at(MIDNIGHT + n * QUARTER) for n in range(7)] == [10, 1, 10, 11, 2, 11, None]
    assert both.between(MIDNIGHT, MIDNIGHT + 6 * QUARTER) == both


def test_a_curve_over_nothing_and_nothing_over_a_curve_are_that_curve() -> None:
    known = curve(1, None, 2)

    assert known.over(PriceCurve()) == PriceCurve().over(known) == known


OSLO, KOLKATA = ZoneInfo("Europe/Oslo"), ZoneInfo("Asia/Kolkata")


def test_billed_by_the_hour_every_quarter_costs_the_mean_of_its_hour() -> None:
    hourly = curve(2, 1, 1, 4, 3, 3, 3, 3).averaged(60, OSLO)

    assert [(slot.length, slot.price_per_kwh) for slot in hourly] == [(4 * QUARTER, 2), (4 * QUARTER, 3)]


def test_the_hour_is_that_of_the_local_clock() -> None:
    hourly = curve(1, 1, 5, 5, 5, 5).averaged(60, KOLKATA)

    assert [slot.price_per_kwh for slot in hourly] == [1, 5]


def test_a_mean_is_that_of_the_time_and_not_of_the_slots() -> None:
    mixed = PriceCurve([*curve(4).slots, *curve(0, start=MIDNIGHT + QUARTER, step=3 * QUARTER).slots])

    assert [slot.price_per_kwh for slot in mixed.averaged(60, OSLO)] == [1]


def test_a_hole_within_an_hour_stays_one_and_the_rest_has_the_mean_of_what_is_known() -> None:
    hourly = curve(2, None, 1, 3).averaged(60, OSLO)

    assert hourly.price_at(MIDNIGHT + QUARTER) is None
    assert [slot.price_per_kwh for slot in hourly] == [2, 2]


def test_the_hour_that_comes_twice_is_billed_twice() -> None:
    autumn = datetime(2026, 10, 25, tzinfo=UTC)

    hourly = curve(*range(8), start=autumn).averaged(60, OSLO)

    assert [slot.price_per_kwh for slot in hourly] == [1.5, 5.5]


def test_longer_slots_than_what_is_billed_stay_as_they_are_and_their_cost_too() -> None:
    quarterly = curve(1, 2, step=4 * QUARTER).averaged(30, OSLO)

    assert quarterly.price_at(MIDNIGHT + 3 * QUARTER) == 1
    assert {slot.length for slot in quarterly} == {2 * QUARTER}


@pytest.mark.parametrize("minutes", [0, -15, 7, 120])
def test_what_does_not_divide_the_hour_is_not_billed_by(minutes: int) -> None:
    with pytest.raises(PriceError, match=f"{minutes} minutes; write 60"):
        curve(1).averaged(minutes, OSLO)

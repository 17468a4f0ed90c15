from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_charging.errors import PriceError
from smart_charging.prices.curve import PriceCurve, PriceSlot
from worlds.pictures import MIDNIGHT, QUARTER, curve


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


@given(st.lists(st.sampled_from([None, 1.0, 2.0]), max_size=6), st.integers(-3, 9), st.integers(1, 12))
def test_an_interval_holds_the_price_of_each_of_its_moments_and_nothing_else(
    prices: list[float | None], first: int, length: int
) -> None:
    third = QUARTER / 3
    start, whole = MIDNIGHT + first * third, curve(*prices)
    end = start + length * third

    part = whole.between(start, end)

    moments = [MIDNIGHT + number * third for number in range(-4, 22)]
    inside = [whole.price_at(at) if start <= at < end else None for at in moments]
    assert [part.price_at(at) for at in moments] == inside
    assert part == PriceCurve(part.slots, part.currency)


def test_an_estimate_does_not_count_as_known_wherever_it_stands() -> None:
    estimates = [replace(slot, is_estimate=slot.price_per_kwh == 0) for slot in curve(0, 1, 0)]

    assert PriceCurve(estimates).known_until == MIDNIGHT + 2 * QUARTER


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

    both = above.filled_from(below)

    assert [both.price_at(MIDNIGHT + n * QUARTER) for n in range(7)] == [10, 1, 10, 11, 2, 11, None]
    assert both.between(MIDNIGHT, MIDNIGHT + 6 * QUARTER) == both


def test_a_curve_over_nothing_and_nothing_over_a_curve_are_that_curve() -> None:
    known = curve(1, None, 2)

    assert known.filled_from(PriceCurve()) == PriceCurve().filled_from(known) == known

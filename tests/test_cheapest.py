from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_charging.planning.cheapest import cheapest_plan
from smart_charging.planning.plan import Plan
from smart_charging.planning.preferences import Preferences
from smart_charging.planning.price_limit import PriceLimit
from smart_charging.prices.curve import PriceCurve, PriceSlot
from worlds.five_minute_grid import least_cost
from worlds.pictures import MIDNIGHT, QUARTER, curve, drawn, needed

HOUR = timedelta(hours=1)
FIVE_MINUTES = timedelta(minutes=5)


def test_the_cheapest_quarters_are_taken() -> None:
    plan = cheapest_plan(curve(5, 1, 4, 2, 3), needed(2, within=5), MIDNIGHT)

    assert drawn(plan, 5) == ".#.#."
    assert plan.cost == 3


def test_the_dearest_chosen_quarter_is_the_one_used_in_part() -> None:
    plan = cheapest_plan(curve(5, 1, 4, 2, 3), needed(1.5, within=5), MIDNIGHT)

    assert drawn(plan, 5) == ".#.+."
    assert plan.cost == 2


def test_hours_and_quarters_can_be_mixed() -> None:
    prices = curve(5, 1, 6, 2)
    hours = curve(1.5, 9, step=HOUR, start=MIDNIGHT + 4 * QUARTER)
    mixed = replace(prices, slots=[*prices.slots, *hours.slots])

    plan = cheapest_plan(mixed, needed(3, within=12), MIDNIGHT)

    assert drawn(plan, 12) == ".#..##......"


@pytest.mark.parametrize(("prefers_late", "picture"), [(False, "##...."), (True, "....##")])
def test_equal_prices_are_charged_at_early_or_late_as_preferred(*, prefers_late: bool, picture: str) -> None:
    plan = cheapest_plan(
        curve(*[3] * 6), needed(2, within=6), MIDNIGHT, preferences=Preferences(prefers_late=prefers_late)
    )

    assert drawn(plan, 6) == picture


def test_among_equal_costs_fewer_starts_win() -> None:
    plan = cheapest_plan(curve(1, 2, 1, 1, 9), needed(2, within=5), MIDNIGHT)

    assert drawn(plan, 5) == "..##."


def test_a_start_has_to_save_its_cost() -> None:
    prices = curve(1, 9, 2, 1.5, 9)

    assert drawn(cheapest_plan(prices, needed(2, within=5), MIDNIGHT), 5) == "#..#."
    assert (
        drawn(cheapest_plan(prices, needed(2, within=5), MIDNIGHT, preferences=Preferences(start_cost=2)), 5) == "..##."
    )


def test_what_runs_already_goes_on_without_a_start() -> None:
    preferences = Preferences(start_cost=2)

    plan = cheapest_plan(curve(3, 9, 2, 9), needed(1, within=4), MIDNIGHT, preferences=preferences, is_running=True)

    assert drawn(plan, 4) == "#..."


def test_blocks_are_at_least_as_long_as_asked() -> None:
    preferences = Preferences(min_block=2 * QUARTER)

    plan = cheapest_plan(curve(9, 1, 9, 9, 2, 2, 9), needed(3, within=7), MIDNIGHT, preferences=preferences)

    assert drawn(plan, 7) == "...###."


def test_one_block_has_no_break() -> None:
    plan = cheapest_plan(
        curve(1, 9, 2, 3, 2, 1), needed(3, within=6), MIDNIGHT, preferences=Preferences(in_one_block=True)
    )

    assert drawn(plan, 6) == "...###"


def test_blocks_get_shorter_where_the_car_could_not_be_ready_otherwise() -> None:
    preferences = Preferences(min_block=2 * QUARTER, limit=PriceLimit(highest_per_kwh=5))

    plan = cheapest_plan(curve(1, 9, 2, 9, 3), needed(3, within=5), MIDNIGHT, preferences=preferences)

    assert drawn(plan, 5) == "#.#.#"


def test_without_any_price_the_car_is_charged_late_and_in_time() -> None:
    plan = cheapest_plan(curve(), needed(3, within=5), MIDNIGHT)

    assert drawn(plan, 5) == "..###"
    assert plan.cost is None


def test_time_that_has_passed_is_not_planned_with() -> None:
    minute = timedelta(minutes=1)

    plan = cheapest_plan(curve(1, 5, 4), needed(1, within=3), MIDNIGHT + 10 * minute)

    assert [(block.start - MIDNIGHT, block.length) for block in plan.blocks] == [
        (10 * minute, 5 * minute),
        (30 * minute, 10 * minute),
    ]


def test_the_margin_is_kept_while_there_is_time_and_used_when_there_is_not() -> None:
    relaxed = replace(needed(2, within=4), margin=QUARTER)

    assert drawn(cheapest_plan(curve(5, 3, 2, 1), relaxed, MIDNIGHT), 4) == ".##."
    assert drawn(cheapest_plan(curve(5, 3, 2, 1), replace(relaxed, energy_kwh=4), MIDNIGHT), 4) == "####"


@pytest.mark.parametrize("minutes_of_it", [1, 6])
def test_no_more_of_the_margin_is_spent_than_is_needed_however_cheap_it_is(minutes_of_it: int) -> None:
    taken = minutes_of_it * timedelta(minutes=1)
    need = replace(needed(3 + taken / QUARTER, within=4), margin=QUARTER)

    plan = cheapest_plan(curve(9, 5, 3, 1), need, MIDNIGHT)

    assert [(block.start, block.end) for block in plan.blocks] == [(MIDNIGHT, need.finish_by + taken)]


def test_the_minimum_is_charged_at_once_whatever_it_costs() -> None:
    need = replace(needed(2, within=5), minimum_kwh=1)
    preferences = Preferences(limit=PriceLimit(highest_per_kwh=5))

    plan = cheapest_plan(curve(9, 4, 3, 2, 1), need, MIDNIGHT, preferences=preferences)

    assert drawn(plan, 5) == "#...#"


def test_a_price_that_is_exactly_the_limit_may_be_paid() -> None:
    preferences = Preferences(limit=PriceLimit(highest_per_kwh=0))

    plan = cheapest_plan(curve(1, 0, -1), needed(2, within=3), MIDNIGHT, preferences=preferences)

    assert drawn(plan, 3) == ".##"


def test_a_limit_that_leaves_too_little_time_is_named() -> None:
    preferences = Preferences(limit=PriceLimit(highest_per_kwh=2))

    plan = cheapest_plan(curve(1, 3, 2, 4), needed(3, within=4), MIDNIGHT, preferences=preferences)

    assert drawn(plan, 4) == "#.#."
    assert plan.shortfall_kwh == 1
    assert plan.shortfall_reason == "the price limit of 2 EUR/kWh leaves too little time"


def test_a_relative_limit_allows_the_cheapest_part_of_each_day() -> None:
    preferences = Preferences(limit=PriceLimit(cheapest_share=0.5))

    plan = cheapest_plan(curve(4, -3, 2, 1), needed(3, within=4), MIDNIGHT, preferences=preferences)

    assert drawn(plan, 4) == ".#.#"
    assert plan.shortfall_reason == "the price limit of the cheapest 50 % of the day leaves too little time"


def test_a_share_that_is_no_share_is_refused() -> None:
    with pytest.raises(ValueError, match="makes no sense"):
        PriceLimit(cheapest_share=40)


@pytest.mark.parametrize(("goes_on", "picture"), [(False, "##..."), (True, "#####")])
def test_a_window_that_is_too_short_is_used_whole_and_the_rest_is_named(*, goes_on: bool, picture: str) -> None:
    plan = cheapest_plan(curve(1, 2), replace(needed(5, within=2), goes_on=goes_on), MIDNIGHT)

    assert drawn(plan, 5) == picture
    assert plan.shortfall_kwh == 3
    assert plan.shortfall_reason == "charging takes 1:15 h and 0:30 h is left"


def test_after_departure_a_car_that_is_still_there_goes_on_charging() -> None:
    plan = cheapest_plan(curve(1, 2, 3), needed(1, within=1), MIDNIGHT + QUARTER)

    assert plan.is_active(MIDNIGHT + QUARTER)
    assert plan.shortfall_reason == "departure has passed"


prices = st.lists(st.integers(-50, 50), min_size=3, max_size=12)
quarters = st.floats(0.1, 14)


def plan_for(prices: list[int], quarters: float, start_cost: float = 0) -> Plan:
    need = needed(quarters, within=len(prices))
    return cheapest_plan(curve(*prices), need, MIDNIGHT, preferences=Preferences(start_cost=start_cost))


@given(prices, quarters, st.sampled_from([0, 1, 20]))
def test_the_need_is_met_or_the_shortfall_is_what_is_missing(prices: list[int], quarters: float, cost: float) -> None:
    plan = plan_for(prices, quarters, cost)

    in_time = sum(slot.energy_kwh for slot in plan.slots if slot.end <= plan.ready_by)
    assert in_time + plan.shortfall_kwh == pytest.approx(quarters, abs=0.01)


def least_cost_of(cells: Sequence[float | None], wanted: int, preferences: Preferences, *, is_running: bool) -> float:
    """As much as there is time for; in shorter blocks where there is no other way."""
    wanted = min(wanted, sum(cell is not None for cell in cells))
    shortest = wanted if preferences.in_one_block else min(wanted, preferences.min_block // FIVE_MINUTES)
    ways = (
        least_cost(cells, wanted, start_cost=preferences.start_cost, min_block=cells_long, is_running=is_running)
        for cells_long in (max(1, shortest), 1)
    )
    return next(cost for cost in ways if cost < inf)


@st.composite
def preferences_on_the_grid(draw: st.DrawFn) -> Preferences:
    return Preferences(
        start_cost=draw(st.sampled_from([0, 0, 0.5, 4])),
        in_one_block=draw(st.booleans()),
        limit=draw(st.none() | st.builds(PriceLimit, highest_per_kwh=st.integers(-2, 9))),
        prefers_late=draw(st.booleans()),
    )


prices_on_the_grid = st.lists(st.integers(-5, 9), min_size=3, max_size=12)
cells_wanted = st.integers(1, 24)
cells_cut_off = st.tuples(st.integers(0, 2), st.integers(0, 2))


@given(
    prices=prices_on_the_grid,
    wanted=cells_wanted,
    preferences=preferences_on_the_grid(),
    is_running=st.booleans(),
    cut=cells_cut_off,
)
def test_no_charging_on_a_grid_of_five_minutes_is_cheaper(
    *, prices: list[int], wanted: int, preferences: Preferences, is_running: bool, cut: tuple[int, int]
) -> None:
    late, early = cut
    now = MIDNIGHT + late * FIVE_MINUTES
    need = replace(needed(wanted / 3, within=len(prices) - early / 3), goes_on=False)
    allowed = [preferences.limit is None or price <= (preferences.limit.highest_per_kwh or 0) for price in prices]
    cells = [price / 3 if ok else None for price, ok in zip(prices, allowed, strict=True) for _ in range(3)]

    plan = cheapest_plan(curve(*prices), need, now, preferences=preferences, is_running=is_running)

    starts = len(plan.blocks) - (is_running and plan.start == now)
    assert (plan.cost or 0) + preferences.start_cost * starts == pytest.approx(
        least_cost_of(cells[late : len(cells) - early], wanted, preferences, is_running=is_running), abs=1e-6
    )


@given(prices_on_the_grid, cells_wanted, st.integers(1, 4), st.sampled_from([0, 2]))
def test_no_charging_in_long_blocks_is_cheaper(
    prices: list[int], wanted: int, quarters: int, start_cost: float
) -> None:
    preferences = Preferences(min_block=quarters * QUARTER, start_cost=start_cost)
    need = replace(needed(wanted / 3, within=len(prices)), goes_on=False)

    plan = cheapest_plan(curve(*prices), need, MIDNIGHT, preferences=preferences)

    cells = [price / 3 for price in prices for _ in range(3)]
    assert (plan.cost or 0) + start_cost * len(plan.blocks) == pytest.approx(
        least_cost_of(cells, wanted, preferences, is_running=False), abs=1e-6
    )


@given(prices, quarters, st.integers(-100, 100))
def test_a_price_added_to_all_slots_changes_no_plan(prices: list[int], quarters: float, added: int) -> None:
    plan = plan_for(prices, quarters)

    dearer = plan_for([price + added for price in prices], quarters)

    assert dearer.blocks == plan.blocks


@given(prices, quarters)
def test_a_cost_per_start_never_makes_more_starts(prices: list[int], quarters: float) -> None:
    assert len(plan_for(prices, quarters, 20).blocks) <= len(plan_for(prices, quarters).blocks)


def test_prices_that_change_at_odd_seconds_are_planned_with_all_the_same() -> None:
    second = timedelta(seconds=1)
    slots = [
        PriceSlot(start=MIDNIGHT, end=MIDNIGHT + 905 * second, price_per_kwh=3),
        PriceSlot(start=MIDNIGHT + 905 * second, end=MIDNIGHT + 1813 * second, price_per_kwh=1),
        PriceSlot(start=MIDNIGHT + 1813 * second, end=MIDNIGHT + 2700 * second, price_per_kwh=2),
    ]

    plan = cheapest_plan(PriceCurve(slots), needed(1, within=3), MIDNIGHT)

    assert drawn(plan, 3) == ".++"
    assert plan.energy_kwh == pytest.approx(1)


@given(
    st.lists(st.integers(-3, 9), min_size=1, max_size=12),
    st.floats(0, 6),
    st.floats(-8, 8),
    st.floats(0, 6),
    st.booleans(),
)
def test_no_slot_ends_before_it_starts_whenever_a_car_was_to_leave(
    prices: list[int],
    wanted: float,
    within: float,
    minimum: float,
    goes_on: bool,  # noqa: FBT001  # drawn
) -> None:
    need = replace(needed(wanted, within=within), goes_on=goes_on, margin=timedelta(minutes=10))
    need = replace(need, minimum_kwh=minimum)

    plan = cheapest_plan(curve(*prices, step=HOUR), need, MIDNIGHT + 2.5 * QUARTER)

    assert all(slot.start < slot.end and slot.energy_kwh >= 0 for slot in plan.slots)
    assert all(one.end <= other.start for one, other in pairwise(plan.slots))
    assert 0 <= plan.shortfall_kwh <= need.energy_kwh
    if goes_on:
        assert plan.energy_kwh == pytest.approx(need.energy_kwh, abs=0.011)

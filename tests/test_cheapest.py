from datetime import timedelta

from pictures import MIDNIGHT, QUARTER, curve, drawn, needed
from smart_charging.planning.cheapest import cheapest_plan


def test_the_cheapest_quarters_are_taken() -> None:
    plan = cheapest_plan(curve(5, 1, 4, 2, 3), needed(2, within=5), MIDNIGHT)

    assert drawn(plan, 5) == ".#.#."
    assert plan.cost == 3


def test_the_dearest_chosen_quarter_is_the_one_used_in_part() -> None:
    plan = cheapest_plan(curve(5, 1, 4, 2, 3), needed(1.5, within=5), MIDNIGHT)

    assert drawn(plan, 5) == ".#.+."
    assert plan.cost == 2


def test_what_the_known_prices_cannot_hold_is_charged_late_at_unknown_ones() -> None:
    plan = cheapest_plan(curve(9, 9), needed(3, within=5), MIDNIGHT)

    assert drawn(plan, 5) == "##..#"
    assert plan.cost is None


def test_a_window_that_is_too_short_is_used_whole_and_the_rest_is_named() -> None:
    plan = cheapest_plan(curve(1, 2), needed(5, within=2), MIDNIGHT)

    assert drawn(plan, 2) == "##"
    assert plan.shortfall_kwh == 3
    assert plan.shortfall_reason


def test_time_that_has_passed_is_not_planned_with() -> None:
    plan = cheapest_plan(curve(1, 5, 4), needed(1, within=3), MIDNIGHT + timedelta(minutes=10))

    later = 2 * QUARTER + timedelta(minutes=5)
    assert [block.start - MIDNIGHT for block in plan.blocks] == [timedelta(minutes=10), later]

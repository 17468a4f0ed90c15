from datetime import timedelta

from pictures import MIDNIGHT, curve, drawn, needed
from smart_charging.planning.cheapest import cheapest_plan


def test_the_cheapest_quarters_are_taken() -> None:
    plan = cheapest_plan(curve(5, 1, 4, 2, 3), needed(2, within=5), MIDNIGHT)

    assert drawn(plan, 5) == ".#.#."
    assert plan.cost == 3


def test_the_dearest_chosen_quarter_is_the_one_used_in_part() -> None:
    plan = cheapest_plan(curve(5, 1, 4, 2, 3), needed(1.5, within=5), MIDNIGHT)

    assert drawn(plan, 5) == ".#.+."
    assert plan.cost == 2


def test_without_any_price_the_car_is_charged_late_and_in_time() -> None:
    plan = cheapest_plan(curve(), needed(3, within=5), MIDNIGHT)

    assert drawn(plan, 5) == "..###"
    assert plan.cost is None


def test_a_window_that_is_too_short_is_used_whole_and_the_rest_is_named() -> None:
    plan = cheapest_plan(curve(1, 2), needed(5, within=2), MIDNIGHT)

    assert drawn(plan, 2) == "##"
    assert plan.shortfall_kwh == 3
    assert plan.shortfall_reason


def test_time_that_has_passed_is_not_planned_with() -> None:
    minute = timedelta(minutes=1)

    plan = cheapest_plan(curve(1, 5, 4), needed(1, within=3), MIDNIGHT + 10 * minute)

    assert [(block.start - MIDNIGHT, block.length) for block in plan.blocks] == [
        (10 * minute, 5 * minute),
        (30 * minute, 10 * minute),
    ]

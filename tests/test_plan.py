from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from smart_charging.planning.cheapest import cheapest_plan
from smart_charging.prices.curve import PriceCurve
from worlds.pictures import MIDNIGHT, QUARTER, curve, needed

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def test_slots_that_touch_make_one_block() -> None:
    plan = cheapest_plan(curve(1, 1, 9, 1), needed(3, within=4), MIDNIGHT)

    assert [block.length for block in plan.blocks] == [2 * QUARTER, QUARTER]


def test_a_plan_is_active_from_a_blocks_start_until_just_before_its_end() -> None:
    plan = cheapest_plan(curve(9, 1, 9), needed(1, within=3), MIDNIGHT)

    assert not plan.is_active(MIDNIGHT)
    assert plan.is_active(MIDNIGHT + QUARTER)
    assert not plan.is_active(MIDNIGHT + 2 * QUARTER)


def test_the_next_change_is_a_start_or_an_end_still_to_come() -> None:
    plan = cheapest_plan(curve(9, 1, 9), needed(1, within=3), MIDNIGHT)

    assert plan.next_change(MIDNIGHT) == MIDNIGHT + QUARTER
    assert plan.next_change(MIDNIGHT + QUARTER) == MIDNIGHT + 2 * QUARTER
    assert plan.next_change(MIDNIGHT + 2 * QUARTER) is None


def test_one_sentence_explains_the_plan() -> None:
    plan = cheapest_plan(curve(0.4, 0.2, 0.3, 0.1), needed(2, within=4), MIDNIGHT)

    assert plan.sentence(COPENHAGEN) == (
        "2 kWh in 2 blocks between 01:15 and 02:00, 0.15 EUR/kWh on average, "
        "50 % below charging at once; ready 02:00 for 02:00"
    )


def test_a_plan_that_earns_money_says_so_instead_of_more_than_a_hundred_per_cent() -> None:
    plan = cheapest_plan(curve(0.4, -0.2, 0.3, -0.1), needed(2, within=4), MIDNIGHT)

    assert "-0.15 EUR/kWh on average, which earns 0.30 EUR; ready" in plan.sentence(COPENHAGEN)


def test_expected_prices_are_called_so() -> None:
    prices = PriceCurve([replace(slot, is_estimate=True) for slot in curve(0.2, 0.1)])

    plan = cheapest_plan(prices, needed(1, within=2), MIDNIGHT)

    assert "in part at expected prices" in plan.sentence(COPENHAGEN)


def test_a_shortfall_is_in_the_sentence() -> None:
    plan = cheapest_plan(curve(1), needed(2, within=1), MIDNIGHT)

    assert "1.0 kWh will be missing at 01:15: charging takes 0:30 h and 0:15 h is left" in plan.sentence(COPENHAGEN)


def test_a_departure_that_has_passed_is_not_promised() -> None:
    plan = cheapest_plan(curve(1), replace(needed(1, within=1), ready_by=MIDNIGHT - QUARTER), MIDNIGHT)

    assert plan.sentence(COPENHAGEN).endswith("; ready 01:15, after the departure at 00:45")


def test_a_plan_of_more_than_a_day_names_the_days() -> None:
    plan = cheapest_plan(curve(1), replace(needed(1, within=1), ready_by=MIDNIGHT + timedelta(days=2)), MIDNIGHT)

    assert plan.sentence(COPENHAGEN).startswith("1 kWh in 1 block between Tue 01:00 and Tue 01:15")
    assert plan.sentence(COPENHAGEN).endswith("; ready Tue 01:15 for Thu 01:00")


@pytest.mark.parametrize(("hours", "says"), [(23, "between 01:00 and 01:15"), (24, "between Tue 01:00 and Tue 01:15")])
def test_a_plan_that_begins_in_more_than_a_day_names_the_days(hours: int, says: str) -> None:
    plan = cheapest_plan(curve(1), needed(1, within=1), MIDNIGHT)

    assert says in plan.sentence(COPENHAGEN, MIDNIGHT - timedelta(hours=hours))


def test_without_a_need_there_is_nothing_to_do() -> None:
    plan = cheapest_plan(curve(1), needed(0, within=1), MIDNIGHT)

    assert plan.start is None
    assert plan.next_change(MIDNIGHT - timedelta(days=1)) is None
    assert plan.sentence(COPENHAGEN) == "Nothing to charge for 01:15"

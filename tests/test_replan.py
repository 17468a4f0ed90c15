from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_charging.planning.charge_request import ChargeRequest
from smart_charging.planning.cheapest import cheapest_plan
from smart_charging.planning.plan import Plan
from smart_charging.planning.preferences import Preferences
from smart_charging.planning.replan import replan, replan_shared
from smart_charging.planning.shared import shared_plan
from worlds.pictures import MIDNIGHT, QUARTER, curve, drawn, needed

MINUTE = timedelta(minutes=1)


def test_a_small_gain_is_not_worth_another_plan() -> None:
    preferences = Preferences(keep_threshold=1)
    previous = cheapest_plan(curve(5, 2, 5, 3), needed(1, within=4), MIDNIGHT)

    plan = replan(curve(5, 3, 5, 2.5), needed(1, within=4), MIDNIGHT, previous, preferences=preferences)

    assert drawn(plan, 4) == ".#.."
    assert plan.cost == 3


def test_a_large_gain_is() -> None:
    preferences = Preferences(keep_threshold=1)
    previous = cheapest_plan(curve(5, 2, 5, 3), needed(1, within=4), MIDNIGHT)

    plan = replan(curve(5, 3, 5, 1), needed(1, within=4), MIDNIGHT, previous, preferences=preferences)

    assert drawn(plan, 4) == "...#"


@pytest.mark.parametrize(("quarters", "picture"), [(1.5, ".#+."), (2.5, ".##+")])
def test_a_kept_plan_ends_when_the_energy_is_right(quarters: float, picture: str) -> None:
    previous = cheapest_plan(curve(5, 2, 2, 3), needed(2, within=4), MIDNIGHT)

    plan = replan(
        curve(5, 2, 2, 3), needed(quarters, within=4), MIDNIGHT, previous, preferences=Preferences(keep_threshold=1)
    )

    assert drawn(plan, 4) == picture


def test_a_plan_that_would_be_late_is_not_kept() -> None:
    previous = cheapest_plan(curve(5, 5, 5, 1), needed(1, within=4), MIDNIGHT)

    plan = replan(
        curve(5, 5, 5, 1), needed(1, within=3), MIDNIGHT, previous, preferences=Preferences(keep_threshold=100)
    )

    assert plan.end is not None
    assert plan.end <= MIDNIGHT + 3 * QUARTER


def test_a_plan_missed_is_made_anew() -> None:
    previous = cheapest_plan(curve(1, 5, 6, 7), needed(1, within=4), MIDNIGHT)

    plan = replan(curve(1, 5, 6, 7), needed(1, within=4), MIDNIGHT + QUARTER, previous)

    assert drawn(plan, 4) == ".#.."


def test_a_joint_plan_is_kept_while_a_new_one_gains_little() -> None:
    requests = [
        ChargeRequest(charger_id=name, need=needed(1, within=3), preferences=Preferences(keep_threshold=1))
        for name in "ab"
    ]
    previous = shared_plan(curve(3, 1, 2), requests, limit_kw=4, now=MIDNIGHT)

    plans = replan_shared(curve(1.5, 1, 2), requests, previous, limit_kw=4, now=MIDNIGHT)

    assert {name: plan.blocks for name, plan in plans.items()} == {n: plan.blocks for n, plan in previous.items()}


def test_a_joint_plan_that_no_longer_fits_is_made_anew() -> None:
    requests = [
        ChargeRequest(charger_id=name, need=needed(1, within=3), preferences=Preferences(keep_threshold=9))
        for name in "ab"
    ]
    previous = shared_plan(curve(3, 1, 2), requests, limit_kw=8, now=MIDNIGHT)

    plans = replan_shared(curve(3, 1, 2), requests, previous, limit_kw=4, now=MIDNIGHT)

    assert sorted(drawn(plan, 3) for plan in plans.values()) == [".#.", "..#"]


def test_a_car_that_has_come_changes_the_joint_plan() -> None:
    requests = [
        ChargeRequest(charger_id=name, need=needed(1, within=3), preferences=Preferences(keep_threshold=9))
        for name in "ab"
    ]
    previous = shared_plan(curve(3, 1, 2), requests[:1], limit_kw=4, now=MIDNIGHT)

    plans = replan_shared(curve(3, 1, 2), requests, previous, limit_kw=4, now=MIDNIGHT)

    assert sorted(drawn(plan, 3) for plan in plans.values()) == [".#.", "..#"]


def test_a_minute_lost_by_one_car_moves_no_other_on_the_fuse() -> None:
    requests = [
        ChargeRequest(charger_id=name, need=needed(1, within=4), preferences=Preferences(keep_threshold=1))
        for name in "ab"
    ]
    previous = shared_plan(curve(1, 2, 2.1, 2.2), requests, limit_kw=4, now=MIDNIGHT)

    plans = replan_shared(curve(1, 2, 2.1, 2.2), requests, previous, limit_kw=4, now=MIDNIGHT + MINUTE)

    edges = sorted((block.start, block.end) for plan in plans.values() for block in plan.blocks)
    assert edges == [(MIDNIGHT + MINUTE, MIDNIGHT + QUARTER), (MIDNIGHT + QUARTER, MIDNIGHT + 2 * QUARTER)]


def test_a_car_that_is_done_does_not_move_the_others_either() -> None:
    requests = [
        ChargeRequest(charger_id=name, need=needed(1, within=4), preferences=Preferences(keep_threshold=1))
        for name in "ab"
    ]
    previous = shared_plan(curve(1, 2, 2.1, 2.2), requests, limit_kw=4, now=MIDNIGHT)
    done = ChargeRequest(charger_id="c", need=needed(0, within=4))
    kept = {**previous, "c": cheapest_plan(curve(1, 2, 2.1, 2.2), done.need, MIDNIGHT)}

    plans = replan_shared(curve(1, 2, 2.1, 2.2), [*requests, done], kept, limit_kw=4, now=MIDNIGHT + MINUTE)

    edges = sorted((block.start, block.end) for plan in plans.values() for block in plan.blocks)
    assert edges == [(MIDNIGHT + MINUTE, MIDNIGHT + QUARTER), (MIDNIGHT + QUARTER, MIDNIGHT + 2 * QUARTER)]


def test_more_than_a_few_minutes_lost_are_planned_for() -> None:
    requests = [
        ChargeRequest(charger_id=name, need=needed(1, within=4), preferences=Preferences(keep_threshold=1))
        for name in "ab"
    ]
    previous = shared_plan(curve(1, 2, 2.1, 2.2), requests, limit_kw=4, now=MIDNIGHT)

    plans = replan_shared(curve(1, 2, 2.1, 2.2), requests, previous, limit_kw=4, now=MIDNIGHT + 6 * MINUTE)

    assert sum(plan.energy_kwh for plan in plans.values()) == pytest.approx(2 * needed(1, within=4).energy_kwh)


def times(plans: Mapping[str, Plan]) -> dict[str, list[tuple[float, float]]]:
    """When the blocks begin and end, in minutes."""
    return {
        name: [((block.start - MIDNIGHT) / MINUTE, (block.end - MIDNIGHT) / MINUTE) for block in plan.blocks]
        for name, plan in plans.items()
    }


def test_where_a_car_has_lost_more_the_one_after_it_begins_later() -> None:
    requests = [
        ChargeRequest(
            charger_id=name, need=needed(2, within=8), preferences=Preferences(start_cost=1, keep_threshold=1)
        )
        for name in "ab"
    ]
    previous = shared_plan(curve(1, 1, 2, 2, 3, 3, 3, 3), requests, limit_kw=4, now=MIDNIGHT)

    plans = replan_shared(curve(1, 1, 2, 2, 3, 3, 3, 3), requests, previous, limit_kw=4, now=MIDNIGHT + 7 * MINUTE)

    assert sorted(times(plans).values()) == [[(7, 37)], [(37, 67)]]


def test_a_car_that_still_lacks_a_little_at_the_end_of_its_turn_goes_on_before_the_next_begins() -> None:
    first, second = (
        ChargeRequest(charger_id=name, need=needed(1, within=within), preferences=Preferences(keep_threshold=1))
        for name, within in (("a", 2), ("b", 8))
    )
    previous = shared_plan(curve(1, 2, 3, 4, 4, 4, 4, 4), [first, second], limit_kw=4, now=MIDNIGHT)
    late = replace(first, is_running=True, need=replace(first.need, energy_kwh=first.need.energy_kwh / 5))

    plans = replan_shared(curve(1, 2, 3, 4, 4, 4, 4, 4), [late, second], previous, limit_kw=4, now=MIDNIGHT + QUARTER)

    assert times(previous) == {"a": [(0, 15)], "b": [(15, 30)]}
    assert times(plans) == {"a": [(15, 18)], "b": [(18, 33)]}


def test_what_was_lost_is_planned_at_the_latest_when_the_plan_is_over() -> None:
    requests = [
        ChargeRequest(charger_id=name, need=needed(1, within=6), preferences=Preferences(keep_threshold=1))
        for name in "ab"
    ]
    previous = shared_plan(curve(1, 2, 3, 4, 5, 6), requests, limit_kw=4, now=MIDNIGHT)
    left = [replace(one, need=replace(one.need, energy_kwh=2 * one.need.energy_kwh / 15)) for one in requests]

    plans = replan_shared(curve(1, 2, 3, 4, 5, 6), left, previous, limit_kw=4, now=MIDNIGHT + 2 * QUARTER)

    assert [plan.energy_kwh for plan in plans.values()] == pytest.approx([one.need.energy_kwh for one in left])


FLAT = curve(1, 1, 1, 1, 1, 1)


def scarce(*, priorities: tuple[int, int] = (0, 0), charged_quarters: float = 0) -> list[ChargeRequest]:
    """Two cars that need four of six quarters each, of which the first has been charging."""
    wanted = needed(4, within=6)
    first, second = (
        ChargeRequest(charger_id=name, need=wanted, priority=priority)
        for name, priority in zip("ab", priorities, strict=True)
    )
    left_kwh = wanted.energy_kwh * (1 - charged_quarters / 4)
    return [replace(first, is_running=charged_quarters > 0, need=replace(wanted, energy_kwh=left_kwh)), second]


def test_where_not_all_can_be_ready_a_car_goes_on_with_its_turn() -> None:
    previous = shared_plan(FLAT, scarce(), limit_kw=4, now=MIDNIGHT)
    now, left = MIDNIGHT + 2 * QUARTER, scarce(charged_quarters=2)

    fresh = shared_plan(FLAT, left, limit_kw=4, now=now)
    plans = replan_shared(FLAT, left, previous, limit_kw=4, now=now)

    assert times(fresh) == {"a": [], "b": [(30, 90)]}
    assert times(plans) == {"a": [(30, 60)], "b": [(60, 90)]}


def test_where_not_all_can_be_ready_a_minute_lost_moves_those_that_follow() -> None:
    previous = shared_plan(FLAT, scarce(), limit_kw=4, now=MIDNIGHT)

    plans = replan_shared(FLAT, scarce(charged_quarters=2 - 1 / 15), previous, limit_kw=4, now=MIDNIGHT + 2 * QUARTER)

    assert times(plans) == {"a": [(30, 61)], "b": [(61, 90)]}


def test_where_not_all_can_be_ready_a_priority_raised_since_ends_a_turn() -> None:
    previous = shared_plan(FLAT, scarce(), limit_kw=4, now=MIDNIGHT)
    left = scarce(priorities=(0, 1), charged_quarters=2)

    plans = replan_shared(FLAT, left, previous, limit_kw=4, now=MIDNIGHT + 2 * QUARTER)

    assert times(plans) == {"a": [], "b": [(30, 90)]}


def minutes_on(plan: Plan, first: int) -> list[int]:
    return [minute for minute in range(first, 200) if plan.is_active(MIDNIGHT + minute * MINUTE)]


@given(st.lists(st.integers(-2, 3), min_size=7, max_size=12), st.integers(1, 99), st.integers(1, 99))
def test_replanning_at_the_same_prices_changes_nothing(prices: list[int], wanted: int, passed: int) -> None:
    preferences = Preferences(start_cost=0.5)
    need = needed(wanted / 15, within=len(prices))
    first = cheapest_plan(curve(*prices), need, MIDNIGHT, preferences=preferences)
    left = replace(need, energy_kwh=len(minutes_on(first, passed)) / 15)
    now = MIDNIGHT + passed * MINUTE

    second = replan(curve(*prices), left, now, first, preferences=preferences, is_running=first.is_active(now - MINUTE))

    assert minutes_on(second, passed) == minutes_on(first, passed)

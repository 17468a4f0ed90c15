from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_charging.planning.charge_request import ChargeRequest, Load
from smart_charging.planning.cheapest import cheapest_plan
from smart_charging.planning.plan import Plan
from smart_charging.planning.preferences import Preferences
from smart_charging.planning.price_limit import PriceLimit
from smart_charging.planning.shared import shared_plan
from worlds.pictures import MIDNIGHT, QUARTER, curve, drawn, needed


def wants(name: str, quarters: float, within: float, *, power_kw: float = 4.0, **more: Any) -> ChargeRequest:
    return ChargeRequest(charger_id=name, need=needed(quarters, within, power_kw=power_kw), **more)


def pictures(plans: Mapping[str, Plan], quarters: int) -> dict[str, str]:
    return {name: drawn(plan, quarters) for name, plan in plans.items()}


def joint(
    prices: Sequence[float], *requests: ChargeRequest, limit_kw: float, loads: Sequence[Load] = ()
) -> dict[str, str]:
    plans = shared_plan(curve(*prices), requests, limit_kw=limit_kw, now=MIDNIGHT, loads=loads)
    return pictures(plans, len(prices))


def peak_kw(plans: Mapping[str, Plan], requests: Sequence[ChargeRequest], house: Load) -> float:
    """The most that is taken at any moment when a car charges."""
    powers = {request.charger_id: request.need.power_kw for request in requests}
    starts = [block.start for plan in plans.values() for block in plan.blocks]
    moments = [*starts, *(house.start for plan in plans.values() if plan.is_active(house.start))]
    return max(
        (
            sum(powers[name] for name, plan in plans.items() if plan.is_active(at))
            + (house.power_kw if house.start <= at < house.end else 0)
            for at in moments
        ),
        default=0,
    )


def test_cars_that_fit_together_all_get_the_cheapest() -> None:
    plans = joint([3, 1, 2], wants("a", 1, 3), wants("b", 1, 3), limit_kw=8)

    assert plans == {"a": ".#.", "b": ".#."}


def test_cars_that_do_not_fit_together_share_the_cheap_slots() -> None:
    plans = joint([3, 1, 2], wants("a", 1, 3), wants("b", 1, 3), limit_kw=7)

    assert sorted(plans.values()) == [".#.", "..#"]


def test_a_car_that_can_wait_gives_way_to_one_that_cannot() -> None:
    plans = joint([1, 2, 3], wants("patient", 1, 3), wants("hurried", 1, 1), limit_kw=4)

    assert plans == {"patient": ".#.", "hurried": "#.."}


def test_a_chain_of_cars_gives_way() -> None:
    plans = joint([1, 2, 3, 9], wants("a", 1, 4), wants("b", 1, 3), wants("c", 1, 2), wants("d", 1, 1), limit_kw=4)

    assert plans == {"a": "...#", "b": "..#.", "c": ".#..", "d": "#..."}


def test_chargers_of_different_power_fit_at_every_moment() -> None:
    requests = [wants("big", 2, 4, power_kw=11), wants("small", 2, 4), wants("other", 2, 4)]

    plans = joint([1, 2, 3, 4], *requests, limit_kw=12)

    assert plans == {"big": "##..", "small": "..##", "other": "..##"}


def test_cars_that_take_turns_change_no_more_often_than_they_must() -> None:
    rarely = Preferences(start_cost=0.1)

    plans = joint(
        [3, 2, 3, 2, 3], wants("a", 2, 4, preferences=rarely), wants("b", 3, 5, preferences=rarely), limit_kw=7
    )

    assert plans == {"a": "##...", "b": "..###"}


def test_turns_are_not_put_together_where_that_costs_more_than_starts() -> None:
    rarely = Preferences(start_cost=0.1)
    big, small = wants("big", 2, 4, power_kw=7, preferences=rarely), wants("small", 2, 4, preferences=rarely)

    assert joint([1, 9, 1, 9], big, small, limit_kw=7) == {"big": "#.#.", "small": ".#.#"}


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 2)), min_size=2, max_size=2))
def test_at_one_price_each_of_two_cars_has_one_turn(needs: list[tuple[int, int]]) -> None:
    ends = [needs[0][0] + needs[0][1], sum(quarters for quarters, _ in needs) + needs[1][1]]
    requests = [wants(name, needs[car][0], ends[car]) for car, name in enumerate("ab")]

    plans = shared_plan(curve(*[2] * 10), requests, limit_kw=4, now=MIDNIGHT)

    assert [len(plan.blocks) for plan in plans.values()] == [1, 1]
    assert not any(plan.shortfall_kwh for plan in plans.values())


def test_the_house_comes_first() -> None:
    cooking = Load(start=MIDNIGHT + QUARTER, end=MIDNIGHT + 1.5 * QUARTER, power_kw=3)

    assert joint([2, 1, 3], wants("a", 1, 3), limit_kw=6, loads=[cooking]) == {"a": "#.."}


def test_a_charger_on_one_phase_takes_it_from_those_on_three() -> None:
    single = wants("single", 1, 2, power_kw=3.68, load_kw=11.04)

    plans = joint([1, 2], single, wants("other", 1, 2), limit_kw=13.8)

    assert sorted(plans.values()) == ["#.", ".#"]


def test_loads_add_up() -> None:
    loads = [Load(start=MIDNIGHT, end=MIDNIGHT + QUARTER, power_kw=1)] * 3

    assert joint([1, 2], wants("a", 1, 2), limit_kw=6, loads=loads) == {"a": ".#"}


def test_a_car_that_is_still_to_come_is_planned_for() -> None:
    late = wants("late", 1, 2, arrives_at=MIDNIGHT + QUARTER)

    assert joint([5, 1, 9], wants("early", 1, 3), late, limit_kw=4) == {"early": "#..", "late": ".#."}


def test_when_not_all_can_be_ready_the_lower_priority_goes_short_and_says_why() -> None:
    requests = [wants("guest", 2, 3), wants("mine", 2, 3, priority=1)]

    plans = shared_plan(curve(1, 2, 3), requests, limit_kw=4, now=MIDNIGHT)

    assert pictures(plans, 3) == {"guest": "..#", "mine": "##."}
    assert plans["guest"].shortfall_kwh == 1
    assert plans["guest"].shortfall_reason == "the fuse is shared"


def test_of_cars_for_which_as_much_is_kept_free_the_one_that_takes_all_of_it_comes_first() -> None:
    weak = wants("weak", 4, 5, power_kw=4, load_kw=11)
    strong = wants("strong", 3, 5, power_kw=11, load_kw=11)

    plans = shared_plan(curve(1, 1, 1, 1, 1), [weak, strong], limit_kw=12, now=MIDNIGHT)

    assert plans["strong"].shortfall_kwh == 0
    assert plans["weak"].shortfall_kwh == 2


def test_time_that_others_leave_within_a_slot_is_used_before_a_car_goes_short() -> None:
    plans = shared_plan(curve(1, 2), [wants("a", 1.5, 2), wants("b", 0.5, 2)], limit_kw=4, now=MIDNIGHT)

    assert not any(plan.shortfall_kwh for plan in plans.values())


def test_the_margin_is_given_up_before_a_car_goes_short() -> None:
    requests = [
        ChargeRequest(charger_id=name, need=replace(needed(2, within=4), margin=QUARTER)) for name in ("a", "b")
    ]

    plans = shared_plan(curve(1, 2, 3, 4), requests, limit_kw=4, now=MIDNIGHT)

    assert not any(plan.shortfall_kwh for plan in plans.values())


def test_no_more_than_half_of_the_margins_is_given_up_where_that_will_do() -> None:
    hour = timedelta(hours=1)
    requests = [
        ChargeRequest(charger_id=name, need=replace(needed(1.9, within=5), margin=hour / 2)) for name in ("a", "b")
    ]

    plans = shared_plan(curve(9, 9, 3, 2, 1), requests, limit_kw=4, now=MIDNIGHT)

    assert not any(plan.shortfall_kwh for plan in plans.values())
    assert max(block.end for plan in plans.values() for block in plan.blocks) <= MIDNIGHT + hour


@pytest.mark.parametrize(("quarters", "late_goes_first"), [(3, True), (5, False)])
def test_a_car_that_is_late_anyway_makes_no_other_one_late(quarters: float, *, late_goes_first: bool) -> None:
    late = wants("late", 2, 0)

    plans = shared_plan(curve(*[1] * 16), [late, wants("other", quarters, 6)], limit_kw=4, now=MIDNIGHT)

    assert not plans["other"].shortfall_kwh
    assert plans["late"].is_active(MIDNIGHT) is late_goes_first


def test_the_minimum_of_each_comes_first_as_far_as_the_fuse_allows() -> None:
    requests = [ChargeRequest(charger_id=name, need=replace(needed(2, within=5), minimum_kwh=1)) for name in ("a", "b")]

    plans = joint([9, 8, 7, 2, 1], *requests, limit_kw=4)

    assert sorted(plans.values()) == ["#..#.", ".#..#"] or sorted(plans.values()) == ["#...#", ".#.#."]


def test_a_car_after_its_departure_goes_on_at_once() -> None:
    overdue = replace(wants("overdue", 1, 0), priority=1)

    assert joint([5, 1, 1], overdue, wants("other", 1, 3), limit_kw=4)["overdue"] == "#.."


def test_every_car_keeps_its_own_preferences() -> None:
    frugal = wants("frugal", 2, 3, preferences=Preferences(limit=PriceLimit(highest_per_kwh=2)))

    assert joint([3, 1, 2], frugal, wants("other", 2, 3), limit_kw=8) == {"frugal": ".##", "other": ".##"}


def test_a_start_has_to_save_its_cost_in_a_joint_plan_too() -> None:
    preferences = Preferences(start_cost=2)

    plans = joint(
        [1, 9, 2, 1.5, 9],
        wants("a", 2, 5, preferences=preferences),
        wants("b", 2, 5, preferences=preferences),
        limit_kw=8,
    )

    assert plans == {"a": "..##.", "b": "..##."}


def test_a_load_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Load(start=MIDNIGHT.replace(tzinfo=None), end=MIDNIGHT, power_kw=1)


def test_a_car_alone_is_planned_as_without_a_fuse() -> None:
    prices, preferences = curve(3, 1, 2, 1, 3), Preferences(start_cost=0.4)
    request = wants("a", 2.4, 5, preferences=preferences)

    plans = shared_plan(prices, [request], limit_kw=4, now=MIDNIGHT)

    assert plans["a"].blocks == cheapest_plan(prices, request.need, MIDNIGHT, preferences=preferences).blocks


def every_way(prices: Sequence[int], requests: Sequence[tuple[int, int, int]], places: int) -> Iterator[int]:
    """Costs of all ways to give each car (first, last, quarters) its quarters, so many cars at a time."""
    choices = [list(combinations(range(first, last), count)) for first, last, count in requests]
    for chosen in product(*choices):
        if all(sum(slot in some for some in chosen) <= places for slot in range(len(prices))):
            yield sum(prices[slot] for some in chosen for slot in some)


cars = st.tuples(st.integers(0, 2), st.integers(3, 5), st.integers(1, 3)).filter(lambda car: car[1] - car[0] >= car[2])


@given(st.lists(st.integers(-9, 9), min_size=5, max_size=5), st.lists(cars, min_size=1, max_size=4), st.integers(1, 2))
def test_no_joint_plan_of_equal_chargers_is_cheaper(
    prices: list[int], cars: list[tuple[int, int, int]], places: int
) -> None:
    requests = [
        wants(str(i), count, last, arrives_at=MIDNIGHT + first * QUARTER) for i, (first, last, count) in enumerate(cars)
    ]
    costs = list(every_way(prices, cars, places))

    plans = shared_plan(curve(*prices), requests, limit_kw=4 * places + 1, now=MIDNIGHT)

    assert any(plan.shortfall_kwh for plan in plans.values()) == (not costs)
    assert not costs or sum(plan.cost or 0 for plan in plans.values()) == pytest.approx(min(costs))


@given(
    st.lists(st.integers(-9, 9), min_size=6, max_size=8),
    st.lists(st.tuples(st.floats(0.2, 6), st.integers(1, 6), st.sampled_from([3.7, 7.4, 11, 22])), max_size=5),
    st.floats(0, 30),
    st.sampled_from([0.0, 1.0]),
)
def test_the_fuse_is_never_exceeded(
    prices: list[int], cars: list[tuple[float, int, float]], limit_kw: float, start_cost: float
) -> None:
    preferences = Preferences(start_cost=start_cost)
    requests = [wants(str(i), q, end, power_kw=kw, preferences=preferences) for i, (q, end, kw) in enumerate(cars)]
    house = Load(start=MIDNIGHT + timedelta(minutes=20), end=MIDNIGHT + timedelta(minutes=70), power_kw=2)

    plans = shared_plan(curve(*prices), requests, limit_kw=limit_kw, now=MIDNIGHT, loads=[house])

    assert peak_kw(plans, requests, house) <= limit_kw + 1e-6


@given(st.lists(st.tuples(st.floats(0, 5), st.floats(-6, 8), st.booleans()), min_size=1, max_size=3))
def test_no_slot_of_a_joint_plan_ends_before_it_starts(cars: list[tuple[float, float, bool]]) -> None:
    requests = [wants(str(number), quarters, within) for number, (quarters, within, _) in enumerate(cars)]
    requests = [
        replace(one, need=replace(one.need, minimum_kwh=one.need.energy_kwh if is_urgent else 0.0))
        for one, (_, _, is_urgent) in zip(requests, cars, strict=True)
    ]

    plans = shared_plan(curve(3, 1, 2, 5, 4), requests, limit_kw=7, now=MIDNIGHT + 1.5 * QUARTER)

    assert all(slot.start < slot.end and slot.energy_kwh >= 0 for plan in plans.values() for slot in plan.slots)

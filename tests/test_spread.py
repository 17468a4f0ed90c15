"""Caps on the billed load: what they close, what they cost, and that the car is ready all the same."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smart_charging.planning.charge_request import ChargeRequest
from smart_charging.planning.cheapest import cheapest_plan
from smart_charging.planning.need import Need
from smart_charging.planning.peak_chance import ExpectedLoads
from smart_charging.planning.peak_fee import HOUR, QUARTER, PeakFee, Per, Weight
from smart_charging.planning.peak_night import PeakMonth
from smart_charging.planning.plan import Plan
from smart_charging.planning.preferences import Preferences
from smart_charging.planning.spread import Spread, spread
from worlds.pictures import curve

EVENING = datetime(2027, 1, 12, 18, 0, tzinfo=UTC)
MORNING = EVENING + 12 * HOUR
DEAR_PEAK = PeakFee(highest=1, per_kw=50.0)
FLAT = [1.0] * 12


def request(energy_kwh: float = 22.0, **preferences: float) -> ChargeRequest:
    need = Need(energy_kwh=energy_kwh, power_kw=11, ready_by=MORNING)
    return ChargeRequest(charger_id="1", need=need, preferences=Preferences(**preferences))  # type: ignore[arg-type]  # floats


def decided(
    fee: PeakFee, *, prices: Sequence[float] = FLAT, house_kw: Sequence[float] = (1.0,) * 12, energy_kwh: float = 22.0,
    values_kw: Mapping[str, float] | None = None, now: datetime = EVENING, **preferences: float,
) -> tuple[Spread, Plan]:  # fmt: skip
    month = PeakMonth(fee=fee, values_kw=values_kw or {}, nights_left=10)
    wanted = request(energy_kwh, **preferences)

    def load_kw(at: datetime) -> float:
        return house_kw[min(11, max(0, int((at - EVENING) / HOUR)))]

    night = curve(*prices, step=HOUR, start=EVENING)
    found = spread(wanted, now, night, [month], load_kw)
    both = Preferences(closed=found.closed, **preferences)  # type: ignore[arg-type]  # floats
    return found, cheapest_plan(night, wanted.need, now, preferences=both)


def highest_kw(plan: Plan, house_kw: Sequence[float], interval: timedelta = HOUR) -> float:
    """The highest mean of house and car, worked out in minutes."""
    per = int(interval / timedelta(minutes=1))
    minutes = [
        house_kw[minute // 60] + 11.0 * plan.is_active(EVENING + timedelta(minutes=minute)) for minute in range(720)
    ]
    return max(sum(minutes[first : first + per]) / per for first in range(0, 720, per))


@settings(max_examples=60, deadline=None)
@given(
    prices=st.lists(st.floats(-0.5, 3), min_size=12, max_size=12),
    house_kw=st.lists(st.floats(0.2, 6), min_size=12, max_size=12),
    energy_kwh=st.floats(1, 100),
    start_cost=st.sampled_from([0.0, 0.3]),
)
def test_the_plan_keeps_its_cap_and_brings_the_energy(
    prices: list[float], house_kw: list[float], energy_kwh: float, start_cost: float
) -> None:
    found, plan = decided(DEAR_PEAK, prices=prices, house_kw=house_kw, energy_kwh=energy_kwh, start_cost=start_cost)

    assert plan.shortfall_kwh == 0
    assert highest_kw(plan, house_kw) <= max(found.caps_kw[0], *house_kw) + 0.2  # minutes are cut off


def test_energy_is_spread_evenly_where_waiting_costs_nothing() -> None:
    _, plan = decided(DEAR_PEAK)

    assert highest_kw(plan, [1.0] * 12) <= 1 + 22 / 11 + 0.6


def test_hours_in_which_the_house_takes_much_are_left_out() -> None:
    house_kw = [6.0, 6.0, *[1.0] * 10]

    _, plan = decided(DEAR_PEAK, house_kw=house_kw)

    assert highest_kw(plan, house_kw) <= 6.01


def test_a_price_that_outweighs_the_peak_is_taken_in_full() -> None:
    found, plan = decided(PeakFee(highest=1, per_kw=0.1), prices=[*[3.0] * 5, 0.1, 0.1, *[3.0] * 5])

    assert highest_kw(plan, [1.0] * 12) > 11
    assert found.saved == 0


def test_what_the_month_has_reached_already_is_free() -> None:
    paid = {"2027-01-03": 9.0}

    found, plan = decided(DEAR_PEAK, values_kw=paid, prices=[*[1.0] * 5, 0.5, 0.5, 0.5, *[1.0] * 4])

    assert 6 < highest_kw(plan, [1.0] * 12) <= 9.01
    assert found.dearer == pytest.approx(0, abs=0.01)


def test_another_month_is_not_paid_for_by_this_one() -> None:
    last_month = {"2026-12-30": 12.0}

    _, plan = decided(DEAR_PEAK, values_kw=last_month)

    assert highest_kw(plan, [1.0] * 12) < 4


def test_a_plan_stays_just_below_a_step() -> None:
    steps = PeakFee(highest=1, steps=[(5.0, 200.0), (10.0, 201.0), (15.0, 600.0)])

    _, plan = decided(steps, prices=[*[1.0] * 5, 0.2, 0.2, 0.2, *[1.0] * 4])

    assert 8 < highest_kw(plan, [1.0] * 12) < 10


def test_hours_that_count_by_half_take_twice_as_much() -> None:
    nights = PeakFee(
        highest=1, per_kw=50.0, weights=(Weight(from_minute=22 * 60, to_minute=6 * 60, factor=0.5), Weight())
    )

    _, plan = decided(nights)

    evening = [block for block in plan.blocks if block.start < EVENING + 4 * HOUR]
    assert evening == []


def test_where_quarters_are_billed_a_house_peak_is_avoided() -> None:
    house_kw = [5.0, 5.0, 5.0, *[0.5] * 9]
    quarters = PeakFee(interval=QUARTER, highest=1, per_kw=5.0)

    _, plan = decided(quarters, house_kw=house_kw, prices=[0.95, 0.95, 0.95, *[1.0] * 9], start_cost=0.3)

    assert highest_kw(plan, house_kw, QUARTER) <= 11.6


def test_the_third_highest_hour_leaves_two_free() -> None:
    third = PeakFee(highest=3, of=Per.INTERVAL, is_nth=True, per_kw=50.0)

    _, plan = decided(third, prices=[*[1.0] * 5, 0.1, 0.1, *[1.0] * 5])

    assert plan.average_price_per_kwh == pytest.approx(0.1, abs=0.35)


def test_a_start_that_costs_more_than_it_saves_is_not_made() -> None:
    cheap_fee = PeakFee(highest=1, per_kw=1.0)

    _, many = decided(cheap_fee)
    _, few = decided(cheap_fee, start_cost=2.0)

    assert len(few.blocks) < len(many.blocks)


def test_caps_stay_while_others_save_less_than_a_start() -> None:
    month = PeakMonth(fee=DEAR_PEAK, nights_left=10)
    wanted, night = request(start_cost=0.3), curve(*FLAT, step=HOUR, start=EVENING)
    first = spread(wanted, EVENING, night, [month], lambda _at: 1.0)

    later = spread(wanted, EVENING, night, [month], lambda _at: 0.99, before=first.caps_kw)

    assert later.caps_kw == first.caps_kw


def test_a_car_that_leaves_too_soon_for_any_cap_has_none() -> None:
    found, plan = decided(DEAR_PEAK, energy_kwh=129)

    assert not found.closed
    assert plan.shortfall_kwh == 0


def reached_kw(**month: Any) -> float:
    """The highest hour of a plan, where a step ends at 5 kW."""
    steps = PeakFee(highest=1, steps=[(5.0, 200.0), (15.0, 600.0)])
    wanted, night = request(), curve(*FLAT[:11], 0.99, step=HOUR, start=EVENING)
    found = spread(wanted, EVENING, night, [PeakMonth(fee=steps, nights_left=10, **month)], lambda _at: 1.0)
    plan = cheapest_plan(night, wanted.need, EVENING, preferences=Preferences(closed=found.closed))
    return highest_kw(plan, FLAT)


def test_a_plan_keeps_further_away_from_a_step_where_loads_stray() -> None:
    assert reached_kw(stray_kw=lambda _at: 0.5) < 4.1 < reached_kw(stray_kw=lambda _at: 0.0) < 5


def longest_in_an_hour(found: Spread, start: datetime, end: datetime) -> timedelta:
    hours = [start + number * HOUR for number in range((end - start) // HOUR)]
    return max(
        sum((max(timedelta(), min(on.end, at + HOUR) - max(on.start, at)) for on in found.on), timedelta())
        for at in hours
    )


def test_hours_in_which_the_load_strays_much_are_charged_in_less() -> None:
    steps = PeakFee(highest=1, steps=[(5.0, 200.0), (15.0, 600.0)])
    calm_from = EVENING + 6 * HOUR
    month = PeakMonth(fee=steps, nights_left=10, stray_kw=lambda at: 0.1 if at >= calm_from else 0.8)
    night = curve(*[0.9] * 6, *[1.0] * 6, step=HOUR, start=EVENING)

    found = spread(request(), EVENING, night, [month], lambda _at: 1.0)

    restless, calm = (longest_in_an_hour(found, first, first + 6 * HOUR) for first in (EVENING, calm_from))
    assert restless <= timedelta(minutes=10) < timedelta(minutes=15) <= calm


def test_a_step_that_the_house_exceeds_anyway_is_not_kept_to() -> None:
    assert reached_kw(alone=ExpectedLoads(mean_kw=7.0, deviation_kw=0.5, draws=10)) > 8


def test_a_step_that_the_house_may_exceed_is_kept_to_as_long_as_it_has_not() -> None:
    assert reached_kw(alone=ExpectedLoads(mean_kw=4.0, deviation_kw=0.7, draws=10)) < 5

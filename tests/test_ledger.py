"""Energy and money of one session, whenever it was looked at and whatever was known then."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_charging.charger import Charge, ChargeState
from smart_charging.prices.curve import PriceCurve
from smart_charging.services.sessions.ledger import Ledger
from worlds.pictures import MIDNIGHT, QUARTER, curve

MINUTE = timedelta(minutes=1)
POWER_KW = 4.0
"""A quarter of an hour is 1 kWh."""


def charge(consumed_kwh: float | None = None, *, key: str = "1", started_at: datetime = MIDNIGHT) -> Charge:
    return Charge(
        id=key,
        charger_id="7",
        state=ChargeState.CHARGING,
        created_at=started_at,
        started_at=started_at,
        consumed_kwh=consumed_kwh,
    )


def full(consumed_kwh: float, at: datetime) -> Charge:
    return replace(charge(consumed_kwh), state=ChargeState.PAUSED, fully_charged_at=at)


def over(one: Charge, at: datetime) -> Charge:
    return replace(one, state=ChargeState.STOPPED, stopped_at=at)


def ledger() -> Ledger:
    return Ledger.begin(MIDNIGHT)


def restarted(one: Ledger) -> Ledger:
    return Ledger.from_dict(json.loads(json.dumps(one.to_dict())))


def at(quarters: float) -> datetime:
    return MIDNIGHT + quarters * QUARTER


def as_of(minute: int, *, start: int, end: int) -> Charge:
    """A charge that runs at full power between two minutes."""
    now, begun, ended = (MIDNIGHT + m * MINUTE for m in (minute, start, end))
    consumed = max(timedelta(0), min(now, ended) - begun) / timedelta(hours=1) * POWER_KW
    running = charge(consumed, started_at=begun)
    return running if now < ended else over(running, ended)


def integral(prices: Sequence[int], start: int, end: int) -> float:
    return sum(prices[minute // 15] * POWER_KW / 60 for minute in range(start, end))


@given(
    st.lists(st.integers(-50, 50), min_size=8, max_size=8),
    st.tuples(st.integers(0, 120), st.integers(0, 120)).map(sorted),
    st.lists(st.tuples(st.integers(0, 120), st.booleans(), st.booleans()), max_size=8).map(sorted),
)
def test_the_cost_is_that_of_the_time_it_flowed_in_whenever_it_was_looked_at(
    prices: list[int], run: list[int], looks: list[tuple[int, bool, bool]]
) -> None:
    (start, end), one, known = run, ledger(), curve(*prices)
    for minute, has_prices, is_restarted in looks:
        if minute >= start:
            one.update([as_of(minute, start=start, end=end)], known if has_prices else PriceCurve(), at(minute / 15))
        one = restarted(one) if is_restarted else one

    one.update([as_of(130, start=start, end=end)], known, at(9))

    assert one.energy_kwh == pytest.approx((end - start) / 15)
    assert one.cost == pytest.approx(integral(prices, start, end))


@given(st.lists(st.integers(-50, 50), min_size=8, max_size=8), st.lists(st.integers(0, 120), max_size=6).map(sorted))
def test_prices_the_source_has_forgotten_still_count(prices: list[int], looks: list[int]) -> None:
    one, known = ledger(), curve(*prices)
    one.update([], known, MIDNIGHT)
    for minute in [*looks, 120]:
        now = MIDNIGHT + minute * MINUTE
        one = restarted(one)
        one.update([as_of(minute, start=0, end=120)], known.between(now, at(8)), now)

    assert one.cost == pytest.approx(integral(prices, 0, 120))
    assert one.cost_at_once(MIDNIGHT, 2 * POWER_KW) == pytest.approx(2 * integral(prices, 0, 60))


def test_an_empty_ledger_holds_nothing_at_no_cost() -> None:
    one = ledger()

    one.update([], PriceCurve(), MIDNIGHT)

    assert (one.energy_kwh, one.cost, one.currency, one.starts) == (0.0, 0.0, None, 0)


def test_energy_of_unknown_price_makes_the_cost_unknown_until_the_price_is_told() -> None:
    one = ledger()

    one.update([charge(2.0)], curve(3), at(2))
    before = one.cost
    one.update([charge(2.0)], curve(None, 5), at(3))

    assert (before, one.cost, one.currency) == (None, 8.0, "EUR")


def test_an_expected_price_is_not_yet_one() -> None:
    one = ledger()
    expected = PriceCurve([replace(slot, is_estimate=True) for slot in curve(3)], "EUR")

    one.update([charge(1.0)], expected, at(1))

    assert one.cost is None
    assert one.cost_at_once(MIDNIGHT, POWER_KW) is None


def test_energy_at_negative_prices_brings_money() -> None:
    one = ledger()

    one.update([charge(2.0)], curve(-3, 1), at(2))

    assert one.cost == -2.0


def test_prices_of_another_currency_are_not_mixed_in() -> None:
    one = ledger()
    one.update([charge(1.0)], curve(3), at(1))

    one.update([charge(2.0)], PriceCurve(curve(3, 30).slots, "DKK"), at(2))

    assert (one.cost, one.currency) == (None, "EUR")


def test_a_correction_of_a_price_counts_for_what_flows_from_then_on() -> None:
    one = ledger()
    one.update([charge(1.0)], curve(3, 3), at(1))

    one.update([charge(2.0)], curve(7, 7), at(2))

    assert one.cost == 10.0


def test_hourly_prices_give_way_to_quarters_without_a_gap() -> None:
    one = ledger()
    one.update([], curve(8, 8, step=timedelta(hours=1)), MIDNIGHT)

    one.update([charge(8.0)], curve(None, 1, 2, None), at(8))

    assert one.cost == 8 + 1 + 2 + 5 * 8


@pytest.mark.parametrize("consumed", [None, 0.0, 0.5, -1.0, float("nan"), float("inf")])
def test_a_meter_that_goes_back_or_says_nonsense_counts_nothing(consumed: float | None) -> None:
    one = ledger()
    one.update([charge(1.0)], curve(3, 3), at(1))

    one.update([charge(consumed)], curve(3, 3), at(1.5))
    one.update([charge(2.0)], curve(3, 3), at(2))

    assert (one.energy_kwh, one.starts) == (2.0, 1)
    assert one.cost == pytest.approx(6.0)


def test_energy_that_went_unread_is_spread_from_the_last_reading() -> None:
    one = ledger()
    one.update([charge(1.0)], curve(1, 2, 4), at(1))

    one.update([charge(None)], curve(1, 2, 4), at(2))
    one.update([charge(3.0)], curve(1, 2, 4), at(3))

    assert one.cost == 7.0


def test_the_same_reading_twice_counts_once() -> None:
    one = ledger()

    for _ in range(3):
        one.update([charge(1.0)], curve(3), at(1))

    assert (one.energy_kwh, one.cost) == (1.0, 3.0)


def test_a_clock_that_was_put_back_counts_everything_once() -> None:
    one = ledger()
    one.update([charge(1.0)], curve(1, 2, 4), at(3))

    one.update([charge(2.0)], curve(1, 2, 4), at(1))
    one.update([charge(3.0)], curve(1, 2, 4), at(2))

    assert one.energy_kwh == 3.0
    assert one.cost == pytest.approx(7 / 3 + 1 + 2)


def test_the_last_energy_of_a_charge_is_priced_before_its_end_however_late_it_is_told() -> None:
    one = ledger()
    one.update([over(charge(0.9), at(1))], curve(3, 50), at(1))

    one.update([over(charge(1.0), at(1))], curve(3, 50), at(2))

    assert one.cost == pytest.approx(3.0)


def test_nothing_flows_into_a_full_car_that_is_still_connected() -> None:
    one = ledger()

    one.update([full(1.0, at(1))], curve(3, 50, 50), at(3))

    assert one.cost == 3.0


def test_a_car_that_takes_energy_again_pays_for_the_time_it_does() -> None:
    one = ledger()
    one.update([full(1.0, at(1))], curve(3, 0, 50), at(2))

    one.update([full(2.0, at(1))], curve(3, 0, 50), at(3))

    assert one.cost == 53.0


def test_a_charge_from_before_the_session_counts_from_its_start() -> None:
    one = Ledger.begin(at(3))

    one.update([charge(4.0)], curve(1, 2, 4, 8), at(4))

    assert one.cost == 15.0


def test_only_charges_that_delivered_something_are_starts() -> None:
    one = ledger()

    one.update([charge(1.0), charge(0.0, key="2"), charge(None, key="3"), charge(1.0, key="4")], curve(3), at(1))

    assert one.starts == 2


def test_a_running_charge_is_worth_keeping_once_a_quarter_and_a_rest_never() -> None:
    one = ledger()
    minutes = [0, 1, 14, 15, 16, 29, 30, 31, 45, 60, 600]

    kept = [m for m in minutes if one.update([as_of(m, start=0, end=30)], curve(3, 3), MIDNIGHT + m * MINUTE)]

    assert kept == [0, 15, 30]


def test_facts_are_plain_data_that_bring_everything_back() -> None:
    one = ledger()
    one.update([charge(3.0)], curve(3, None, 4), at(3))

    assert restarted(one) == one


def test_a_car_that_stays_for_weeks_leaves_no_weeks_of_prices() -> None:
    one = ledger()
    for day in range(30):
        start = MIDNIGHT + timedelta(days=day)
        one.update([], curve(*range(24), step=timedelta(hours=1), start=start), start)

    assert len(one.prices.curve) <= 5 * 24
    assert one.prices.curve.price_at(MIDNIGHT) == 0
    assert one.prices.curve.price_at(MIDNIGHT + timedelta(days=29)) == 0


@pytest.mark.parametrize(
    ("power_kw", "cost"), [pytest.param(1.0, None, id="longer than prices are known"), (2.0, 12.0), (4.0, 8.0)]
)
def test_charging_at_once_begins_with_the_cable_and_takes_its_time(power_kw: float, cost: float | None) -> None:
    one = ledger()

    one.update([charge(2.0, started_at=at(4))], curve(50, 2, 6, 4, 12), at(6))

    assert one.cost_at_once(at(1), power_kw) == cost


@pytest.mark.parametrize("year", [1, 1970, 2020, 9999])
@pytest.mark.parametrize("stamp", ["started_at", "created_at", "stopped_at", "fully_charged_at"])
def test_a_stamp_of_any_year_fills_no_memory_and_loses_no_energy(stamp: str, year: int) -> None:
    one = replace(charge(2.0), **{stamp: datetime(year, 1, 1, tzinfo=MIDNIGHT.tzinfo)})  # type: ignore[arg-type]
    books = ledger()

    books.update([one], PriceCurve(), at(4))

    assert books.energy_kwh == 2
    assert sum(books.to_dict()["unsettled_kwh"].values()) == pytest.approx(2)
    assert len(books.to_dict()["unsettled_kwh"]) < 300

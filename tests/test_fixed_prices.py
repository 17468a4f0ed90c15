from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from smart_charging.config.arguments import parse
from smart_charging.config.prices import PriceSettings
from smart_charging.planning.cheapest import cheapest_plan
from smart_charging.planning.need import Need
from smart_charging.prices.fixed import fixed_prices
from smart_charging.prices.rates import Rate, flat
from smart_charging.services.pricing.feed import PriceFeed
from worlds.household import COPENHAGEN, LOG, MIDNIGHT, FakeHass, Household
from worlds.virtual_time import Clock

LONDON = ZoneInfo("Europe/London")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HALF_HOUR_NIGHT = [{"per_kwh": 0.07, "from_hour": "23:30", "to_hour": "05:30"}, {"per_kwh": 0.28}]
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


def feed(clock: Clock, hass: FakeHass | None = None, **written: Any) -> PriceFeed:
    hass = hass or FakeHass()
    return PriceFeed(parse(PriceSettings, written), hass, hass, hass, zone=COPENHAGEN, clock=clock, log=LOG)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=COPENHAGEN)


@pytest.fixture
def monday(clock: Clock) -> Clock:
    clock.at = MONDAY + 17 * HOUR
    return clock


def test_there_is_a_price_for_every_moment_asked_for_and_none_beyond() -> None:
    start, end = MONDAY + 7 * HOUR / 3, MONDAY + 20 * DAY

    curve = fixed_prices(flat(0.3), start, end, zone=LONDON, currency="GBP")

    assert (curve.slots[0].start, curve.known_until, curve.currency) == (start, end, "GBP")
    assert {slot.price_per_kwh for slot in curve} == {0.3}
    assert all(one.end == other.start for one, other in zip(curve, curve.slots[1:], strict=False))


def test_a_time_without_a_rate_is_a_hole() -> None:
    curve = fixed_prices([Rate(per_kwh=0.1, to_minute=90)], MONDAY, MONDAY + DAY, zone=LONDON)

    assert [(slot.start, slot.end) for slot in curve] == [
        (MONDAY, MONDAY + HOUR),
        (MONDAY + HOUR, MONDAY + 1.5 * HOUR),
    ]


def test_a_holiday_has_the_price_of_a_sunday() -> None:
    rates = [Rate(per_kwh=0.1, weekdays=[5, 6]), Rate(per_kwh=0.3)]

    curve = fixed_prices(rates, MONDAY, MONDAY + DAY, zone=LONDON, holidays={date(2026, 11, 23)})

    assert {slot.price_per_kwh for slot in curve} == {0.1}


def test_a_car_is_charged_in_the_cheap_half_hours_of_the_night() -> None:
    rates = [Rate(per_kwh=0.07, from_minute=23 * 60 + 30, to_minute=5 * 60 + 30), Rate(per_kwh=0.28)]
    now = datetime(2026, 11, 23, 18, tzinfo=LONDON)
    need = Need(energy_kwh=42, power_kw=7, ready_by=now + 13 * HOUR, margin=timedelta(0))

    plan = cheapest_plan(fixed_prices(rates, now, now + DAY, zone=LONDON), need, now=now)

    assert [(block.start, block.end) for block in plan.blocks] == [(now + 5.5 * HOUR, now + 11.5 * HOUR)]
    assert plan.cost == pytest.approx(42 * 0.07)


async def test_prices_without_a_source_are_known_for_days_to_come_and_for_days_gone_by(monday: Clock) -> None:
    prices = feed(monday, fixed=HALF_HOUR_NIGHT, price_currency="DKK")

    curve = await prices.read()

    assert [curve.price_at(local(24, 5, 29)), curve.price_at(local(24, 5, 30)), curve.price_at(local(30, 23, 30))] == [
        0.07,
        0.28,
        0.07,
    ]
    assert curve.known_until == local(23, 0) + 8 * DAY
    assert prices.history.price_at(local(17, 12)) == 0.28
    assert (prices.problem, prices.followed, curve.currency) == (None, (), "DKK")


async def test_another_day_is_added_at_midnight(monday: Clock) -> None:
    prices = feed(monday, fixed=0.3)
    before = (await prices.read()).known_until
    asked = prices.next_ask

    monday.at = local(24, 0).astimezone(UTC)
    after = (await prices.read()).known_until

    assert asked == local(24, 0)
    assert before is not None
    assert after is not None
    assert before < after
    assert monday.at + 7 * DAY < after


async def test_a_tariff_comes_on_top_of_a_fixed_price(monday: Clock) -> None:
    fees = [{"per_kwh": 0.2, "from_hour": "22:15", "to_hour": "06:45"}, {"per_kwh": 0.4}]
    prices = feed(monday, fixed=0.4, tariff={"vat": 0.25, "is_vat_on_spot_only": True, "grid_fees": fees})

    curve = await prices.read()

    assert [curve.price_at(local(23, 22, minute)) for minute in (14, 15)] == pytest.approx([0.9, 0.7])


async def test_a_tariff_may_be_all_there_is(monday: Clock) -> None:
    fees = [{"per_kwh": 0.31, "from_hour": 7, "to_hour": 23, "weekdays": ["mon"]}, {"per_kwh": 0.25}]
    prices = feed(monday, fixed=0, tariff={"markup": 0.25, "grid_fees": fees})

    curve = await prices.read()

    assert [curve.price_at(local(day, 12)) for day in (23, 24)] == pytest.approx([0.56, 0.5])
    assert prices.problem is None


async def test_the_holidays_of_the_tariff_count_for_fixed_prices(monday: Clock) -> None:
    rates = [{"per_kwh": 0.1, "weekdays": ["sat", "sun"]}, {"per_kwh": 0.3}]
    prices = feed(monday, fixed=rates, tariff={"holidays": [date(2026, 11, 24)]})

    curve = await prices.read()

    assert [curve.price_at(local(day, 12)) for day in (23, 24, 25)] == [0.3, 0.1, 0.3]


async def test_the_unit_of_fixed_prices_can_be_said(monday: Clock) -> None:
    curve = await feed(monday, fixed=28.9, price_unit="ct/kWh").read()

    assert curve.price_at(monday.at) == pytest.approx(0.289)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        pytest.param({"fixed": {"per_kwh": 0.1, "to_hour": 6}}, "fixed has no price for 2026-11-23 06:00", id="hole"),
        pytest.param({"fixed": 28.9, "price_currency": "EUR"}, "fixed: 28.9 EUR/kWh is no plausible price", id="cents"),
    ],
)
async def test_prices_that_cannot_be_right_are_a_problem(monday: Clock, written: dict[str, Any], words: str) -> None:
    prices = feed(monday, **written)

    await prices.read()
    monday.advance(minutes=5)
    await prices.read()

    assert words in (prices.problem or "")


async def test_other_rates_count_at_once_and_for_the_past(monday: Clock) -> None:
    hass = FakeHass()
    await feed(monday, hass, fixed=0.3).read()

    prices = feed(monday, hass, fixed=0.2)
    curve = await prices.read()

    assert {slot.price_per_kwh for slot in curve} == {0.2}
    assert {slot.price_per_kwh for slot in prices.history} == {0.2}


async def test_the_scheduler_waits_for_the_night_that_begins_at_half_past(home: Household) -> None:
    home.schedule(energy_kwh=22, common={"price_entity": [], "fixed": HALF_HOUR_NIGHT, "price_currency": "DKK"})
    home.plug_in()

    await home.live(hours=11)

    assert home.state("plan") == "done"
    assert home.charged_between(MIDNIGHT - HOUR / 2, MIDNIGHT + 5.5 * HOUR) == pytest.approx(22, abs=0.2)
    assert home.attributes("plan")["cost_so_far"] == pytest.approx(22 * 0.07, abs=0.02)

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from smart_charging.config.arguments import parse
from smart_charging.config.prices import PriceSettings
from smart_charging.config.tariff import TariffSettings
from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.fixed import fixed_prices
from smart_charging.prices.rates import Rate
from smart_charging.prices.tariff import Tariff
from smart_charging.services.pricing.tariffs import rates_of, tariff_of
from worlds.documentation import blocks
from worlds.pictures import curve

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
WORKDAYS = (0, 1, 2, 3, 4)
HOUR = timedelta(hours=1)


def examples(first: str) -> dict[str, dict[str, Any]]:
    """The documentation's, so that they cannot rot there."""
    (block,) = (text for text in blocks("yaml") if text.startswith(first))
    written: dict[str, dict[str, Any]] = yaml.safe_load(block)
    return written


TARIFFS = {country: tariff_of(parse(TariffSettings, written)) for country, written in examples("DK:").items()}
FIXED = {name: parse(PriceSettings, written) for name, written in examples("Norgespris:").items()}


def local(day: int, hour: int, month: int = 1, minute: int = 0, zone: str = "Europe/Copenhagen") -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("country", "spot", "moment", "lines"),
    [
        pytest.param("DK", 0.5, local(5, 18), [0.625, 0.025, 0.14375, 0.01, 1.1945], id="DK-winter-evening"),
        pytest.param("DK", 0.5, local(5, 12), [0.625, 0.025, 0.14375, 0.01, 0.3982], id="DK-winter-noon"),
        pytest.param("DK", 0.5, local(5, 20, month=7), [0.625, 0.025, 0.14375, 0.01, 0.5176], id="DK-summer-evening"),
        pytest.param("DK", 0.5, local(5, 21, month=7), [0.625, 0.025, 0.14375, 0.01, 0.1991], id="DK-summer-noon"),
        pytest.param("DK", 0.5, local(5, 3, month=7), [0.625, 0.025, 0.14375, 0.01, 0.1327], id="DK-night"),
        pytest.param("NO", 1.77, local(5, 12), [2.2125, -0.9 * (2.2125 - 0.9625), 0.4613], id="NO-day-with-support"),
        pytest.param("NO", 0.5, local(5, 23), [0.625, 0.2329], id="NO-night"),
        pytest.param("NO", 0.5, local(3, 12), [0.625, 0.2329], id="NO-weekend"),
        pytest.param("NO", 0.5, local(24, 12, month=12), [0.625, 0.2329], id="NO-Christmas-Eve"),
        pytest.param("SE", 0.5, local(5, 12), [0.625, 0.0625, 0.45, 0.445], id="SE"),
        pytest.param("FI", 0.1, local(3, 12), [0.1255, 0.00502, 0.028275, 0.0540], id="FI-winter-Saturday"),
        pytest.param("FI", 0.1, local(4, 12), [0.1255, 0.00502, 0.028275, 0.0152], id="FI-winter-Sunday"),
        pytest.param("FI", 0.1, local(1, 12, month=4), [0.1255, 0.00502, 0.028275, 0.0152], id="FI-summer"),
        pytest.param("NL", 0.1, local(5, 12), [0.121, 0.0242, 0.1108], id="NL"),
        pytest.param("BE", 0.1, local(5, 12), [0.106 * 1.06, 0.0503, 0.053], id="BE"),
        pytest.param("DE", 0.1, local(5, 4), [0.119, 0.0119, 0.0784, 0.0367], id="DE-night"),
        pytest.param("DE", 0.1, local(5, 4, minute=30), [0.119, 0.0119, 0.0784, 0.0915], id="DE-half-past-four"),
        pytest.param("DE", 0.1, local(5, 18), [0.119, 0.0119, 0.0784, 0.1396], id="DE-evening"),
        pytest.param("DE", 0.1, local(5, 18, month=7), [0.119, 0.0119, 0.0784, 0.0915], id="DE-summer-evening"),
        pytest.param("AT", 0.1, local(30, 12, month=9), [0.12, 0.0144, 0.0012, 0.0476], id="AT-summer-noon"),
        pytest.param("AT", 0.1, local(1, 12, month=10), [0.12, 0.0144, 0.0012, 0.0595], id="AT-winter-noon"),
    ],
)
def test_a_kwh_costs_the_lines_of_the_bill_with_their_vat(
    country: str, spot: float, moment: datetime, lines: list[float]
) -> None:
    assert TARIFFS[country].price(spot, moment, COPENHAGEN) == pytest.approx(sum(lines), abs=2e-4)


@pytest.mark.parametrize(
    ("name", "moment", "price"),
    [
        pytest.param("Norgespris", local(5, 6, zone="Europe/Oslo"), 0.50 + 0.4613, id="Norgespris-day"),
        pytest.param("Norgespris", local(5, 22, zone="Europe/Oslo"), 0.50 + 0.2329, id="Norgespris-night"),
        pytest.param("FR", local(5, 22, minute=29, zone="Europe/Paris"), 0.2065, id="FR-before-the-night"),
        pytest.param("FR", local(5, 22, minute=30, zone="Europe/Paris"), 0.1579, id="FR-night"),
        pytest.param("UK", local(5, 0, minute=29, month=7, zone="Europe/London"), 0.28, id="UK-before-the-night"),
        pytest.param("UK", local(5, 0, minute=30, month=7, zone="Europe/London"), 0.085, id="UK-night"),
        pytest.param("UK", local(5, 5, minute=30, month=7, zone="Europe/London"), 0.28, id="UK-morning"),
    ],
)
def test_a_kwh_without_spot_costs_what_the_contract_says(name: str, moment: datetime, price: float) -> None:
    zone = moment.tzinfo or UTC
    settings = FIXED[name]
    energy = fixed_prices(rates_of(settings.fixed), moment, moment + timedelta(minutes=1), zone=zone)

    all_in = (tariff_of(settings.tariff) if settings.tariff else Tariff()).applied(energy, zone)

    assert [slot.price_per_kwh for slot in all_in] == [pytest.approx(price)]


def test_a_holiday_counts_as_a_sunday() -> None:
    tariff = Tariff(grid_fees=(Rate(per_kwh=0.4, weekdays=WORKDAYS),), holidays=frozenset({date(2026, 1, 6)}))

    assert tariff.price(0, local(6, 12), COPENHAGEN) == 0
    assert tariff.price(0, local(7, 12), COPENHAGEN) == 0.4


def test_a_slot_is_cut_where_its_fee_changes() -> None:
    spot = curve(1, step=3 * HOUR, start=local(5, 4).astimezone(UTC))

    prices = Tariff(grid_fees=(Rate(per_kwh=1, from_minute=6 * 60),)).applied(spot, COPENHAGEN)

    assert [slot.price_per_kwh for slot in prices] == [1, 1, 2]


def test_fees_follow_the_clock_on_the_wall_when_it_changes() -> None:
    night = [datetime(2026, 10, 24, 22, tzinfo=UTC) + hours * HOUR for hours in range(6)]
    tariff = Tariff(grid_fees=(Rate(per_kwh=1, to_minute=3 * 60),))

    assert [tariff.price(0, moment, COPENHAGEN) for moment in night] == [1, 1, 1, 1, 0, 0]


def test_an_estimate_stays_one() -> None:
    spot = PriceCurve([replace(slot, is_estimate=True) for slot in curve(1, 2)])

    assert all(slot.is_estimate for slot in Tariff(vat=0.25).applied(spot, COPENHAGEN))


def tariff(**written: Any) -> Tariff:
    return tariff_of(parse(TariffSettings, written))


def test_a_slot_is_cut_at_the_minute_at_which_its_fee_changes() -> None:
    spot = curve(1, step=HOUR, start=local(5, 18).astimezone(UTC))
    evening = tariff(grid_fees=[{"per_kwh": 1, "from_hour": "18:15", "to_hour": "18:50"}])

    prices = evening.applied(spot, COPENHAGEN)

    assert [(slot.start.minute, slot.price_per_kwh) for slot in prices] == [(0, 1), (15, 2), (50, 1)]


def test_quarters_are_left_whole_where_a_fee_changes_between_them() -> None:
    spot = curve(*[1] * 8, start=local(5, 18).astimezone(UTC))

    prices = tariff(grid_fees=[{"per_kwh": 1, "from_hour": "18:15"}]).applied(spot, COPENHAGEN)

    assert [slot.price_per_kwh for slot in prices] == [1, 2, 2, 2, 2, 2, 2, 2]


def test_every_amount_may_have_its_hours() -> None:
    night = {"from_hour": "23:30", "to_hour": "05:30"}
    written = tariff(
        markup=[night | {"per_kwh": 0.01}, {"per_kwh": 0.02}],
        energy_tax=[{"per_kwh": 0.1, "months": [1]}, {"per_kwh": 0.2}],
        refund=night | {"per_kwh": 0.04},
        vat=0.5,
    )

    assert written.price(1, local(5, 4), COPENHAGEN) == pytest.approx((1 + 0.01 + 0.1) * 1.5 - 0.04)
    assert written.price(1, local(5, 12, month=7), COPENHAGEN) == pytest.approx((1 + 0.02 + 0.2) * 1.5)


def test_a_discount_is_a_markup_below_zero() -> None:
    assert tariff(markup=-0.05, vat=0.25).price(0.45, local(5, 12), COPENHAGEN) == pytest.approx(0.5)


def test_the_threshold_of_the_support_may_have_its_hours_and_outside_them_there_is_none() -> None:
    written = tariff(support_share=0.9, support_above={"per_kwh": 0.75, "from_hour": 6, "to_hour": 22})

    assert written.price(1.75, local(5, 12), COPENHAGEN) == pytest.approx(1.75 - 0.9)
    assert written.price(1.75, local(5, 23), COPENHAGEN) == 1.75


def test_support_without_a_threshold_counts_from_zero() -> None:
    assert tariff(support_share=0.5).price(1.2, local(5, 12), COPENHAGEN) == pytest.approx(0.6)


def test_support_goes_by_the_mean_of_the_hour_where_the_bill_does() -> None:
    spot = curve(0.2, 0.2, 1.6, 1.6, start=local(5, 20).astimezone(UTC))
    supported = {"support_share": 0.9, "support_above": 0.8}

    by_hour = tariff(average=60, **supported).applied(spot, COPENHAGEN)
    by_quarter = tariff(**supported).applied(spot, COPENHAGEN)

    assert [slot.price_per_kwh for slot in by_hour] == [pytest.approx(0.9 - 0.9 * 0.1)]
    assert [slot.price_per_kwh for slot in by_quarter] == pytest.approx([0.2, 0.2, 0.88, 0.88])


def test_a_fee_by_the_quarter_comes_on_top_of_a_price_by_the_hour() -> None:
    spot = curve(0.1, 0.3, 0.5, 0.7, start=local(5, 20).astimezone(UTC))
    fee = {"per_kwh": 1, "from_hour": "20:45", "to_hour": 24}

    prices = tariff(average=60, grid_fees=fee).applied(spot, COPENHAGEN)

    assert [slot.length for slot in prices] == [timedelta(minutes=45), timedelta(minutes=15)]
    assert [slot.price_per_kwh for slot in prices] == pytest.approx([0.4, 1.4])

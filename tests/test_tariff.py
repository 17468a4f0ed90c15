import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from pictures import curve
from smart_charging.config.arguments import parse
from smart_charging.config.tariff import TariffSettings
from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.rates import Rate
from smart_charging.prices.tariff import Tariff
from smart_charging.services.pricing.tariffs import tariff_of

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
WORKDAYS = (0, 1, 2, 3, 4)
HOUR = timedelta(hours=1)


def examples() -> dict[str, Tariff]:
    """The README's, so that they cannot rot there."""
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    (block,) = (
        text for text in re.findall(r"```yaml\n(.*?)```", readme, flags=re.DOTALL) if "is_vat_on_spot_only" in text
    )
    return {country: tariff_of(parse(TariffSettings, written)) for country, written in yaml.safe_load(block).items()}


EXAMPLES = examples()


def local(day: int, hour: int, month: int = 1) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=COPENHAGEN)


@pytest.mark.parametrize(
    ("country", "moment", "price"),
    [
        pytest.param("DK", local(5, 3), (0.5 + 0.03 + 0.25) * 1.25, id="DK night"),
        pytest.param("DK", local(5, 18), (0.5 + 0.03 + 1.00) * 1.25, id="DK winter evening"),
        pytest.param("DK", local(5, 18, month=7), (0.5 + 0.03 + 0.50) * 1.25, id="DK summer evening"),
        pytest.param("DK", local(5, 12), (0.5 + 0.03 + 0.40) * 1.25, id="DK noon"),
        pytest.param("NO", local(5, 23), 0.5 * 1.25 + 0.30, id="NO night"),
        pytest.param("NO", local(5, 12), 0.5 * 1.25 + 0.45, id="NO day"),
        pytest.param("NO", local(3, 12), 0.5 * 1.25 + 0.30, id="NO weekend"),
        pytest.param("SE", local(5, 12), (0.5 + 0.66) * 1.25, id="SE"),
        pytest.param("FI", local(5, 23), (0.5 + 0.0455) * 1.255, id="FI night"),
        pytest.param("NL", local(5, 12), (0.5 + 0.11) * 1.21, id="NL"),
        pytest.param("DE", local(5, 3), (0.5 + 0.0605) * 1.19, id="DE night"),
    ],
)
def test_a_kwh_costs_spot_and_all_that_is_added(country: str, moment: datetime, price: float) -> None:
    assert EXAMPLES[country].price(0.5, moment, COPENHAGEN) == pytest.approx(price)


def test_the_state_pays_its_share_of_what_is_above_the_threshold() -> None:
    assert EXAMPLES["NO"].price(1.77, local(5, 12), COPENHAGEN) == pytest.approx((1.77 - 0.9) * 1.25 + 0.45)


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

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from smart_charging.config.arguments import parse
from smart_charging.config.tariff import TariffSettings
from smart_charging.errors import PriceError
from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.tariff import GridFee, Tariff
from smart_charging.services.pricing.tariffs import tariff_of
from worlds.pictures import curve

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
    tariff = Tariff(grid_fees=(GridFee(per_kwh=0.4, weekdays=WORKDAYS),), holidays=frozenset({date(2026, 1, 6)}))

    assert tariff.price(0, local(6, 12), COPENHAGEN) == 0
    assert tariff.price(0, local(7, 12), COPENHAGEN) == 0.4


def test_a_slot_is_cut_where_its_fee_changes() -> None:
    spot = curve(1, step=3 * HOUR, start=local(5, 4).astimezone(UTC))

    prices = Tariff(grid_fees=(GridFee(per_kwh=1, from_hour=6),)).applied(spot, COPENHAGEN)

    assert [slot.price_per_kwh for slot in prices] == [1, 1, 2]


def test_fees_follow_the_clock_on_the_wall_when_it_changes() -> None:
    night = [datetime(2026, 10, 24, 22, tzinfo=UTC) + hours * HOUR for hours in range(6)]
    tariff = Tariff(grid_fees=(GridFee(per_kwh=1, to_hour=3),))

    assert [tariff.price(0, moment, COPENHAGEN) for moment in night] == [1, 1, 1, 1, 0, 0]


def test_an_estimate_stays_one() -> None:
    spot = PriceCurve([replace(slot, is_estimate=True) for slot in curve(1, 2)])

    assert all(slot.is_estimate for slot in Tariff(vat=0.25).applied(spot, COPENHAGEN))


def test_hours_that_no_clock_shows_are_refused() -> None:
    with pytest.raises(PriceError, match="hours from 0 to 24"):
        GridFee(per_kwh=1, to_hour=25)

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from smart_charging.config.arguments import parse
from smart_charging.config.prices import PriceSettings
from smart_charging.errors import PriceError
from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.feed_in import FeedIn, feed_in_prices
from smart_charging.services.pricing.tariffs import feed_in_of
from worlds.pictures import curve

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
NOON = datetime(2026, 6, 3, 12, tzinfo=BERLIN)
"""A Wednesday."""


def feed_in(written: Any, **more: Any) -> FeedIn:
    """What is written under `feed_in` in apps.yaml."""
    found = feed_in_of(parse(PriceSettings, {"feed_in": written} | more))
    assert found is not None
    return found


def hours_from_noon(*spot: float | None) -> PriceCurve:
    return curve(*spot, step=HOUR, start=NOON.astimezone(UTC))


def prices(written: Any, source: PriceCurve, **more: Any) -> list[float]:
    found = feed_in_prices(feed_in(written, **more), source, BERLIN, are_fees_inside=False)
    return [slot.price_per_kwh for slot in found]


def test_nothing_written_is_no_feed_in_price() -> None:
    assert feed_in_of(parse(PriceSettings, {})) is None


@pytest.mark.parametrize(
    ("written", "spot", "brings"),
    [
        pytest.param({}, [0.05, -0.02], [0.05, -0.02], id="spot-itself"),
        pytest.param({"spot_factor": 0.9}, [0.1, -0.1], [0.09, -0.09], id="a-share-of-spot"),
        pytest.param({"markup": -0.015}, [0.1, 0.01], [0.085, -0.005], id="a-suppliers-deduction"),
        pytest.param({"markup": 0.02}, [0.1, -0.05], [0.12, -0.03], id="a-bonus"),
        pytest.param({"grid_fees": 0.01}, [0.1, -0.1], [0.09, -0.11], id="the-grid-company-takes"),
        pytest.param({"grid_fees": -0.01}, [0.1, -0.1], [0.11, -0.09], id="the-grid-company-pays"),
        pytest.param(
            {"markup": -0.01, "grid_fees": 0.02, "vat": 0.2}, [0.13, -0.07], [0.12, -0.12], id="vat-on-all-of-it"
        ),
        pytest.param(
            {"grid_fees": [{"per_kwh": 0.03, "from_hour": 13, "to_hour": 14}, {"per_kwh": 0.01}]},
            [0.1, 0.1, 0.1],
            [0.09, 0.07, 0.09],
            id="rates-by-the-hour",
        ),
        pytest.param(0.08, [0.1, -0.3], [0.08, 0.08], id="fixed"),
        pytest.param({"per_kwh": 0.08, "from_hour": 13}, [0.1, 0.2, 0.3], [0.08, 0.08], id="unknown-without-a-rate"),
        pytest.param([{"per_kwh": 0.03, "to_hour": 13}, {"per_kwh": 0.06}], [9, 9], [0.03, 0.06], id="fixed-by-hour"),
    ],
)
def test_a_kwh_that_leaves_the_house_brings_what_is_written(
    written: Any, spot: list[float], brings: list[float]
) -> None:
    assert prices(written, hours_from_noon(*spot)) == pytest.approx(brings)


def test_spot_is_averaged_where_the_credit_note_goes_by_the_hour() -> None:
    quarters = curve(0.4, -0.2, 0.0, 0.2, start=NOON.astimezone(UTC))

    assert prices({"average": 60, "markup": -0.02}, quarters) == pytest.approx([0.08])
    assert prices({"markup": -0.02}, quarters) == pytest.approx([0.38, -0.22, -0.02, 0.18])


@pytest.mark.parametrize("written", [0.08, {"spot_factor": 0.5}])
def test_where_there_is_no_price_there_is_no_feed_in_price(written: Any) -> None:
    source = hours_from_noon(0.1, None, 0.3)

    found = feed_in_prices(feed_in(written), source, BERLIN, are_fees_inside=False)

    assert [slot.start for slot in found] == [slot.start for slot in source]
    assert found.currency == source.currency


def test_an_estimate_of_spot_makes_an_estimate_and_a_remuneration_is_certain() -> None:
    guess = PriceCurve([replace(slot, is_estimate=True) for slot in hours_from_noon(0.1)])

    from_spot, fixed = (
        feed_in_prices(feed_in(written), guess, BERLIN, are_fees_inside=False) for written in ({"vat": 0.2}, 0.08)
    )

    assert [slot.is_estimate for slot in from_spot] == [True]
    assert [slot.is_estimate for slot in fixed] == [False]


@pytest.mark.parametrize("in_rates", [{"markup": [{"per_kwh": 0.5, "weekdays": ["sun"]}]}, None])
def test_holidays_are_those_of_the_tariff(in_rates: Any) -> None:
    written = in_rates or [{"per_kwh": 0.5, "weekdays": ["sun"]}, {"per_kwh": 0}]

    assert prices(written, hours_from_noon(0)) == [0]
    assert prices(written, hours_from_noon(0), tariff={"holidays": ["2026-06-03"]}) == [0.5]


def test_prices_with_fees_inside_are_not_taken_for_spot() -> None:
    with pytest.raises(PriceError, match="made from spot, and these prices have fees in them"):
        feed_in_prices(feed_in({"markup": -0.01}), hours_from_noon(0.3), BERLIN, are_fees_inside=True)


def test_a_fixed_feed_in_price_does_not_mind_fees_inside() -> None:
    found = feed_in_prices(feed_in(0.08), hours_from_noon(0.3), BERLIN, are_fees_inside=True)

    assert [slot.price_per_kwh for slot in found] == [0.08]

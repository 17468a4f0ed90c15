from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smart_charging.planning.start_cost import usual_start_cost
from smart_charging.prices.curve import NO_PRICES, PriceCurve, PriceSlot
from worlds.household import Household

MIDNIGHT = datetime(2026, 11, 20, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)
ZIGZAG = (2.5, 2.2, 1.1, 0.995, 1.0, 0.995, 1.0, 0.995, 1.1, 1.5, 2.0)


def curve(*prices: float, currency: str | None) -> PriceCurve:
    slots = [
        PriceSlot(start=MIDNIGHT + hour * HOUR, end=MIDNIGHT + (hour + 1) * HOUR, price_per_kwh=price)
        for hour, price in enumerate(prices)
    ]
    return PriceCurve(slots, currency)


@pytest.mark.parametrize(
    ("currency", "cost"),
    [("EUR", 0.03), ("DKK", 0.2), ("SEK", 0.3), ("NOK", 0.4), ("GBP", 0.03), ("PLN", 0.1), ("CZK", 0.7), ("CHF", 0.03)],
)
def test_a_start_costs_some_three_euro_cents_in_every_currency(currency: str, cost: float) -> None:
    assert usual_start_cost(curve(1, 2, currency=currency)) == cost


@pytest.mark.parametrize("currency", [None, "XYZ"])
def test_in_an_unknown_currency_a_start_costs_a_quarter_of_a_kwh(currency: str | None) -> None:
    assert usual_start_cost(curve(10, 30, currency=currency)) == pytest.approx(5)


@pytest.mark.parametrize("prices", [NO_PRICES, curve(-1, -3, currency=None)])
def test_without_prices_or_with_negative_ones_a_start_of_an_unknown_currency_costs_nothing(prices: PriceCurve) -> None:
    assert usual_start_cost(prices) == 0


@pytest.mark.parametrize(
    ("written", "blocks"),
    [
        pytest.param({}, 1, id="calm by default"),
        pytest.param({"start_cost": 0}, 3, id="as many starts as save anything"),
        pytest.param({"start_cost": 0.001}, 3, id="what was written"),
    ],
)
async def test_a_car_starts_again_for_a_few_cents_only_if_somebody_says_so(
    home: Household, written: dict[str, Any], blocks: int
) -> None:
    home.prices(MIDNIGHT - 3 * HOUR, *ZIGZAG)
    home.schedule(energy_kwh=33, **written)
    home.plug_in()

    await home.live(minutes=5)

    planned = home.attributes("plan")
    paid = sum(slot["energy_kwh"] * slot["price_per_kwh"] for slot in planned["slots"])
    assert f"in {blocks} block" in planned["sentence"]
    assert planned["expected_cost"] == pytest.approx(paid, abs=0.01)

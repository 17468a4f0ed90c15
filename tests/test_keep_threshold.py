"""How much a new plan has to save."""

from datetime import UTC, datetime, timedelta

import pytest

from smart_charging.planning.keep_threshold import keep_threshold
from smart_charging.prices.curve import NO_PRICES, PriceCurve, PriceSlot
from worlds.household import HOUR, MIDNIGHT, Household

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def curve(*prices: float) -> PriceCurve:
    hour = timedelta(hours=1)
    return PriceCurve(
        [
            PriceSlot(start=NOON + n * hour, end=NOON + (n + 1) * hour, price_per_kwh=each)
            for n, each in enumerate(prices)
        ]
    )


def test_it_is_a_share_of_what_the_energy_costs_at_the_mean_price() -> None:
    assert keep_threshold(curve(0.1, 0.3), 20, 0.005) == pytest.approx(0.02)


def test_it_goes_with_the_currency() -> None:
    assert keep_threshold(curve(0.75, 2.25), 20, 0.005) == pytest.approx(7.5 * 0.02)


def test_it_stays_the_same_while_prices_hardly_change() -> None:
    assert keep_threshold(curve(0.1, 0.3), 20, 0.005) == keep_threshold(curve(0.1, 0.3, 0.201), 20, 0.005)


@pytest.mark.parametrize(
    ("prices", "expected"), [(NO_PRICES, 0.0), (curve(-0.1, -0.3), 0.02)], ids=["no-prices", "all-below-0"]
)
def test_it_is_never_negative(prices: PriceCurve, expected: float) -> None:
    assert keep_threshold(prices, 20, 0.005) == pytest.approx(expected)


@pytest.mark.parametrize(("keep_share", "hour"), [(0.02, 2), (0.5, 1)])
async def test_a_plan_moves_when_prices_come_down_by_more_than_its_share(
    home: Household, keep_share: float, hour: int
) -> None:
    home.prices(MIDNIGHT - 4 * HOUR, *[0.3] * 5, 0.2, *[0.3] * 20)
    home.schedule(energy_kwh=11, keep_share=keep_share, start_cost=0)
    home.plug_in()
    await home.live(minutes=1)
    home.prices(MIDNIGHT - 4 * HOUR, *[0.3] * 5, 0.2, 0.18, *[0.3] * 20)

    await home.live(minutes=2)

    assert home.attributes("plan")["planned_start"] == (MIDNIGHT + hour * HOUR).isoformat()

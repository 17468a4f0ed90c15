from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.placeholder import is_placeholder
from smart_charging.prices.wall_time import midnight
from worlds.pictures import curve

ZONE = ZoneInfo("Europe/Helsinki")
TODAY, TOMORROW = date(2026, 11, 3), date(2026, 11, 4)
HOUR = timedelta(hours=1)
MARKET = [0.05 + hour / 100 for hour in range(24)]


def prices(today: list[float | None], tomorrow: list[float | None]) -> PriceCurve:
    return curve(*today, *tomorrow, step=HOUR, start=midnight(TODAY, ZONE))


@pytest.mark.parametrize(
    ("today", "tomorrow", "expected"),
    [
        pytest.param(MARKET, [0.0] * 24, True, id="all-zero"),
        pytest.param(MARKET, [0.12] * 24, True, id="identical"),
        pytest.param([0.0] * 24, [0.0] * 24, True, id="zero-on-both-days"),
        pytest.param([0.12] * 24, [0.12] * 24, False, id="a-fixed-price"),
        pytest.param(MARKET, MARKET, False, id="a-market"),
        pytest.param(MARKET, [0.0] * 23 + [0.01], False, id="a-windy-day"),
        pytest.param(MARKET, [0.12], False, id="one-slot-of-tomorrow"),
        pytest.param(MARKET, [], False, id="not-there"),
    ],
)
def test_a_day_of_one_price_is_not_believed(
    today: list[float | None], tomorrow: list[float | None], *, expected: bool
) -> None:
    assert is_placeholder(prices(today, tomorrow), TOMORROW, ZONE) is expected


def test_a_day_in_one_slot_is_a_day_of_one_price() -> None:
    whole = curve(0.3, step=24 * HOUR, start=midnight(TOMORROW, ZONE))

    assert is_placeholder(whole, TOMORROW, ZONE)

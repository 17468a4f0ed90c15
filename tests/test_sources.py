from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from smart_charging.errors import PriceError
from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.sources import read_prices

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def nord_pool(*values: float, minutes: float = 60, **attributes: object) -> dict[str, object]:
    midnight = datetime(2026, 3, 3, tzinfo=STOCKHOLM)
    step = timedelta(minutes=minutes)
    rows = [
        {"start": (midnight + i * step).isoformat(), "end": (midnight + (i + 1) * step).isoformat(), "value": value}
        for i, value in enumerate(values)
    ]
    return {"raw_today": rows[:2], "raw_tomorrow": rows[2:], "unit": "kWh", "currency": "SEK", **attributes}


def read(attributes: dict[str, object]) -> PriceCurve:
    return read_prices(attributes, zone=STOCKHOLM)


@pytest.mark.parametrize("minutes", [60, 15, 5, 5 / 60])
def test_nord_pool_lists_are_read_at_any_step(minutes: float) -> None:
    prices = read(nord_pool(0.5, 0, -0.1, minutes=minutes))

    assert [slot.price_per_kwh for slot in prices] == [0.5, 0, -0.1]
    assert prices.slots[1].start == datetime(2026, 3, 2, 23, tzinfo=UTC) + timedelta(minutes=minutes)
    assert prices.currency == "SEK"


@pytest.mark.parametrize(
    ("attributes", "price"),
    [
        pytest.param({"price_in_cents": True}, 0.5, id="cents"),
        pytest.param({"unit": "MWh"}, 0.05, id="MWh"),
        pytest.param({"unit": "MWh", "price_in_cents": True}, 0.0005, id="cents per MWh"),
    ],
)
def test_prices_become_main_units_per_kwh(attributes: dict[str, Any], price: float) -> None:
    prices = read(nord_pool(50, **attributes))

    assert prices.slots[0].price_per_kwh == pytest.approx(price)


def test_a_missing_tomorrow_is_unknown() -> None:
    prices = read(nord_pool(0.5, 0.4, raw_tomorrow=None))

    assert prices.known_until == datetime(2026, 3, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        pytest.param({}, "no prices found", id="empty"),
        pytest.param({"friendly_name": "Kitchen"}, "friendly_name", id="something else"),
        pytest.param({"raw_today": [{"start": "noon", "value": 1}]}, "'noon' is not a time", id="no time"),
        pytest.param({"raw_today": [{"start": "2026-03-03", "value": "?"}]}, "is not a price", id="no number"),
        pytest.param(nord_pool(1, unit="Joule"), "per Joule", id="unit"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(attributes: dict[str, object], reason: str) -> None:
    with pytest.raises(PriceError, match=reason):
        read(attributes)

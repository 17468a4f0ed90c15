from datetime import timedelta
from typing import Any

import pytest

from smart_charging.errors import PriceError
from smart_charging.prices.reading.asked import Asked
from smart_charging.prices.reading.sources import has_fees_inside, read_prices
from smart_charging.prices.reading.understanding import Understanding, understood
from worlds.price_shapes import HOUR, MIDNIGHT, NOW, PRICES, STARTS, TOMORROW, ZONE, by_hour, in_euro, rows


def explained(*sources: dict[str, Any], names: tuple[str, ...] = (), **asked: Any) -> Understanding:
    return understood(list(sources), Asked(zone=ZONE, now=NOW, **asked), names=names)


def test_it_is_said_where_the_prices_are_and_what_is_what_in_them() -> None:
    (read,) = explained({"attributes": in_euro(data={"rates": rows("from", "total", end="till", tax=0.02)})}).lists

    assert (read.place, read.shape, read.rows) == ("data.rates", "rows", 24)
    assert (read.start_key, read.end_key, read.value_key) == ("from", "till", "total")


@pytest.mark.parametrize(
    ("source", "unit", "factor", "why"),
    [
        (in_euro(prices=rows()), "EUR/kWh", 1, "the attribute unit_of_measurement"),
        ({"NO1": rows(factor=1000)}, "money/MWh", 0.001, "by area prices come per MWh"),
        ({"data": rows(value="price_ct_per_kwh", factor=100)}, "cents of money/kWh", 0.01, "the key price_ct_per_kwh"),
        ({"prices": rows()}, "money/kWh", 1, "nothing says otherwise"),
        (
            {"prices": rows(value="price_per_kwh", factor=100), "unit": "ct", "currency": "EUR"},
            "cents of EUR/kWh",
            0.01,
            "the key price_per_kwh, the attribute currency, the attribute unit",
        ),
    ],
)
def test_it_is_said_which_scale_was_chosen_and_why(source: dict[str, Any], unit: str, factor: float, why: str) -> None:
    (read,) = explained(source).lists

    assert (read.unit, read.why) == (unit, why)
    assert read.factor == pytest.approx(factor)


def test_resolution_end_and_holes_are_those_of_the_curve() -> None:
    quarters = rows(prices=PRICES, step=HOUR / 4)
    del quarters[4:6]

    seen = explained(in_euro(prices=quarters))

    assert seen.resolution == timedelta(minutes=15)
    assert seen.known_until == MIDNIGHT + 6 * HOUR
    assert seen.holes == [(MIDNIGHT + HOUR, MIDNIGHT + 1.5 * HOUR)]


def test_what_is_left_out_is_said() -> None:
    broken = rows()
    broken[2]["price"], broken[3]["price"] = "?", 9999

    seen = explained(in_euro(prices=broken, feed_in_prices=rows(factor=0.4)))

    assert seen.left_out == [
        "feed_in_prices holds no prices of what is bought, by its name",
        "1 rows of prices have no number as their price",
        "1 prices of prices are beyond what electricity can cost",
    ]


def test_a_forecast_beside_published_prices_is_said_to_be_one() -> None:
    seen = explained(in_euro(raw_today=rows(), forecast=rows(prices=[*PRICES, *TOMORROW])))

    assert [(read.place, read.is_forecast) for read in seen.lists] == [("raw_today", False), ("forecast", True)]
    assert seen.known_until == STARTS[24]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param(in_euro(prices=[{**row, "all_in": 0.4} for row in rows()]), True, id="all-in"),
        pytest.param(in_euro(prices=[{**row, "priceWithTaxesAndLevies": 0.4} for row in rows()]), True, id="levies"),
        pytest.param(in_euro(prices=rows(), tariffs=by_hour("{}")), True, id="tariffs"),
        pytest.param(in_euro(prices=rows(value="total")), False, id="total"),
        pytest.param(in_euro(prices=rows(value="value_inc_vat")), False, id="vat"),
        pytest.param(in_euro(prices=rows()), False, id="price"),
    ],
)
def test_it_is_said_whether_grid_fees_are_in_the_prices(source: dict[str, Any], *, expected: bool) -> None:
    assert explained(source).are_fees_inside is expected
    assert has_fees_inside(source) is expected


@pytest.mark.parametrize(
    ("names", "attributes", "advice"),
    [
        pytest.param(
            ["sensor.nord_pool_dk2_current_price"],
            {"state_class": "measurement", "unit_of_measurement": "DKK/kWh"},
            "Nord Pool of the core answers by an action: write price_action: "
            "{action: nordpool.get_prices_for_date, entity: sensor.nord_pool_dk2_current_price}",
            id="nord-pool",
        ),
        pytest.param(
            ["sensor.power_price"],
            {"attribution": "Data provided by Tibber"},
            "{action: tibber.get_prices, entity: sensor.power_price}",
            id="tibber-by-attribution",
        ),
        pytest.param(
            ["sensor.octopus_energy_electricity_current_rate"], {}, r"price_entity: event\.", id="other-entities"
        ),
        pytest.param(["tibber.get_prices"], {"answer": {}}, "the attributes are answer$", id="an-action-already"),
        pytest.param([], {"prices": "[{'start': 1, 'value': nonsense}]"}, "'prices' is text, not a list", id="text"),
        pytest.param([], {"figures": [{"when": 1}]}, r"write price_keys: {list: …, start: …, value: …}", id="keys"),
    ],
)
def test_what_cannot_be_read_is_told_with_the_line_to_write(
    names: list[str], attributes: dict[str, Any], advice: str
) -> None:
    with pytest.raises(PriceError, match=advice):
        read_prices(attributes, zone=ZONE, now=NOW, names=names)


@pytest.mark.parametrize(
    "value", ["https://me:secret@example.org/prices", "sk-abcdefghijklmnopqrstuvwxyz0123456789", "Storgatan 5\nsecret"]
)
def test_what_may_be_a_secret_is_not_repeated(value: str) -> None:
    with pytest.raises(PriceError) as caught:
        read_prices(in_euro(prices=[{"start": value, "price": value}]), zone=ZONE, now=NOW)

    assert "secret" not in str(caught.value)
    assert "abc" not in str(caught.value)


def test_a_complaint_about_many_names_stays_short() -> None:
    with pytest.raises(PriceError, match="and 2984 more") as caught:
        explained({f"{place:04}{'x' * 300}": place for place in range(3000)})

    assert len(str(caught.value)) < 1000

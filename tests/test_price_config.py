from typing import Any

import pytest

from smart_charging.config.arguments import parse
from smart_charging.config.prices import PriceSettings
from smart_charging.errors import ConfigError

ENTITY = {"price_entity": "sensor.nordpool"}


def fee(**written: Any) -> dict[str, Any]:
    """A tariff with one grid fee."""
    return ENTITY | {"tariff": {"grid_fees": [{"per_kwh": 1} | written]}}


def test_one_entity_and_a_list_of_them_are_the_same() -> None:
    one = parse(PriceSettings, ENTITY)
    two = parse(PriceSettings, {"price_entity": ["sensor.today", "binary_sensor.tomorrow"]})

    assert one.price_entity == ["sensor.nordpool"]
    assert two.price_entity == ["sensor.today", "binary_sensor.tomorrow"]


def test_a_source_may_be_left_to_be_found() -> None:
    assert not parse(PriceSettings, {}).names_a_source
    assert parse(PriceSettings, ENTITY).names_a_source


def test_the_names_a_source_uses_may_be_written() -> None:
    settings = parse(PriceSettings, ENTITY | {"price_keys": {"list": "data.rows", "value": "cost.total"}})

    assert settings.price_keys is not None
    assert settings.price_keys.list == ["data.rows"]
    assert settings.price_keys.value == "cost.total"


@pytest.mark.parametrize("unit", ["EUR/MWh", "c€/kWh", "Rp./kWh", "1e-7 EUR/kWh", "kWh", "грн/кВт·год"])
def test_a_unit_may_be_written_in_any_spelling(unit: str) -> None:
    assert parse(PriceSettings, ENTITY | {"price_unit": unit}).price_unit == unit


def test_a_weekday_may_be_written_as_a_word() -> None:
    tariff = {"grid_fees": [{"per_kwh": 0.1, "weekdays": ["mon", "sun", 3]}]}

    settings = parse(PriceSettings, ENTITY | {"tariff": tariff})

    assert settings.tariff is not None
    assert settings.tariff.grid_fees[0].weekdays == [0, 6, 3]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(
            ENTITY | {"price_action": {"action": "tibber.get_prices"}},
            ["price_entity and price_action are written", "only one, of"],
            id="both",
        ),
        pytest.param(ENTITY | {"fixed": 0.3}, ["price_entity and fixed are written", "only one, of"], id="fixed-too"),
        pytest.param(
            {"fixed": "cheap"}, ["fixed: expected an amount", "[{per_kwh: 0.1, to_hour: 6}]", "'cheap'"], id="fixed"
        ),
        pytest.param(
            {"price_action": {"action": "nordpool/get_prices_for_date"}},
            ["price_action.action", "nordpool.get_prices_for_date", "got"],
            id="slash",
        ),
        pytest.param(
            {"price_action": {"action": "tibber.get_prices", "date": 1}},
            ["price_action.date: unknown key", "action, data, entity"],
            id="not-in-data",
        ),
        pytest.param({"price_entity": ["sensor.a", "b"]}, ["price_entity.2", "'b'"], id="no-entity"),
        pytest.param(ENTITY | {"price_unit": "EUR"}, ["price_unit", "EUR/MWh", "'EUR'"], id="unit"),
        pytest.param(ENTITY | {"price_unit": "foo/kWh"}, ["price_unit", "øre/kWh", "'foo/kWh'"], id="no-money"),
        pytest.param(ENTITY | {"price_keys": {"start": ""}}, ["price_keys.start", "at least 1"], id="no-key"),
        pytest.param(ENTITY | {"price_keys": {}}, ["price_keys", "list, start, end, value"], id="no-keys"),
        pytest.param(
            ENTITY | {"price_keys": {"price": "x"}},
            ["price_keys.price: unknown key", "start, value"],
            id="key",
        ),
        pytest.param(ENTITY | {"price_currency": "kr"}, ["price_currency", "such as DKK", "'kr'"], id="currency"),
        pytest.param(ENTITY | {"tariff": {"vat": 25}}, ["tariff.vat", "0.25 for 25 %", "got 25"], id="vat"),
        pytest.param(ENTITY | {"tariff": {"tax": 1}}, ["tariff.tax: unknown key", "energy_tax"], id="tariff-key"),
        pytest.param(
            ENTITY | {"tariff": {"grid_fees": [{"per_kwh": 1, "from_hour": 25}]}},
            ["tariff.grid_fees.1.from_hour", "24", "got 25"],
            id="hour",
        ),
        pytest.param(
            fee(weekdays=["weekend"]), ["tariff.grid_fees.1.weekdays.1", "sat, sun", "'weekend'"], id="weekday"
        ),
        pytest.param(fee(from_hour=18.25), ["from_hour", "in quotes", '"18:15"', "got 18.25"], id="decimal"),
        pytest.param(fee(to_hour=1095), ["to_hour", "in quotes", '"18:15"', "got 1095"], id="unquoted"),
        pytest.param(fee(to_hour="24:15"), ["to_hour", "from 0 to 24", "'24:15'"], id="past-midnight"),
        pytest.param(
            fee(season="summer"), ["season: expected 'summer_time' or 'winter_time'", "'summer'"], id="season"
        ),
        pytest.param(fee(from_date="30-02"), ["from_date: expected a date", '"11-01" for every year'], id="date"),
        pytest.param(fee(from_date="11-01"), ["grid_fees", "from_date and to_date both"], id="half-a-range"),
        pytest.param(
            fee(from_date="11-01", to_date="2027-03-31"), ["grid_fees", "both with their year"], id="mixed-range"
        ),
        pytest.param(
            fee(from_date="2027-04-01", to_date="2027-03-31"), ["grid_fees", "not before from_date"], id="backwards"
        ),
        pytest.param(ENTITY | {"tariff": {"average": 45}}, ["tariff.average: expected 15, 30 or 60"], id="average"),
        pytest.param(ENTITY | {"tariff": {"markup": True}}, ["tariff.markup: expected an amount"], id="no-amount"),
        pytest.param(ENTITY | {"feed_in": "much"}, ["feed_in: expected an amount per kWh", "'much'"], id="feed-in"),
        pytest.param(ENTITY | {"feed_in": []}, ["feed_in", "at least 1 item"], id="feed-in-of-nothing"),
        pytest.param(
            ENTITY | {"feed_in": {"energy_tax": 1}},
            ["feed_in.energy_tax: unknown key; known are average, grid_fees, markup, spot_factor, vat"],
            id="feed-in-key",
        ),
        pytest.param(
            ENTITY | {"feed_in": [{"per_kwh": 0.1, "vat": 0.2}]},
            ["feed_in.1.vat: unknown key; known are from_date, from_hour"],
            id="feed-in-rate-key",
        ),
        pytest.param(ENTITY | {"feed_in": [0.1]}, ["feed_in.1: expected keys below it", "per_kwh"], id="feed-in-list"),
        pytest.param(ENTITY | {"feed_in": {"vat": 21}}, ["feed_in.vat", "0.25 for 25 %", "got 21"], id="feed-in-vat"),
        pytest.param(
            {"fixed": 0.3, "feed_in": {"markup": -0.01}},
            ["feed_in: with fixed there is no spot; write a number or a list of rates"],
            id="feed-in-without-spot",
        ),
        pytest.param(ENTITY | {"tariff": {"holidays": 25}}, ["tariff.holidays", "2026-12-25", "DE-BY"], id="holiday"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_write(arguments: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(PriceSettings, arguments)

    (line,) = str(caught.value).splitlines()
    assert [word for word in words if word not in line] == []

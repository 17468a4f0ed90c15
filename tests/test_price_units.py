from typing import Any

import pytest

from smart_charging.errors import PriceError
from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.exchange_rates import PER_EURO
from smart_charging.prices.reading.sources import read_prices
from smart_charging.prices.reading.units import Unit, unit_of
from worlds.price_shapes import NOW, PRICES, STARTS, ZONE, in_euro, rows


def read(source: dict[str, Any], **more: Any) -> PriceCurve:
    return read_prices(source, zone=ZONE, now=NOW, **more)


def source(unit: str, factor: float = 1, prices: list[float] = PRICES) -> dict[str, Any]:
    return {"unit_of_measurement": unit, "prices": rows(prices=prices, factor=factor)}


HUNDREDTHS = {
    None: ["cent", "Cents", "ct", "cts", "c", "¢", "øre", "öre", "ore", "sen", "centimes", "céntimos", "centů", "коп"],
    "EUR": [
        "c€",
        "€c",
        "€ct",
        "ct€",
        "ct €",
        "cEUR",
        "EURct",
        "EUR cent",
        "Eurocent",
        "eurocents",
        "snt",
        "senttiä",
        "λεπτά",
    ],
    "CHF": ["Rp", "Rp.", "Rappen", "CHF Rp"],
    "GBP": ["p", "pence", "Penny"],
    "PLN": ["gr", "grosz", "groszy"],
    "RON": ["bani", "ban"],
    "BGN": ["stotinki", "стотинки"],
    "CZK": ["haléř", "haléřů"],
    "HUF": ["fillér"],
    "HRK": ["lipa"],
    "TRY": ["kuruş"],
    "INR": ["paise"],
    "UAH": ["копійок"],
    "ILS": ["agorot"],
    "NOK": ["øre NOK", "NOK øre", "cNOK"],
    "USD": ["US¢", "USD cents"],
}


@pytest.mark.parametrize(("word", "currency"), [(word, code) for code, words in HUNDREDTHS.items() for word in words])
def test_every_spelling_of_a_hundredth_is_one(word: str, currency: str | None) -> None:
    assert unit_of(f"{word}/kWh") == Unit(0.01, 1.0, currency)
    assert unit_of(f"{word} per MWh") == Unit(0.01, 0.001, currency)


@pytest.mark.parametrize("code", PER_EURO)
def test_every_currency_is_known_with_what_a_kwh_costs_in_it(code: str) -> None:
    prices = [price * PER_EURO[code] for price in (0.2, 0.3, 0.25, 0.4, 0.2, 0.3)]

    curve = read(source(f"{code}/kWh", prices=prices))

    assert curve.currency == code
    with pytest.raises(PriceError, match=f"{code}/kWh is no plausible price"):
        read(source(f"{code}/kWh", factor=100, prices=prices))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("€/MWh", Unit(1.0, 0.001, "EUR")),
        ("EUR / MWh", Unit(1.0, 0.001, "EUR")),
        ("EUR per kWh", Unit(1.0, 1.0, "EUR")),
        ("CHF_kWh", Unit(1.0, 1.0, "CHF")),
        ("kr./kWh inkl. moms", Unit(1.0, 1.0, None)),
        ("DKK/kwh (incl. VAT)", Unit(1.0, 1.0, "DKK")),
        ("ct/kWh brutto", Unit(0.01, 1.0, None)),
        ("zł/kWh", Unit(1.0, 1.0, "PLN")),
        ("Kč/kWh", Unit(1.0, 1.0, "CZK")),
        ("Ft/kWh", Unit(1.0, 1.0, "HUF")),
        ("грн/кВт·год", Unit(1.0, 1.0, "UAH")),
        ("A$/kWh", Unit(1.0, 1.0, "AUD")),
        ("m€/kWh", Unit(0.001, 1.0, "EUR")),
        ("1e-7 EUR/kWh", Unit(1e-7, 1.0, "EUR")),
        ("EUR/100 kWh", Unit(1.0, 0.01, "EUR")),
        ("kWh", Unit(None, 1.0, None)),
        ("Wh", Unit(None, 1000.0, None)),
        ("SEK", Unit(1.0, None, "SEK")),
    ],
)
def test_units_say_money_and_energy_and_leave_open_what_they_do_not_say(text: str, expected: Unit) -> None:
    assert unit_of(text) == expected


@pytest.mark.parametrize(
    ("currency", "text", "scale"), [("IDR", "Rp/kWh", 1.0), ("KWD", "fils/kWh", 0.001), ("AED", "fils/kWh", 0.01)]
)
def test_a_word_of_two_countries_means_what_it_does_in_that_of_the_currency(
    currency: str, text: str, scale: float
) -> None:
    assert unit_of(text, currency).scale == scale


@pytest.mark.parametrize(
    ("text", "word"),
    [("Quatloo/kWh", "quatloo"), ("W", "w"), ("€/m³", "m3"), ("gCO2/kWh", "gco2"), ("EUR/USD/kWh", "usd"), ("%", "%")],
)
def test_a_word_that_is_no_money_is_refused_by_its_name(text: str, word: str) -> None:
    with pytest.raises(PriceError, match=f"'{word}' is not known as money; write something like EUR/kWh"):
        read(source(text))


CT_KEY, MWH_KEY, KWH_KEY = "price_ct_per_kwh", "price_eur_per_mwh", "price_per_kwh"
SCALES: dict[str, tuple[dict[str, Any], float, str, str | None]] = {
    "unit": ({"unit_of_measurement": "c€/kWh"}, 100, "price", None),
    "key and unit agree": ({"unit_of_measurement": "ct/kWh"}, 100, CT_KEY, None),
    "key against unit": ({"unit_of_measurement": "EUR/kWh"}, 1000, MWH_KEY, None),
    "key and unit share": ({"unit_of_measurement": "ct/kWh"}, 100, KWH_KEY, None),
    "two attributes share": ({"unit": "MWh", "unit_of_measurement": "ct/kWh"}, 100_000, "price", None),
    "switch as text": ({"unit": "kWh", "use_cent": "true"}, 100, "price", None),
    "currency of hundredths": ({"unit": "kWh", "currency": "øre"}, 100, "price", None),
    "unit of something else": ({"unit_of_measurement": "%"}, 100, CT_KEY, None),
    "setting": ({"unit_of_measurement": "SEK/kWh"}, 100, "price", "öre/kWh"),
    "setting of ten-millionths": ({"unit_of_measurement": "€/kWh"}, 1e7, "price", "1e-7 EUR/kWh"),
    "setting against all": ({"unit_of_measurement": "ct/kWh"}, 1000, CT_KEY, "EUR/MWh"),
}


@pytest.mark.parametrize("name", SCALES)
def test_the_scale_is_what_speaks_nearest_to_the_number(name: str) -> None:
    attributes, factor, key, unit = SCALES[name]

    curve = read({**attributes, "data": rows(value=key, factor=factor)}, unit=unit)

    assert [slot.price_per_kwh for slot in curve] == [pytest.approx(price) for price in PRICES]


def test_a_unit_in_the_row_counts_before_that_of_the_source() -> None:
    curve = read({"unit_of_measurement": "EUR/MWh", "prices": rows(factor=100, unit="ct/kWh")})

    assert [slot.price_per_kwh for slot in curve] == [pytest.approx(price) for price in PRICES]


def test_rows_in_two_units_are_refused() -> None:
    mixed = [*rows(unit="EUR/kWh")[:12], *rows(unit="ct/kWh")[12:]]

    with pytest.raises(PriceError, match="the rows come in 'EUR/kWh' and 'ct/kWh'"):
        read({"prices": mixed})


RETAIL = [0.31, 0.28, 0.26, 0.24, 0.19, 0.17, 0.22, 0.27]


@pytest.mark.parametrize(
    ("unit", "prices"),
    [
        pytest.param("AUD/kWh", [*RETAIL[:7], 20.3], id="a-spike"),
        pytest.param("EUR/kWh", [0.0, -0.01, 0.0, 0.002, -0.3, 0.0, 0.0, 0.001], id="a-windy-sunday"),
        pytest.param("EUR/kWh", [-0.01] * 8, id="paid-all-day"),
        pytest.param("EUR/kWh", [0.0] * 8, id="for-nothing"),
        pytest.param("EUR/MWh", [0.4, 0.5, 1.2, 3.1, 2.8, 0.9, 0.6, 0.4], id="much-water"),
        pytest.param("UAH/kWh", [4.96, 2.7, 4.3], id="hryvnia"),
        pytest.param("KZT/kWh", [31.2, 26.0], id="tenge"),
        pytest.param("IDR/kWh", [1444.7, 1699.5], id="rupiah"),
    ],
)
def test_what_electricity_really_costs_at_times_is_believed(unit: str, prices: list[float]) -> None:
    assert len(read(source(unit, prices=prices))) == len(prices)


@pytest.mark.parametrize(
    ("factor", "unit"),
    [
        (1000, "ct/kWh or {}/MWh"),
        (100, "ct/kWh or {}/MWh"),
        (0.01, "{0}/MWh or {0}/kWh"),
        (0.001, "{0}/MWh or {0}/kWh"),
    ],
)
@pytest.mark.parametrize("currency", ["EUR", "SEK", "HUF", "UAH", "JPY", "AUD", "INR"])
def test_a_price_list_a_hundred_or_a_thousand_times_off_is_refused(currency: str, factor: float, unit: str) -> None:
    prices = [price * PER_EURO[currency] for price in RETAIL]

    with pytest.raises(PriceError, match=f"no plausible price .* price_unit: {unit.format(currency)}$"):
        read(source(f"{currency}/kWh", factor, prices))


@pytest.mark.parametrize("currency", ["DKK", "NOK", "PLN", "CZK", "GBP", "CHF", "RON", "BGN", "TRY", "ISK"])
def test_a_day_with_the_swings_of_a_market_is_refused_when_it_is_a_hundred_times_too_low(currency: str) -> None:
    day = [round(price * PER_EURO[currency], 4) for price in [0.06, 0.05, 0.11, 0.31, 0.24, 0.09] * 4]

    assert len(read(source(f"{currency}/kWh", prices=day))) == 24
    with pytest.raises(PriceError, match="no plausible price"):
        read(source(f"{currency}/kWh", 0.01, day))


@pytest.mark.parametrize("is_one_list", [True, False])
def test_a_tomorrow_that_is_far_too_dear_is_refused_beside_a_today_that_is_right(*, is_one_list: bool) -> None:
    day = [0.12, 0.1, 0.14, 0.31, 0.27, 0.16] * 4
    today, tomorrow = rows(prices=day), rows(prices=day, first=STARTS[24], factor=100)
    lists = {"prices": [*today, *tomorrow]} if is_one_list else {"raw_today": today, "raw_tomorrow": tomorrow}

    with pytest.raises(PriceError, match="no plausible price"):
        read(in_euro(**lists))


def test_weeks_of_prices_may_have_a_day_of_plenty_of_wind() -> None:
    weeks = [*[0.12, 0.1, 0.31, 0.16] * 60, *[0.001, 0.002, 0.004, 0.003] * 6]

    assert len(read(source("EUR/kWh", prices=weeks))) == len(weeks)


@pytest.mark.parametrize("day", [[0.4, 0.5, 1.2, 3.1, 2.8, 0.9] * 4, [1.1, 1.2, 1.4, 1.5, 1.3, 1.2] * 4])
def test_a_day_of_plenty_of_water_is_believed_where_a_person_has_written_the_unit(day: list[float]) -> None:
    assert len(read(source("EUR/MWh", prices=day), unit="EUR/MWh")) == 24
    with pytest.raises(PriceError, match=r"price_unit: EUR/MWh or EUR/kWh$"):
        read(source("EUR/MWh", prices=day))


@pytest.mark.parametrize("name", ["EUR_MWh", "eurPerMWh", "price_eur_mwh"])
def test_money_and_energy_make_a_price_of_a_name(name: str) -> None:
    curve = read({"data": rows(value=name, factor=1000)})

    assert [round(slot.price_per_kwh, 6) for slot in curve] == PRICES
    assert curve.currency == "EUR"


def test_ten_millionths_of_no_known_source_are_refused_with_the_unit_to_write() -> None:
    with pytest.raises(PriceError, match=r"price_unit: 1e-7 EUR/kWh$"):
        read(source("EUR/kWh", 1e7))


def test_numbers_that_are_not_whole_are_no_ten_millionths() -> None:
    curve = read({"unit_of_measurement": "€/kWh", "forecast": rows("datetime", "electricity_price")})

    assert [slot.price_per_kwh for slot in curve] == PRICES

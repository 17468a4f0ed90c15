from datetime import datetime
from typing import Any

import pytest

from smart_charging.errors import PriceError
from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.reading.asked import PriceKeys
from smart_charging.prices.reading.sources import read_prices
from worlds.price_shapes import EACH, HOUR, MIDNIGHT, NOW, PRICES, SHAPES, STARTS, TOMORROW, ZONE, in_euro, iso, rows


def read(source: Any, *, now: datetime | None = NOW, **more: Any) -> PriceCurve:
    return read_prices(source, zone=ZONE, now=now, **more)


def prices(curve: PriceCurve) -> list[float]:
    return [round(slot.price_per_kwh, 6) for slot in curve]


@pytest.mark.parametrize("name", SHAPES)
def test_prices_are_read_in_every_shape(name: str) -> None:
    shape = SHAPES[name]

    curve = read(shape.source)

    assert read([shape.source]) == curve
    assert prices(curve) == [pytest.approx(price) for price in shape.prices]
    assert [slot.start for slot in curve] == [MIDNIGHT + place * shape.step for place in range(len(shape.prices))]
    assert {slot.length for slot in curve} == {shape.step}
    assert curve.currency == shape.currency


@pytest.mark.parametrize(
    ("start", "value"),
    [
        *[
            ("Startzeit", "Preis"),
            ("datum", "uurprijs"),
            ("starttid", "elpris"),
            ("tidspunkt", "pris"),
            ("från", "pris"),
        ],
        *[("alku", "hinta"), ("aika", "hinta"), ("fecha_hora", "precio"), ("heure", "prix"), ("início", "preço")],
        *[("data_ora", "prezzo"), ("czas", "cena"), ("čas", "cena"), ("időpont", "ár"), ("vreme", "cijena")],
        *[("aeg", "hind"), ("laikas", "kaina"), ("час", "ціна"), ("ώρα", "τιμή"), ("tarih", "fiyat")],
        *[("t", "price"), ("x", "y"), ("ts", "p"), ("HourUTC", "SpotPrice"), ("deliveryStart", "marketPrice")],
        *[
            ("valid_from", "value_inc_vat"),
            ("startsAt", "total"),
            ("time", "day_ahead_price"),
            ("when", "electricity_price_incl_tax"),
        ],
    ],
)
def test_names_are_known_in_many_languages(start: str, value: str) -> None:
    assert prices(read(in_euro(liste=rows(start, value)))) == PRICES


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("von", "bis"),
        ("van", "tot"),
        ("fra", "til"),
        ("desde", "hasta"),
        ("od", "do"),
        ("alku", "loppu"),
        ("de", "fin"),
    ],
)
def test_an_end_is_no_start_in_any_language(start: str, end: str) -> None:
    ends_first = [{end: row[end], "price": row["price"], start: row[start]} for row in rows(start, end=end)]

    curve = read(in_euro(prices=ends_first))

    assert curve.slots[0].start == MIDNIGHT
    assert curve.slots[0].length == HOUR


@pytest.mark.parametrize("value", [None, "unavailable", "", float("nan"), float("inf"), 9999.0, "n/a", [1], True])
def test_a_row_without_a_price_is_unknown_and_the_others_stand(value: object) -> None:
    broken = rows()
    broken[5]["price"] = value

    curve = read(in_euro(prices=broken))

    assert curve.price_at(STARTS[5]) is None
    assert prices(curve) == PRICES[:5] + PRICES[6:]


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u202f", "'", "\u2019"])
def test_thousands_may_be_parted_by_what_is_no_digit(blank: str) -> None:
    written = [{**row, "price": f"{row['price'] * 10_000:,.2f}".replace(",", blank)} for row in rows()]

    curve = read({"unit_of_measurement": "NOK/MWh", "prices": written})

    assert prices(curve) == [pytest.approx(price * 10) for price in PRICES]


def test_of_a_price_for_what_is_used_and_one_for_what_is_returned_the_first_counts() -> None:
    both = rows("Timestamp", "TariffUsage", TariffReturn=0.01, usage=4.2)

    assert prices(read({"records": both})) == PRICES


def test_of_several_areas_in_one_list_one_has_to_be_named() -> None:
    both = [row for pair in zip(rows(PriceArea="DK1"), rows(factor=2, PriceArea="DK2"), strict=True) for row in pair]

    assert prices(read(in_euro(records=both), area="DK1")) == PRICES
    with pytest.raises(PriceError, match="DK1, DK2; write which one to use, as price_area"):
        read(in_euro(records=both))


def test_numbers_of_no_known_name_do_not_count_beside_prices() -> None:
    beside = {"panels": rows(value="pv_estimate", factor=3), "watts": {iso(at): 900 * price for at, price in EACH}}

    assert prices(read(in_euro(prices=rows(), **beside), unit="EUR/kWh")) == PRICES


def test_days_under_prices_are_no_homes() -> None:
    by_date = {"2027-02-09": rows(), "2027-02-10": rows(first=STARTS[24], prices=TOMORROW)}
    by_place = [{"day": date, "hours": listed} for date, listed in by_date.items()]

    assert prices(read(in_euro(prices=by_date))) == [*PRICES, *TOMORROW]
    assert prices(read(in_euro(prices=by_place))) == [*PRICES, *TOMORROW]


@pytest.mark.parametrize("area", ["ee", "EE"])
def test_an_area_is_found_wherever_it_is_named(area: str) -> None:
    answer = in_euro(data={"ee": rows(), "fi": rows(factor=0.8)})

    assert prices(read(answer, area=area)) == PRICES


def test_a_tomorrow_of_a_few_numbers_does_not_cost_today() -> None:
    assert prices(read(in_euro(today=PRICES, tomorrow=PRICES[:5]))) == PRICES


def test_two_lists_that_contradict_each_other_are_not_chosen_from() -> None:
    source = in_euro(first=rows(), second=rows(factor=0.7))

    assert prices(read(source, keys=PriceKeys(list=["first"]))) == PRICES
    with pytest.raises(PriceError, match=r"first and second have different prices.*price_keys: {list: first}"):
        read(source)


def test_whatever_a_source_calls_things_can_be_named() -> None:
    nested = [{"at": {"utc0": row["start"]}, "money": {"a": 1.0, "b": row["price"]}} for row in rows()]
    keys = PriceKeys(list=["answer.series"], start="at.utc0", value="money.b")

    assert prices(read({"answer": {"series": nested}}, keys=keys)) == PRICES


def test_numbers_of_no_known_name_are_prices_where_they_are_named() -> None:
    source = in_euro(figures=PRICES)

    assert prices(read(source, keys=PriceKeys(list=["figures"]))) == PRICES
    with pytest.raises(PriceError, match="figures"):
        read(source)


def test_other_lists_need_not_have_the_names_that_are_written() -> None:
    source = in_euro(notes=[{"text": "x"}], prices=rows(value="figure", other=1.0))

    assert prices(read(source, keys=PriceKeys(value="figure"))) == PRICES


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        (PriceKeys(value="net"), "there is no value 'net' in the rows, only start, price"),
        (PriceKeys(list=["figures"]), "no prices found; the attributes are prices, unit_of_measurement"),
        (PriceKeys(list=["unit_of_measurement"]), "'unit_of_measurement' is 'EUR/kWh' and no list"),
    ],
)
def test_names_that_are_not_there_are_refused(keys: PriceKeys, reason: str) -> None:
    with pytest.raises(PriceError, match=reason):
        read(in_euro(prices=rows()), keys=keys)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param({"forecast": rows(value="temperature")}, id="weather"),
        pytest.param({"unit_of_measurement": "kWh", "detailed": rows("period_start", "pv_estimate")}, id="solar"),
        pytest.param({"unit_of_measurement": "kWh", "forecast": rows("time", "value")}, id="energy"),
        pytest.param({"unit_of_measurement": "Wh", "wh_period": {iso(at): 300 for at in STARTS}}, id="solar-map"),
        pytest.param(in_euro(gas_prices=rows()), id="gas"),
        pytest.param(in_euro(feed_in_tariffs=rows()), id="feed-in"),
        pytest.param(in_euro(prices=rows(value="sell_price")), id="sold"),
        pytest.param(in_euro(prices=rows(value="grid_fee")), id="fees-alone"),
        pytest.param(in_euro(today=PRICES[:10]), id="part-of-a-day"),
        pytest.param(in_euro(prices=PRICES), id="numbers-of-no-day"),
        pytest.param(in_euro(prices=[{"date": "2027-02-09", "price": price} for price in PRICES]), id="one-date"),
    ],
)
def test_what_is_no_price_of_what_is_bought_is_never_taken_for_one(source: dict[str, Any]) -> None:
    with pytest.raises(PriceError):
        read(source)

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from price_shapes import EACH, HOUR, MIDNIGHT, NOW, PRICES, SHAPES, STARTS, TOMORROW, ZONE, in_euro, iso, rows, wall
from smart_charging.errors import PriceError
from smart_charging.prices.columns import PriceKeys
from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.sources import read_prices
from smart_charging.prices.wall import midnight


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
        *[("valid_from", "value_inc_vat"), ("startsAt", "total"), ("when", "electricity_price_incl_tax")],
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


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda at: int(at.timestamp()), id="seconds"),
        pytest.param(lambda at: str(int(at.timestamp())), id="seconds-as-text"),
        pytest.param(lambda at: at.timestamp() * 1000, id="milliseconds"),
        pytest.param(lambda at: int(at.timestamp() * 1e9), id="nanoseconds"),
        pytest.param(lambda at: at, id="datetime"),
        pytest.param(lambda at: at.astimezone(ZONE).replace(tzinfo=None), id="naive-datetime"),
        pytest.param(lambda at: wall(at).replace(" ", "T"), id="no-offset"),
        pytest.param(lambda at: f"{at:%Y-%m-%dT%H:%M:%S}.0000000Z", id="seven-decimals"),
        pytest.param(lambda at: f"{at:%Y-%m-%d %H:%M} UTC", id="utc-in-words"),
        pytest.param(lambda at: f"{at:%Y%m%dT%H%M%SZ}", id="compact"),
        pytest.param(lambda at: f"{at.astimezone(ZONE):%Y-%m-%d %H:%M:%S%z}", id="offset-without-colon"),
        pytest.param(lambda at: f"{at.astimezone(ZONE):%d.%m.%Y %H:%M}", id="day-first"),
        pytest.param(lambda at: f"{at.astimezone(ZONE):%d/%m/%Y %H:%M}", id="day-first-or-not"),
        pytest.param(lambda at: f"{at.astimezone(ZONE):%m/%d/%Y %I:%M %p}", id="american"),
        pytest.param(lambda at: f"{at.astimezone(ZONE):%Y/%m/%d %H:%M}", id="slashes"),
    ],
)
def test_times_are_read_in_every_spelling(write: Any) -> None:
    assert read(in_euro(prices=rows(write=write))) == read(in_euro(prices=rows()))


def test_a_day_that_may_be_a_month_is_not_guessed_without_a_date_to_hold_it_to() -> None:
    source = in_euro(prices=rows(write=lambda at: f"{at.astimezone(ZONE):%d/%m/%Y %H:%M}"))

    with pytest.raises(PriceError, match="'09/02/2027 00:00' is not a time"):
        read(source, now=None)


SPRING, AUTUMN = datetime(2027, 3, 28, 9, tzinfo=UTC), datetime(2027, 10, 31, 9, tzinfo=UTC)
SHORT, LONG = [0.1 + hour / 100 for hour in range(23)], [0.1 + hour / 100 for hour in range(25)]
SPRING_HOURS, AUTUMN_HOURS = [0, 1, *range(3, 24)], [0, 1, 2, 2, *range(3, 24)]


@pytest.mark.parametrize(
    ("now", "values", "hours"),
    [
        pytest.param(SPRING, SHORT, SPRING_HOURS, id="spring"),
        pytest.param(SPRING, SHORT, range(23), id="spring-counted-through"),
        pytest.param(SPRING, SHORT, range(1, 24), id="spring-counted-from-1"),
        pytest.param(AUTUMN, LONG, AUTUMN_HOURS, id="autumn"),
        pytest.param(AUTUMN, LONG, range(25), id="autumn-counted-through"),
        pytest.param(AUTUMN, LONG, range(1, 26), id="autumn-counted-from-1"),
    ],
)
def test_hours_of_a_day_that_is_not_24_of_them_follow_each_other(
    now: datetime, values: list[float], hours: Sequence[int]
) -> None:
    source = in_euro(today=[{"hour": hour, "price": value} for hour, value in zip(hours, values, strict=True)])

    curve = read(source, now=now)

    first = midnight(now.date(), ZONE)
    assert [slot.start for slot in curve] == [first + place * HOUR for place in range(len(values))]
    assert prices(curve) == [pytest.approx(value) for value in values]


def test_the_attribute_of_the_hour_that_comes_twice_is_read_twice() -> None:
    names = [f"price_{hour:02}h" for hour in range(24)]
    names.insert(3, "price_02h_d")

    curve = read(in_euro(**dict(zip(names, LONG, strict=True))), now=AUTUMN)

    assert prices(curve) == [pytest.approx(value) for value in LONG]


@pytest.mark.parametrize(("now", "gone"), [(SPRING, 2), (AUTUMN, None)])
def test_24_numbers_of_another_day_are_those_of_the_clock(now: datetime, gone: int | None) -> None:
    curve = read(in_euro(today=PRICES), now=now)

    assert prices(curve) == [price for hour, price in enumerate(PRICES) if hour != gone]
    assert curve.price_at(now.replace(hour=17)) == PRICES[17 + (2 if now is SPRING else 1)]


def test_the_hour_that_comes_twice_has_one_price_where_the_source_gives_one() -> None:
    curve = read(in_euro(today=PRICES), now=AUTUMN)

    assert curve.price_at(AUTUMN.replace(hour=0)) == PRICES[2]
    assert curve.price_at(AUTUMN.replace(hour=1)) is None


@pytest.mark.parametrize("is_newest_first", [False, True])
def test_a_time_on_the_wall_that_comes_twice_is_both_moments_whichever_way_the_list_goes(
    *, is_newest_first: bool
) -> None:
    walls = [f"2027-10-31 {hour:02}:{minute:02}" for hour in (1, 2, 2, 3) for minute in (0, 30)]
    listed = [{"time": wall, "price": price} for wall, price in zip(walls, PRICES, strict=False)]

    curve = read(in_euro(prices=listed[::-1] if is_newest_first else listed), now=AUTUMN)

    first = datetime(2027, 10, 30, 23, tzinfo=UTC)
    assert [slot.start for slot in curve] == [first + place * HOUR / 2 for place in range(8)]


def test_a_time_that_clocks_skip_does_not_take_the_place_of_the_one_they_show() -> None:
    filled = [{"time": f"2027-03-28 {hour:02}:00", "price": price} for hour, price in enumerate(PRICES)]

    assert prices(read(in_euro(prices=filled), now=SPRING)) == PRICES[:2] + PRICES[3:]


@pytest.mark.parametrize("key", ["HourUTC", "start_utc", "dateUTC", "time_gmt"])
def test_a_time_that_is_called_utc_is_so_without_an_offset(key: str) -> None:
    both = [{"HourDK": wall(at), key: f"{at:%Y-%m-%d %H:%M}", "price": price} for at, price in EACH]

    assert read(in_euro(prices=both)).slots[0].start == MIDNIGHT


def test_a_time_that_agrees_with_the_end_of_the_span_beside_it_is_an_end() -> None:
    spans = [
        {"dtime": wall(at + HOUR), "period": f"{wall(at)[11:]} - {wall(at + HOUR)[11:]}", "rce_pln": price}
        for at, price in EACH
    ]

    curve = read({"unit_of_measurement": "PLN/kWh", "prices": spans})

    assert curve.slots[0].start == MIDNIGHT
    assert prices(curve) == PRICES


def test_hours_that_may_begin_with_0_or_1_are_refused() -> None:
    hours = [{"hour": hour, "price": price} for hour, price in enumerate(PRICES)][1:]

    with pytest.raises(PriceError, match="the first may begin at"):
        read(in_euro(today=hours))


@pytest.mark.parametrize("value", [None, "unavailable", "", float("nan"), float("inf"), 9999.0, "n/a", [1], True])
def test_a_row_without_a_price_is_unknown_and_the_others_stand(value: object) -> None:
    broken = rows()
    broken[5]["price"] = value

    curve = read(in_euro(prices=broken))

    assert curve.price_at(STARTS[5]) is None
    assert prices(curve) == PRICES[:5] + PRICES[6:]


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


@pytest.mark.parametrize("step", [timedelta(minutes=minutes) for minutes in (5, 15, 30, 60)])
@pytest.mark.parametrize("late", [timedelta(seconds=seconds) for seconds in (-3, 1, 59)])
def test_slots_that_nearly_touch_touch(step: timedelta, late: timedelta) -> None:
    ragged = [
        {"start": iso(MIDNIGHT + place * step + late), "end": iso(MIDNIGHT + (place + 1) * step), "price": price}
        for place, price in enumerate(PRICES)
    ]

    curve = read(in_euro(prices=ragged))

    assert [slot.start for slot in curve] == [MIDNIGHT + place * step for place in range(24)]
    assert {slot.length for slot in curve} == {step}


@pytest.mark.parametrize("end", [None, "end"])
@pytest.mark.parametrize("step", [timedelta(minutes=minutes) for minutes in (5, 15, 30, 60)])
def test_a_real_hole_stays_a_hole(step: timedelta, end: str | None) -> None:
    gone = rows(step=step, end=end)
    del gone[6]

    curve = read(in_euro(prices=gone))

    assert curve.price_at(MIDNIGHT + 6 * step) is None
    assert prices(curve) == PRICES[:6] + PRICES[7:]

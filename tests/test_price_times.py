from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smart_charging.errors import PriceError
from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.reading.sources import read_prices
from smart_charging.prices.wall_time import midnight
from worlds.price_shapes import EACH, HOUR, MIDNIGHT, NOW, PRICES, ZONE, in_euro, iso, rows, wall


def read(source: Any, *, now: datetime | None = NOW, **more: Any) -> PriceCurve:
    return read_prices(source, zone=ZONE, now=now, **more)


def prices(curve: PriceCurve) -> list[float]:
    return [round(slot.price_per_kwh, 6) for slot in curve]


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
        pytest.param(lambda at: f"{at.astimezone(ZONE):%Y-%m-%d %H:%M:%S} CET", id="zone-in-letters"),
        pytest.param(lambda at: f"{iso(at)}[Europe/Stockholm]", id="zone-in-brackets"),
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


def test_a_zone_of_unknown_letters_is_refused() -> None:
    with pytest.raises(PriceError, match="XYZ' is not a time"):
        read(in_euro(prices=rows(write=lambda at: f"{wall(at)} XYZ")))


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


def test_spans_of_the_day_last_until_the_clock_says_so() -> None:
    spans = [("22:00", "06:00", 0.1), ("06:00", "17:30", 0.3), ("17:30", "22:00", 0.5)]

    curve = read(in_euro(today=[{"from": start, "till": end, "price": price} for start, end, price in spans]))

    assert [slot.length / HOUR for slot in curve] == [11.5, 4.5, 8]
    assert prices(curve) == [0.3, 0.5, 0.1]


def test_hours_that_may_begin_with_0_or_1_are_refused() -> None:
    hours = [{"hour": hour, "price": price} for hour, price in enumerate(PRICES)][1:]

    with pytest.raises(PriceError, match="the first may begin at"):
        read(in_euro(today=hours))


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

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytz

from smart_charging.errors import PriceError
from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.reading.sources import has_fees_inside, is_published, read_prices

PAYLOADS = Path(__file__).parent / "payloads" / "prices"
STOCKHOLM = ZoneInfo("Europe/Stockholm")
HELSINKI = ZoneInfo("Europe/Helsinki")
TUESDAY = datetime(2026, 2, 2, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)


def payload(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))
    return content


def row(start: datetime | str, value: object, **more: object) -> dict[str, object]:
    return {"start": start if isinstance(start, str) else start.isoformat(), "value": value, **more}


def day(*values: object, step: timedelta = HOUR, start: datetime = TUESDAY) -> list[dict[str, object]]:
    return [row(start + i * step, value) for i, value in enumerate(values)]


def read(*sources: dict[str, Any], **settings: Any) -> PriceCurve:
    return read_prices(list(sources), zone=STOCKHOLM, **settings)


def prices(curve: PriceCurve) -> list[float]:
    return [slot.price_per_kwh for slot in curve]


@pytest.mark.parametrize(
    ("name", "count", "minutes", "currency"),
    [
        ("nordpool_hacs_cents", 4, 60, "EUR"),
        ("nordpool_core_action", 4, 15, None),
        ("energidataservice", 4, 60, "DKK"),
        ("entsoe_one_slot_of_tomorrow", 25, 60, "EUR"),
        ("stromligning_today", 2, 15, "DKK"),
        ("epex_spot", 2, 15, "EUR"),
        ("epex_spot_old_cents", 2, 60, None),
        ("ge_spot", 8, 15, "EUR"),
        ("octopus_energy", 2, 30, None),
        ("energyzero_core_action", 2, 60, None),
        ("frank_energie", 2, 60, "EUR"),
        ("amber_forecasts", 2, 30, "AUD"),
        ("appdaemon_envelope", 2, 15, None),
    ],
)
def test_every_known_source_is_recognised(name: str, count: int, minutes: int, currency: str | None) -> None:
    curve = read(payload(name))

    assert curve.slots[0].price_per_kwh == pytest.approx(0.41 if currency == "DKK" else 0.041)
    assert [slot.length for slot in curve] == [timedelta(minutes=minutes)] * count
    assert curve.currency == currency


@pytest.mark.parametrize("minutes", [60, 30, 15, 5, 5 / 60])
def test_any_length_of_slot_is_read(minutes: float) -> None:
    step = timedelta(minutes=minutes)

    curve = read({"raw_today": day(0.5, 0, -0.1, step=step)})

    assert prices(curve) == [0.5, 0, -0.1]
    assert curve.known_until == TUESDAY + 3 * step


def test_a_slot_without_an_end_lasts_until_the_next_one_or_as_long_as_most() -> None:
    quarters = day(1, 1, 1, 1, step=HOUR / 4)
    hours = day(2, 2, start=TUESDAY + HOUR)
    tomorrow = [row(TUESDAY + 24 * HOUR, 3)]

    curve = read({"raw_today": [*quarters, *hours], "raw_tomorrow": tomorrow})

    assert [slot.length / HOUR for slot in curve] == [0.25, 0.25, 0.25, 0.25, 1, 0.25, 0.25]
    assert curve.price_at(TUESDAY + 12 * HOUR) is None


def test_a_tomorrow_of_one_slot_ends_when_that_slot_does() -> None:
    curve = read(payload("entsoe_one_slot_of_tomorrow"))

    assert curve.known_until == datetime(2026, 2, 4, 1, tzinfo=HELSINKI)


def test_today_repeated_as_tomorrow_is_still_today() -> None:
    today = day(1, 2)

    assert read({"raw_today": today, "raw_tomorrow": today}) == read({"raw_today": today})


def test_today_and_tomorrow_may_come_from_two_entities() -> None:
    today, tomorrow = payload("stromligning_today"), payload("stromligning_tomorrow")

    curve = read(today, tomorrow)

    assert prices(curve) == [0.41, 1.9, 0.7, 0.8]
    assert curve.currency == "DKK"


@pytest.mark.parametrize("name", ["stromligning_tomorrow_off", "nordpool_core_action_nothing_yet"])
def test_a_tomorrow_that_is_not_published_is_unknown(name: str) -> None:
    assert read(payload("stromligning_today"), payload(name)) == read(payload("stromligning_today"))


def test_a_price_that_is_null_is_unknown_and_not_0() -> None:
    curve = read({"raw_today": day(1, None, 0)})

    assert [curve.price_at(TUESDAY + hours * HOUR) for hours in range(3)] == [1, None, 0]


def test_a_forecast_beside_published_prices_is_an_estimate() -> None:
    curve = read(payload("energidataservice"))

    assert [slot.is_estimate for slot in curve] == [False, False, True, True]
    assert curve.known_until == TUESDAY + 2 * HOUR


def test_of_several_homes_one_has_to_be_named() -> None:
    assert prices(read(payload("tibber_core_action"), area="hjem")) == [0.42, 1.3, 1.4]
    with pytest.raises(PriceError, match="Hytte, Hjem; write which"):
        read(payload("tibber_core_action"))


def test_a_list_that_changes_later_does_not_change_what_was_read() -> None:
    rows = day(1, 2)
    curve = read({"raw_today": rows})

    rows.append(row(TUESDAY + 2 * HOUR, 3))

    assert len(curve) == 2


@pytest.mark.parametrize(
    ("attributes", "settings"),
    [
        pytest.param({"unit": "kWh", "price_in_cents": True}, {}, id="cents"),
        pytest.param({"unit": "MWh", "price_in_cents": False}, {"values": 500}, id="MWh"),
        pytest.param({"unit": "Wh", "price_in_cents": False}, {"values": 0.0005}, id="Wh"),
        pytest.param({"unit_of_measurement": "öre/kWh"}, {}, id="öre in the unit of measurement"),
        pytest.param({"unit": "kWh", "unit_of_measurement": "c/kWh"}, {}, id="cents said once"),
        pytest.param(
            {"unit": "kWh", "unit_of_measurement": "c/kWh", "price_in_cents": True}, {}, id="cents said twice"
        ),
        pytest.param({"unit_of_measurement": "SEK/kWh"}, {"unit": "öre/kWh"}, id="a setting wins"),
    ],
)
def test_prices_become_main_units_per_kwh(attributes: dict[str, Any], settings: dict[str, Any]) -> None:
    values = settings.pop("values", 50)

    curve = read({"raw_today": day(values), **attributes}, **settings)

    assert prices(curve) == [pytest.approx(0.5)]


@pytest.mark.parametrize("zone", [STOCKHOLM, pytz.timezone("Europe/Stockholm")], ids=["zoneinfo", "pytz"])
def test_times_without_an_offset_are_those_of_the_zone_even_when_they_come_twice(zone: Any) -> None:
    walls = [f"2026-10-25 {clock}" for clock in ("01:00", "02:00", "02:00", "03:00")]

    curve = read_prices({"raw_today": [row(wall, 1) for wall in walls]}, zone=zone)

    assert [slot.start.hour for slot in curve] == [23, 0, 1, 2]


def test_mixed_offsets_in_one_list_are_one_row_of_hours() -> None:
    starts = ["2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T03:00:00+01:00"]

    curve = read({"raw_today": [row(start, 1) for start in starts]})

    assert [slot.start.hour for slot in curve] == [0, 1, 2]


@pytest.mark.parametrize(("month", "date", "count"), [(3, 29, 23), (10, 25, 25), (10, 25, 100), (2, 3, 24)])
def test_bare_numbers_are_spread_over_the_day_however_long_it_is(month: int, date: int, count: int) -> None:
    noon = datetime(2026, month, date, 12, tzinfo=UTC)

    curve = read({"today": [1] * count}, now=noon)

    assert {slot.length for slot in curve} == {HOUR / 4 if count == 100 else HOUR}
    assert curve.slots[0].start.astimezone(STOCKHOLM).hour == 0


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        pytest.param({}, "no prices found", id="empty"),
        pytest.param({"friendly_name": "Kitchen"}, "friendly_name", id="something else"),
        pytest.param({"raw_today": [row("noon", 1)]}, "'noon' is not a time", id="no time"),
        pytest.param({"raw_today": day("?")}, "is not a price", id="no number"),
        pytest.param({"raw_today": day(float("nan"))}, "is not a price", id="nan"),
        pytest.param({"raw_today": day(1), "unit": "Joule"}, "'Joule'", id="unit"),
        pytest.param(
            {"raw_today": day(4.2, 20), "currency": "EUR"}, "12.1 EUR/kWh is no plausible", id="cents as euros"
        ),
        pytest.param({"raw_today": day(55, 60), "currency": "SEK"}, "57.5 SEK/kWh is no plausible", id="öre as kronor"),
        pytest.param({"raw_today": day(80), "currency": "EUR"}, "80 EUR/kWh is no plausible", id="MWh as kWh"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(attributes: dict[str, Any], reason: str) -> None:
    with pytest.raises(PriceError, match=reason):
        read(attributes)


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"tariffs": {"00": 0.3}}, True),
        ({"additional_costs_current_hour": 0.12}, True),
        ({"additional_costs_current_hour": 0.0, "tariffs": None}, False),
        ({}, False),
    ],
)
def test_a_source_can_say_that_fees_are_in_its_prices(attributes: dict[str, Any], *, expected: bool) -> None:
    assert has_fees_inside(attributes) == expected


def test_lists_in_two_currencies_are_refused() -> None:
    with pytest.raises(PriceError, match="DKK and EUR"):
        read({"prices_dkk": day(1), "prices_eur": day(2, start=TUESDAY + HOUR)})


def test_sources_in_two_currencies_are_refused() -> None:
    with pytest.raises(PriceError, match="EUR and SEK"):
        read({"raw_today": day(1), "currency": "SEK"}, {"raw_today": day(1), "currency": "EUR"})


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param({"DK1": []}, False, id="nord-pool"),
        pytest.param({"success": True, "result": {"response": {"DK1": []}}}, False, id="wrapped"),
        pytest.param({"prices": {"Home": [], "Cabin": []}}, False, id="tibber"),
        pytest.param({"prices": []}, False, id="energyzero"),
        pytest.param({"prices": {"Home": [], "Cabin": [{"price": 1}]}}, True, id="one-home"),
        pytest.param({}, True, id="no-lists-are-no-empty-lists"),
    ],
)
def test_an_answer_of_empty_lists_is_not_published_yet(answer: dict[str, Any], *, expected: bool) -> None:
    assert is_published(answer) is expected


@pytest.mark.parametrize("time", [1e300, -3.2e16, "9999-12-31T23:00:00", "0001-01-01T00:00:00+14:00", float("nan")])
def test_a_time_beyond_all_calendars_is_refused_like_any_other_nonsense(time: object) -> None:
    with pytest.raises(PriceError, match="time"):
        read({"prices": [row("2026-02-03T00:00:00", 1), {"start": time, "price": 1}]})

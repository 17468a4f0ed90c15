from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st

from smart_charging.config.rates import RateSettings
from smart_charging.errors import PriceError
from smart_charging.prices.curve import PriceSlot
from smart_charging.prices.rates import MINUTES_A_DAY, Rate, cut, edges_of, rate_at
from smart_charging.services.pricing.tariffs import rates_of

OSLO, LISBON = ZoneInfo("Europe/Oslo"), ZoneInfo("Europe/Lisbon")
NEVER: frozenset[date] = frozenset()


def rates(*written: dict[str, Any]) -> list[Rate]:
    return list(rates_of([RateSettings.model_validate(rate) for rate in written]))


def at(text: str, zone: ZoneInfo = OSLO) -> datetime:
    """A local time that is shown once, or the first of two."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("written", "inside", "outside"),
    [
        pytest.param({"from_hour": 22, "to_hour": 6}, "22:00 23:59 00:00 05:59", "06:00 21:59", id="numbers"),
        pytest.param({"from_hour": "22", "to_hour": "06"}, "22:00 23:59 00:00 05:59", "06:00 21:59", id="as-text"),
        pytest.param({"from_hour": "23:30", "to_hour": "05:30"}, "23:30 00:00 05:29", "05:30 23:29", id="overnight"),
        pytest.param({"from_hour": "18:15:00", "to_hour": "18:20"}, "18:15 18:19", "18:14 18:20", id="minutes"),
        pytest.param({"from_hour": "23:45", "to_hour": "24:00"}, "23:45 23:59", "23:44 00:00", id="to-24"),
        pytest.param({"from_hour": "23:45", "to_hour": 0}, "23:45 23:59", "23:44 00:00", id="to-0"),
        pytest.param({"from_hour": 7, "to_hour": 7}, "00:00 06:59 07:00 23:59", "", id="all-day"),
    ],
)
def test_a_rate_holds_from_its_first_minute_to_the_one_before_its_last(
    written: dict[str, Any], inside: str, outside: str
) -> None:
    fee = rates(written | {"per_kwh": 1})

    assert [hour for hour in inside.split() if rate_at(fee, at(f"2027-01-12T{hour}"), NEVER) is None] == []
    assert [hour for hour in outside.split() if rate_at(fee, at(f"2027-01-12T{hour}"), NEVER)] == []


@pytest.mark.parametrize(
    ("moment", "amount"),
    [
        ("2027-01-12T18:14", 2),
        ("2027-01-12T18:15", 3),
        ("2027-01-12T21:14", 3),
        ("2027-01-12T21:15", 2),
        ("2027-01-12T22:00", None),
        ("2027-02-12T18:15", 2),
    ],
)
def test_the_first_that_holds_counts_and_none_is_none(moment: str, amount: float | None) -> None:
    fees = rates({"per_kwh": 3, "from_hour": "18:15", "to_hour": "21:15", "months": [1]}, {"per_kwh": 2, "to_hour": 22})

    assert rate_at(fees, at(moment), NEVER) == amount


@pytest.mark.parametrize(
    ("written", "days", "others"),
    [
        pytest.param(
            {"from_date": "11-16", "to_date": "03-14"},
            ["2026-11-16", "2026-12-31", "2027-01-01", "2028-02-29", "2027-03-14"],
            ["2026-11-15", "2027-03-15", "2027-07-01"],
            id="every-year-over-new-year",
        ),
        pytest.param(
            {"from_date": "04-01", "to_date": "09-30"},
            ["2026-04-01", "2027-09-30"],
            ["2027-03-31", "2027-10-01"],
            id="every-year",
        ),
        pytest.param(
            {"from_date": date(2026, 12, 1), "to_date": "2027-01-31"},
            ["2026-12-01", "2027-01-31"],
            ["2026-11-30", "2027-02-01", "2027-12-15"],
            id="once",
        ),
        pytest.param({"from_date": "2027-01-01"}, ["2027-01-01", "2031-05-05"], ["2026-12-31"], id="from-then-on"),
        pytest.param({"to_date": "2026-12-31"}, ["2020-01-01", "2026-12-31"], ["2027-01-01"], id="until-then"),
    ],
)
def test_both_dates_of_a_range_are_in_it(written: dict[str, Any], days: list[str], others: list[str]) -> None:
    fee = rates(written | {"per_kwh": 1})

    assert [day for day in days if rate_at(fee, at(f"{day}T12:00"), NEVER) is None] == []
    assert [day for day in others if rate_at(fee, at(f"{day}T12:00"), NEVER)] == []


def test_a_season_ends_with_the_change_of_the_clocks() -> None:
    fees = rates({"per_kwh": 1, "season": "winter_time"}, {"per_kwh": 2, "season": "summer_time"})
    change = datetime(2027, 3, 28, 1, tzinfo=UTC)

    before, after = ((change + step).astimezone(LISBON) for step in (timedelta(seconds=-1), timedelta(0)))

    assert (rate_at(fees, before, NEVER), rate_at(fees, after, NEVER)) == (1, 2)


@pytest.mark.parametrize(
    ("zone", "summer"),
    [
        pytest.param(ZoneInfo("Europe/Dublin"), 7, id="Dublin"),
        pytest.param(ZoneInfo("Europe/Lisbon"), 7, id="Lisbon"),
        pytest.param(pytz.timezone("Europe/Helsinki"), 7, id="as-AppDaemon-has-it"),
        pytest.param(ZoneInfo("Australia/Sydney"), 1, id="south"),
    ],
)
def test_summer_time_is_when_clocks_are_ahead(zone: Any, summer: int) -> None:
    fee = rates({"per_kwh": 1, "season": "summer_time"})

    months = [m for m in (1, 7) if rate_at(fee, datetime(2027, m, 5, tzinfo=UTC).astimezone(zone), NEVER)]

    assert months == [summer]


def test_zones_that_never_change_their_clocks_have_winter_time() -> None:
    fee = rates({"per_kwh": 1, "season": "winter_time"})

    assert rate_at(fee, at("2027-07-05T12:00", ZoneInfo("Asia/Kolkata")), NEVER) == 1


@pytest.mark.parametrize(
    ("night", "minutes"),
    [
        pytest.param("2027-03-27", 60, id="the-hour-that-is-skipped"),
        pytest.param("2027-10-30", 180, id="the-hour-that-comes-twice"),
        pytest.param("2027-06-01", 120, id="any-other"),
    ],
)
def test_a_fee_follows_the_clock_on_the_wall(night: str, minutes: int) -> None:
    fee = rates({"per_kwh": 1, "from_hour": "01:30", "to_hour": "03:30"})
    start = at(f"{night}T12:00").astimezone(UTC)
    whole = PriceSlot(start=start, end=start + timedelta(days=1), price_per_kwh=0)

    parts = list(cut(whole, edges_of(fee), OSLO))

    held = [part for part in parts if rate_at(fee, part.start.astimezone(OSLO), NEVER)]
    assert sum((part.length for part in held), timedelta(0)) == timedelta(minutes=minutes)
    assert (parts[0].start, parts[-1].end) == (whole.start, whole.end)


@given(
    st.integers(0, MINUTES_A_DAY),
    st.integers(0, MINUTES_A_DAY),
    st.integers(0, 364 * MINUTES_A_DAY),
    st.integers(1, 60 * 30),
    st.sampled_from(["Europe/Oslo", "Europe/Lisbon", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns"]),
)
def test_within_a_part_the_rate_never_changes(first: int, last: int, start: int, minutes: int, zone: str) -> None:
    fee = [Rate(per_kwh=1, from_minute=first, to_minute=last)]
    begin, local = datetime(2027, 1, 1, tzinfo=UTC) + timedelta(minutes=start), ZoneInfo(zone)
    whole = PriceSlot(start=begin, end=begin + timedelta(minutes=minutes), price_per_kwh=0)

    parts = list(cut(whole, edges_of(fee), local))

    for part in parts:
        last_moment = part.end - timedelta(microseconds=1)
        among = {rate_at(fee, moment.astimezone(local), NEVER) for moment in (part.start, last_moment)}
        assert len(among) == 1
    assert sum((part.length for part in parts), timedelta(0)) == whole.length


def test_minutes_that_no_clock_shows_are_refused() -> None:
    with pytest.raises(PriceError, match="0 to 1440"):
        Rate(per_kwh=1, to_minute=1441)

from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st

from smart_charging.planning.departure import next_departure

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
ZONES = [COPENHAGEN, pytz.timezone("Europe/Copenhagen")]
both_kinds_of_zone = pytest.mark.parametrize("zone", ZONES, ids=["zoneinfo", "pytz"])


@both_kinds_of_zone
@pytest.mark.parametrize(
    ("local_time", "after", "departure"),
    [
        pytest.param(time(7), datetime(2026, 1, 5, 17, tzinfo=UTC), datetime(2026, 1, 6, 6, tzinfo=UTC), id="winter"),
        pytest.param(time(7), datetime(2026, 7, 5, 17, tzinfo=UTC), datetime(2026, 7, 6, 5, tzinfo=UTC), id="summer"),
        pytest.param(time(7), datetime(2026, 7, 5, 4, tzinfo=UTC), datetime(2026, 7, 5, 5, tzinfo=UTC), id="today"),
        pytest.param(time(7), datetime(2026, 7, 5, 5, tzinfo=UTC), datetime(2026, 7, 6, 5, tzinfo=UTC), id="just now"),
        pytest.param(
            time(7), datetime(2026, 3, 28, 17, tzinfo=UTC), datetime(2026, 3, 29, 5, tzinfo=UTC), id="short night"
        ),
        pytest.param(
            time(7), datetime(2026, 10, 24, 17, tzinfo=UTC), datetime(2026, 10, 25, 6, tzinfo=UTC), id="long night"
        ),
        pytest.param(
            time(2, 30), datetime(2026, 3, 28, 17, tzinfo=UTC), datetime(2026, 3, 29, 1, tzinfo=UTC), id="skipped time"
        ),
        pytest.param(
            time(2, 30), datetime(2026, 10, 24, 17, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC), id="twice"
        ),
        pytest.param(
            time(2, 30),
            datetime(2026, 10, 25, 0, 45, tzinfo=UTC),
            datetime(2026, 10, 26, 1, 30, tzinfo=UTC),
            id="after the first of two",
        ),
    ],
)
def test_a_departure_is_what_the_clock_on_the_wall_will_show(
    zone: tzinfo, local_time: time, after: datetime, departure: datetime
) -> None:
    assert next_departure(local_time, zone, after) == departure


@given(
    st.times(timezones=st.none()).map(lambda local: local.replace(second=0, microsecond=0, fold=0)),
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis asks for naive bounds
    st.sampled_from([*ZONES, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Kolkata")]),
)
def test_a_departure_is_later_than_now_and_within_a_day(local_time: time, after: datetime, zone: tzinfo) -> None:
    departure = next_departure(local_time, zone, after)

    assert timedelta(0) < departure - after <= timedelta(hours=26)
    assert departure.astimezone(zone).time() >= local_time

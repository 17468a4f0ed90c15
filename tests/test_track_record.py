from collections.abc import Sequence
from datetime import timedelta
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.track_record import DAYS, ForecastsMade, TrackRecord
from worlds.pictures import MIDNIGHT, curve

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WAVE = [(0.1, -0.1, 0.3, -0.3)[hour % 4] for hour in range(24)]
"""Errors of a day whose mean is 0."""


def hourly(prices: Sequence[float], start: int = 0) -> PriceCurve:
    return curve(*prices, step=HOUR, start=MIDNIGHT + start * HOUR)


def after(days: int, *, ours: Sequence[float], theirs: Sequence[float]) -> TrackRecord:
    """What is known when prices of 1.0 came day by day, each forecast by both for a week with these errors."""
    record = TrackRecord()
    made: list[ForecastsMade] = []
    for day in range(days):
        now = MIDNIGHT + day * DAY
        published = hourly([1.0] * 24 * (day + 1))
        record = record.judged(made, published, now - DAY)
        forecasts = [hourly([1 + error for error in errors] * DAYS, day * 24 + 24) for errors in (ours, theirs)]
        made = [*made[-1:], ForecastsMade.now(now + DAY, *forecasts)]
    return record


def test_two_of_which_nothing_is_known_count_alike() -> None:
    assert TrackRecord().mixed(1, 3, HOUR) == 2


def test_the_one_that_was_right_counts_more_the_longer_it_was() -> None:
    shares = [after(days, ours=WAVE, theirs=[0.2 * error for error in WAVE]).share_of_theirs(0) for days in (1, 3, 30)]

    assert 0.5 == shares[0] < shares[1] < shares[2]
    assert shares[2] > 0.85


def test_the_one_that_was_wrong_is_hardly_heard() -> None:
    record = after(30, ours=WAVE, theirs=[40 * error for error in WAVE])

    assert record.share_of_theirs(0) < 0.05


def test_however_right_another_was_ours_counts_a_little() -> None:
    assert after(40, ours=WAVE, theirs=[0.0] * 24).share_of_theirs(0) == 0.95  # and no more


def test_what_another_is_always_too_high_is_taken_off() -> None:
    record = after(40, ours=WAVE, theirs=[0.5] * 24)

    assert record.mixed(1.0, 1.5, HOUR) == pytest.approx(1.0, abs=0.05)


def test_each_number_of_days_ahead_has_errors_of_its_own() -> None:
    good_at_first = [0.1 * error for error in WAVE]
    bad_later = [10 * error for error in WAVE]
    record = TrackRecord()
    ours, theirs = (hourly([1 + error for error in errors]) for errors in (WAVE * 2, good_at_first + bad_later))
    made = ForecastsMade.now(MIDNIGHT, ours, theirs)

    for _ in range(20):
        record = record.judged([made], hourly([1.0] * 48), MIDNIGHT)

    assert record.share_of_theirs(0) > 0.8
    assert record.share_of_theirs(1) < 0.2


def test_of_days_further_ahead_than_was_seen_the_nearest_stand_in() -> None:
    record = after(2, ours=WAVE, theirs=[20 * error for error in WAVE])

    assert record.share_of_theirs(6) == record.share_of_theirs(0) < 0.4


def test_only_what_was_published_since_is_judged() -> None:
    made = ForecastsMade.now(MIDNIGHT, hourly([1.0] * 24), hourly([2.0] * 24))
    published = hourly([1.0] * 12)

    record = TrackRecord().judged([made], published, MIDNIGHT + 6 * HOUR)

    assert record.theirs[0].count == 6
    assert record.judged([made], published, MIDNIGHT + 12 * HOUR) == record


def test_an_hour_that_one_of_them_did_not_forecast_is_not_judged() -> None:
    made = ForecastsMade.now(MIDNIGHT, hourly([1.0] * 24), hourly([2.0] * 6))

    record = TrackRecord().judged([made], hourly([1.0] * 24), MIDNIGHT)

    assert record.theirs[0].count == record.ours[0].count == 6


ERRORS = st.lists(st.floats(-5, 5), min_size=24, max_size=24)


@settings(max_examples=20)
@given(ERRORS, ERRORS)
def test_an_estimate_lies_between_ours_and_theirs_without_their_usual_error(
    ours: list[float], theirs: list[float]
) -> None:
    record, usual = after(2, ours=ours, theirs=theirs), fmean(theirs)

    mixed = record.mixed(1.0, 4.0, HOUR)

    assert min(1.0, 4.0, 4.0 - usual) - 1e-9 <= mixed <= max(1.0, 4.0, 4.0 - usual) + 1e-9

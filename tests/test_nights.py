"""The short version of the proof; the whole year is `benchmarks.nights`."""

from datetime import date

import pytest

from worlds.nights.stretch import Result, Stretch
from worlds.year_of_prices import made_up_prices

STRETCHES = (
    ("1", date(2025, 8, 11), 3),
    ("2", date(2026, 1, 12), 3),
    ("3", date(2026, 3, 26), 4),
)
"""In worlds that were drawn, by the first seeds there are; one stretch holds a change of the clocks."""
USUAL_STRETCHES = (("5", date(2025, 10, 23), 4),)
"""In the world that other tests have, with the other change."""


@pytest.fixture(scope="module")
def nights() -> Result:
    result = Result()
    for some, is_usual in ((STRETCHES, False), (USUAL_STRETCHES, True)):
        for seed, first, count in some:
            stretch = Stretch(
                seed=seed, first=first, nights=count, prices=made_up_prices(), is_short=True, is_usual=is_usual
            )
            result.add(stretch.play())
    return result


def test_there_are_worlds_and_faults_of_many_kinds(nights: Result) -> None:
    assert nights.nights == 14
    assert len(set(nights.worlds)) == len(STRETCHES) + 1
    assert sum(nights.faults.values()) >= nights.nights
    assert len(nights.faults) >= 12


def test_every_target_that_could_be_met_is_met(nights: Result) -> None:
    assert nights.those(lambda verdict: verdict.is_promised)
    assert nights.those(lambda verdict: verdict.is_failure) == []


def test_nothing_is_started_twice(nights: Result) -> None:
    assert nights.those(lambda verdict: verdict.second_starts) == []


def test_nothing_is_started_in_mode_off(nights: Result) -> None:
    assert nights.those(lambda verdict: verdict.visit.mode == "off")
    assert nights.those(lambda verdict: verdict.off_starts) == []


def test_no_charge_of_others_is_stopped(nights: Result) -> None:
    assert nights.those(lambda verdict: verdict.foreign_stops) == []


def test_no_fuse_is_exceeded(nights: Result) -> None:
    assert nights.fuse_exceeded_s == 0


def test_no_target_is_overshot_by_more_than_a_reporting_interval(nights: Result) -> None:
    assert max(nights.overshoots) <= 1


def test_mode_now_is_prompt(nights: Result) -> None:
    assert nights.late
    assert nights.those(lambda verdict: verdict.is_late) == []


def test_the_cloud_never_says_too_many_requests(nights: Result) -> None:
    assert nights.too_many_requests == 0


def test_undisturbed_nights_cost_hardly_more_than_the_least_possible(nights: Result) -> None:
    assert min(nights.ratios) >= 1 - 1e-6
    assert max(nights.ratios) < 1.1


def test_nothing_happens_that_should_not(nights: Result) -> None:
    assert nights.bugs == []

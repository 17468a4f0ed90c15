"""The judge of the nights notices a planner that is wrong; all mutations are in benchmarks.mutations."""

from dataclasses import replace
from datetime import timedelta

import pytest

from smart_charging.clouds.monta.stand_in.habits import Habits
from worlds.nights.habits import DrawnWorld
from worlds.nights.stretch import Result, Stretch
from worlds.nights.visits import HomeSetup, Night
from worlds.nights.wrong_planners import Mutation, SharpNights, an_hour_off, as_it_is, dearest_times, started_twice

NIGHTS = SharpNights(seed="judged")


def played(mutation: Mutation, setup: HomeSetup, night: Night) -> Result:
    with mutation():
        return Stretch(seed="judged", first=NIGHTS.day, nights=1, prices=NIGHTS.prices, written=(setup, night)).play()


@pytest.mark.parametrize(
    ("mutation", "convicted_of"),
    [
        (as_it_is, []),
        (dearest_times, ["dearer than need be, or cheaper than can be"]),
        (an_hour_off, ["dearer than need be, or cheaper than can be"]),
        (started_twice, ["second charges"]),
    ],
)
def test_a_wrong_planner_is_convicted_and_the_real_one_is_not(mutation: Mutation, convicted_of: list[str]) -> None:
    result = played(mutation, *NIGHTS.quiet)

    assert list(result.suspects()) == convicted_of


def test_a_wait_for_the_meter_its_list_and_the_next_read_is_no_charge_past_the_target() -> None:
    setup, night = NIGHTS.quiet
    slow = DrawnWorld(habits=Habits(meter_rhythm=timedelta(minutes=5), list_lag=timedelta(seconds=45)))
    [visit] = night.visits
    just_missed = replace(visit, wanted_kwh=11.13, power_kw=11, told_kw=11)  # by the report before

    result = played(as_it_is, replace(setup, world=slow), replace(night, visits=[just_missed]))

    assert list(result.suspects()) == []

"""The judge of the nights notices a planner that is wrong; all mutations are in benchmarks.mutations."""

from dataclasses import replace
from datetime import timedelta

import pytest

from smart_charging.clouds.monta.stand_in.habits import Habits
from worlds.nights.habits import World
from worlds.nights.mutations import DAY, QUIET, Mutation, as_it_is, dearest_times, sharp_prices, started_twice
from worlds.nights.stretch import Result, Stretch


def played(mutation: Mutation) -> Result:
    with mutation():
        return Stretch(seed="judged", first=DAY, nights=1, prices=sharp_prices(), written=QUIET).play()


@pytest.mark.parametrize(
    ("mutation", "convicted_of"),
    [
        (as_it_is, []),
        (dearest_times, ["dearer than need be, or cheaper than can be"]),
        (started_twice, ["second charges"]),
    ],
)
def test_a_wrong_planner_is_convicted_and_the_real_one_is_not(mutation: Mutation, convicted_of: list[str]) -> None:
    result = played(mutation)

    assert list(result.suspects()) == convicted_of


def test_a_wait_for_the_meter_its_list_and_the_next_read_is_no_charge_past_the_target() -> None:
    setup, night = QUIET
    slow = World(habits=Habits(meter_rhythm=timedelta(minutes=5), list_lag=timedelta(seconds=45)))
    just_missed = replace(night.visits[0], wanted_kwh=11.13)  # by the report before

    result = Stretch(
        seed="judged",
        first=DAY,
        nights=1,
        prices=sharp_prices(),
        written=(replace(setup, world=slow), replace(night, visits=[just_missed])),
    ).play()

    assert list(result.suspects()) == []

"""The judge of the nights notices a planner that is wrong; all mutations are in benchmarks.mutations."""

import pytest

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

"""How high the highest of uncertain loads become."""

import random
from statistics import quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_charging.planning.peak_chance import CHANCES, ExpectedLoads, highest

SOME_CHANCES = st.sampled_from(list(CHANCES))


@given(count=st.integers(1, 5), draws=st.integers(0, 40), chance=SOME_CHANCES)
def test_of_few_draws_all_are_told_and_of_many_the_highest_in_order(count: int, draws: int, chance: float) -> None:
    found = highest(count, draws, chance)

    assert len(found) == min(count, draws)
    assert list(found) == sorted(found, reverse=True)


@given(draws=st.integers(1, 300), chance=SOME_CHANCES)
def test_the_highest_of_more_draws_is_higher(draws: int, chance: float) -> None:
    assert highest(1, draws + 1, chance)[0] > highest(1, draws, chance)[0]


@pytest.mark.parametrize("draws", [1, 7, 28])
def test_the_highest_of_drawn_loads_is_below_each_chance_so_often(draws: int) -> None:
    rng = random.Random(draws)  # noqa: S311 - for a test
    tenths = quantiles((max(rng.gauss(0, 1) for _ in range(draws)) for _ in range(3000)), n=10)

    told = [highest(1, draws, chance)[0] for chance in (0.1, 0.3, 0.5, 0.7, 0.9)]

    assert told == pytest.approx(tenths[::2], abs=0.12)


def test_all_months_together_are_looked_at_once() -> None:
    assert sum(CHANCES.values()) == pytest.approx(1)


def test_no_load_is_below_zero() -> None:
    days = ExpectedLoads(mean_kw=0.5, deviation_kw=1.0, draws=3)

    assert days.highest_kw(3, 0.1)[-1] == 0


def test_loads_that_never_differ_are_their_mean_at_every_chance() -> None:
    days = ExpectedLoads(mean_kw=4.0, draws=20)

    assert {kw for chance in CHANCES for kw in days.highest_kw(3, chance)} == {4.0}

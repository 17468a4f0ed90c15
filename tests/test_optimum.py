from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations, groupby
from math import inf

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from smart_charging.planning.search.bound import Bound
from smart_charging.planning.search.first_plan import cost_of_first_plan
from smart_charging.planning.search.optimum import cheapest_times, exact_times
from smart_charging.planning.search.segments import Rules, Segment
from worlds.five_minute_grid import least_cost

STEP = 3


def segments_of(prices: Sequence[int | None], first: int = STEP, last: int = STEP) -> list[Segment]:
    lengths = [first, *[STEP] * (len(prices) - 2), last]
    starts = [sum(lengths[:i]) for i in range(len(lengths))]
    return [Segment(s, s + length, price) for s, length, price in zip(starts, lengths, prices, strict=True)]


def ticks(times: Sequence[tuple[int, int]]) -> list[int]:
    return [tick for start, end in times for tick in range(start, end)]


def blocks(on: Sequence[int]) -> list[list[int]]:
    return [[tick for _, tick in run] for _, run in groupby(enumerate(on), lambda pair: pair[1] - pair[0])]


def cost(on: Sequence[int], segments: Sequence[Segment], rules: Rules) -> int:
    price = {tick: segment.price for segment in segments for tick in range(segment.start, segment.end)}
    starts = len(blocks(on)) - (rules.is_running and segments[0].start in on)
    return sum(price[tick] or 0 for tick in on) + starts * rules.start_or_tie


def costs_by_tick(segments: Sequence[Segment]) -> list[int | None]:
    return [segment.price for segment in segments for _ in range(segment.length)]


def least(segments: Sequence[Segment], wanted: int, rules: Rules) -> float:
    return least_cost(
        costs_by_tick(segments),
        wanted,
        start_cost=rules.start_or_tie,
        min_block=max(1, rules.min_block),
        is_running=rules.is_running,
    )


def every_way(segments: Sequence[Segment], wanted: int, rules: Rules) -> Iterator[tuple[int, ...]]:
    free = [tick for tick, price in enumerate(costs_by_tick(segments)) if price is not None]
    for on in combinations(free, wanted):
        long_enough = (
            len(b) >= rules.min_block or (rules.is_running and b[0] == segments[0].start) for b in blocks(on)
        )
        if all(long_enough):
            yield on


Search = Callable[[Sequence[Segment], int, Rules], list[tuple[int, int]] | None]
both_searches = pytest.mark.parametrize("search", [exact_times, cheapest_times])

price = st.none() | st.integers(-(10**11), 10**12)
prices = st.lists(price, min_size=3, max_size=12)
odd = st.integers(1, STEP)
wanted_ticks = st.integers(1, 24)
rules_without_blocks = st.builds(
    Rules, start_cost=st.sampled_from([0, 10**10, 10**11, 10**12, 10**13]), is_running=st.booleans()
)


@both_searches
@given(st.builds(segments_of, prices, odd, odd), wanted_ticks, rules_without_blocks)
def test_no_way_to_be_on_is_cheaper(search: Search, segments: list[Segment], wanted: int, rules: Rules) -> None:
    times = search(segments, wanted, rules)

    assert times is None or len(ticks(times)) == wanted
    assert (inf if times is None else cost(ticks(times), segments, rules)) == least(segments, wanted, rules)


@given(st.builds(segments_of, prices, odd, odd), wanted_ticks, rules_without_blocks)
def test_the_plan_that_is_found_first_is_one_that_can_be(segments: list[Segment], wanted: int, rules: Rules) -> None:
    assume(wanted <= sum(price is not None for price in costs_by_tick(segments)))

    cost_of_it = cost_of_first_plan(segments, wanted, rules, Bound(segments, wanted, rules).ample_price)

    assert cost_of_it >= least(segments, wanted, rules)


@given(st.builds(segments_of, prices), wanted_ticks, rules_without_blocks, st.integers(1, 4))
def test_no_way_with_long_enough_blocks_is_cheaper(
    segments: list[Segment], wanted: int, rules: Rules, steps: int
) -> None:
    rules = replace(rules, min_block=min(wanted, steps * STEP))

    times = cheapest_times(segments, wanted, rules)

    assert (inf if times is None else cost(ticks(times), segments, rules)) == least(segments, wanted, rules)


@given(st.builds(segments_of, prices, odd, odd), wanted_ticks, rules_without_blocks)
def test_no_way_in_one_block_is_cheaper(segments: list[Segment], wanted: int, rules: Rules) -> None:
    rules = replace(rules, min_block=wanted)

    times = cheapest_times(segments, wanted, rules)

    assert (inf if times is None else cost(ticks(times), segments, rules)) == least(segments, wanted, rules)


@given(
    st.builds(segments_of, st.lists(price, min_size=3, max_size=5), odd, odd),
    st.integers(1, 9),
    rules_without_blocks,
    st.integers(1, 7),
)
def test_the_grid_knows_the_cheapest_of_all_ways(
    segments: list[Segment], wanted: int, rules: Rules, shortest: int
) -> None:
    rules = replace(rules, min_block=min(wanted, shortest))
    ways = [cost(on, segments, rules) for on in every_way(segments, wanted, rules)]

    assert least(segments, wanted, rules) == min(ways, default=inf)


few_prices = st.lists(st.integers(0, 3), min_size=3, max_size=5)


@given(st.builds(segments_of, few_prices, odd, odd), wanted_ticks)
def test_a_plan_made_later_costs_what_the_rest_of_the_first_one_does(segments: list[Segment], wanted: int) -> None:
    on = ticks(cheapest_times(segments, wanted, Rules(start_cost=10**12)) or [])
    was_on, rest = 0 in on, [tick for tick in on if tick > 0]
    segments = [segment._replace(start=max(1, segment.start)) for segment in segments if segment.end > 1]
    rules = Rules(start_cost=10**12, is_running=was_on)

    later = ticks(cheapest_times(segments, wanted - was_on, rules) or [])

    assert len(later) == len(rest)
    assert cost(later, segments, rules) == cost(rest, segments, rules)


@given(st.integers(3, 5), odd, odd, st.integers(1, 5), st.sampled_from(["early", "late"]))
def test_equal_prices_are_used_from_one_end(count: int, first: int, last: int, wanted: int, preferred: str) -> None:
    segments = [segment._replace(is_late=preferred == "late") for segment in segments_of([7] * count, first, last)]

    on = ticks(cheapest_times(segments, wanted, Rules()) or [])

    begin = segments[-1].end - wanted if preferred == "late" else 0
    assert on == list(range(begin, begin + wanted))

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, groupby

from hypothesis import given
from hypothesis import strategies as st

from smart_charging.planning.search.optimum import cheapest_times
from smart_charging.planning.search.segments import Rules, Segment

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


def every_way(segments: Sequence[Segment], wanted: int, rules: Rules) -> Iterator[tuple[int, ...]]:
    free = [tick for segment in segments if segment.price is not None for tick in range(segment.start, segment.end)]
    for on in combinations(free, wanted):
        long_enough = (
            len(b) >= rules.min_block or (rules.is_running and b[0] == segments[0].start) for b in blocks(on)
        )
        if all(long_enough):
            yield on


prices = st.lists(st.none() | st.integers(-(10**11), 10**12), min_size=3, max_size=5)
odd = st.integers(1, STEP)
wanted_ticks = st.integers(1, 9)
rules_without_blocks = st.builds(
    Rules, start_cost=st.sampled_from([0, 10**10, 10**11, 10**12, 10**13]), is_running=st.booleans()
)


@given(st.builds(segments_of, prices, odd, odd), wanted_ticks, rules_without_blocks)
def test_no_way_to_be_on_is_cheaper(segments: list[Segment], wanted: int, rules: Rules) -> None:
    ways = [cost(on, segments, rules) for on in every_way(segments, wanted, rules)]

    times = cheapest_times(segments, wanted, rules)

    assert (times is None) == (not ways)
    assert times is None or len(ticks(times)) == wanted
    assert times is None or cost(ticks(times), segments, rules) == min(ways)


@given(st.builds(segments_of, prices), wanted_ticks, rules_without_blocks, st.integers(1, 3))
def test_no_way_with_long_enough_blocks_is_cheaper(
    segments: list[Segment], wanted: int, rules: Rules, steps: int
) -> None:
    rules = replace(rules, min_block=min(wanted, steps * STEP))
    ways = [cost(on, segments, rules) for on in every_way(segments, wanted, rules)]

    times = cheapest_times(segments, wanted, rules)

    assert (times is None) == (not ways)
    assert times is None or cost(ticks(times), segments, rules) == min(ways)


few_prices = st.lists(st.integers(0, 3), min_size=3, max_size=5)


@given(st.builds(segments_of, few_prices, odd, odd), wanted_ticks)
def test_a_plan_made_later_costs_what_the_rest_of_the_first_one_does(segments: list[Segment], wanted: int) -> None:
    on = ticks(cheapest_times(segments, wanted, Rules(start_cost=10**12)) or [])
    was_on, rest = 0 in on, [tick for tick in on if tick > 0]
    segments = [replace(segment, start=max(1, segment.start)) for segment in segments if segment.end > 1]
    rules = Rules(start_cost=10**12, is_running=was_on)

    later = ticks(cheapest_times(segments, wanted - was_on, rules) or [])

    assert len(later) == len(rest)
    assert cost(later, segments, rules) == cost(rest, segments, rules)


@given(st.integers(3, 5), odd, odd, st.integers(1, 5), st.sampled_from(["early", "late"]))
def test_equal_prices_are_used_from_one_end(count: int, first: int, last: int, wanted: int, preferred: str) -> None:
    segments = [replace(segment, is_late=preferred == "late") for segment in segments_of([7] * count, first, last)]

    on = ticks(cheapest_times(segments, wanted, Rules()) or [])

    begin = segments[-1].end - wanted if preferred == "late" else 0
    assert on == list(range(begin, begin + wanted))

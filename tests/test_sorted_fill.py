from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_charging.planning.search.optimum import exact_times
from smart_charging.planning.search.segments import Rules, Segment
from smart_charging.planning.search.sorted_fill import sorted_fill
from smart_charging.planning.window import PriceSpan, price_spans, segments_of
from worlds.pictures import MIDNIGHT, QUARTER, curve

CENT = 10**12
"""In billionths times a thousand: the segments here are some microseconds long, and a start costs its tie-break."""
STEP = 4


def segments(*prices: float | None, is_late: bool = False) -> list[Segment]:
    return [
        Segment(i * STEP, (i + 1) * STEP, None if price is None else round(price * CENT), is_late=is_late)
        for i, price in enumerate(prices)
    ]


def drawn(times: Sequence[tuple[int, int]] | None) -> str:
    """A sign for each quarter of a segment."""
    assert times is not None, "left to the dynamic programme"
    on = {tick for start, end in times for tick in range(start, end)}
    return "".join("#" if tick in on else "." for tick in range(max(on) + 1))


@pytest.mark.parametrize(
    ("prices", "wanted", "is_late", "picture"),
    [
        pytest.param((1, 3, 2), 6, False, "####....##", id="a part goes on from what is before it"),
        pytest.param((3, 2, 1), 6, False, "......######", id="a part leads to what is behind it"),
        pytest.param((1, 2, 1), 10, False, "######..####", id="between two it goes on"),
        pytest.param((1, 2, 1), 10, True, "####..######", id="or begins early, if it is to be late"),
        pytest.param((3, 2, 3), 2, False, "....##", id="alone it is first"),
        pytest.param((3, 2, 3), 2, True, "......##", id="or last, if it is to be late"),
        pytest.param((2, 2, 2), 6, True, "......######", id="a level of several segments is one time"),
        pytest.param((2, 1, 2), 12, False, "############", id="a level in several places is used whole"),
        pytest.param((-1, 0, -2), 6, False, "##......####", id="less than nothing is cheaper than nothing"),
        pytest.param((1, None, 2), 6, False, "####....##", id="what is barred is not used"),
    ],
)
def test_the_cheapest_segments_are_used(
    *, prices: tuple[int | None, ...], wanted: int, is_late: bool, picture: str
) -> None:
    assert drawn(sorted_fill(segments(*prices, is_late=is_late), wanted, Rules())) == picture


@pytest.mark.parametrize(
    ("prices", "wanted", "rules"),
    [
        pytest.param((2, 1, 2), 6, Rules(), id="a part of one of two equals"),
        pytest.param((1, 9, 1), 8, Rules(start_cost=40 * CENT), id="a start that costs more than it saves"),
        pytest.param((1, 9, 1), 8, Rules(min_block=STEP), id="blocks that have to be long"),
        pytest.param((1, None, 2), 9, Rules(), id="more time than there is"),
        pytest.param((-9, 0.015, -9, 9, 0, 0), 12, Rules(), id="one move that saves two starts and costs less"),
    ],
)
def test_what_takes_more_than_sorting_is_left_to_the_dynamic_programme(
    prices: tuple[float | None, ...], wanted: int, rules: Rules
) -> None:
    assert sorted_fill(segments(*prices), wanted, rules) is None


def test_a_start_cost_that_cannot_be_saved_is_no_reason_for_more_than_sorting() -> None:
    assert drawn(sorted_fill(segments(9, 1, 1), 8, Rules(start_cost=40 * CENT))) == "....########"


@st.composite
def cut_up(draw: st.DrawFn) -> list[Segment]:
    """Segments with few prices, so that many are equal, of steps in price around what a start is worth."""
    count = draw(st.integers(1, 8))
    lengths = [draw(st.integers(1, STEP)), *[STEP] * (count - 2), draw(st.integers(1, STEP))][-count:]
    edges = [sum(lengths[:i]) for i in range(count + 1)]
    unit = draw(st.sampled_from([1, 10**10, 3 * 10**10, CENT]))
    prices = draw(st.lists(st.none() | st.integers(-2, 4), min_size=count, max_size=count))
    late = draw(st.sets(st.none() | st.integers(-2, 4)))
    return [
        Segment(start, end, None if price is None else price * unit, is_late=price in late)
        for (start, end), price in zip(pairwise(edges), prices, strict=True)
    ]


rules = st.builds(Rules, start_cost=st.sampled_from([0, 0, 10**11, CENT]), is_running=st.booleans())


@given(cut_up(), st.integers(1, 24), rules)
def test_sorting_is_certain_only_of_what_the_dynamic_programme_finds(
    segments: list[Segment], wanted: int, rules: Rules
) -> None:
    times = sorted_fill(segments, wanted, rules)

    assert times is None or times == exact_times(segments, wanted, rules)


@st.composite
def windows(draw: st.DrawFn) -> list[PriceSpan]:
    """Of quarters or hours, some of unknown price, cut anywhere at both ends."""
    prices = draw(st.lists(st.none() | st.sampled_from([-0.02, 0.0, 0.1, 0.11, 0.3]), min_size=1, max_size=10))
    step = draw(st.sampled_from([QUARTER, 4 * QUARTER]))
    start = MIDNIGHT + timedelta(seconds=draw(st.integers(0, 899)))
    end = MIDNIGHT + len(prices) * step - timedelta(seconds=draw(st.integers(0, 899)))
    return price_spans(curve(*prices, step=step), start, max(end, start + timedelta(seconds=1)))


@given(window=windows(), share=st.floats(0, 1), prefers_late=st.booleans(), rules=rules)
def test_prices_known_and_unknown_are_sorted_as_the_dynamic_programme_would(
    *, window: list[PriceSpan], share: float, prefers_late: bool, rules: Rules
) -> None:
    segments = segments_of(window, prefers_late=prefers_late)
    wanted = max(1, round(share * segments[-1].end))

    times = sorted_fill(segments, wanted, rules)

    assert times is None or times == exact_times(segments, wanted, rules)

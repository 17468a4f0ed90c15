"""How a fuse is shared by chargers whose current can be set."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smart_charging.services.scheduling.current_shares import Taker, shared_out

KW = st.floats(0, 50)


@st.composite
def taker_lists(draw: st.DrawFn) -> list[Taker]:
    return [
        Taker(
            key=str(number),
            least_kw=least,
            most_kw=least + draw(st.floats(0, 20)),
            is_on=draw(st.booleans()),
            needs_all=draw(st.booleans()),
        )
        for number, least in enumerate(draw(st.lists(st.floats(1.4, 12), max_size=6)))
    ]


def two(*, needs_all: bool = False) -> list[Taker]:
    return [Taker(key=key, least_kw=4.14, most_kw=11.0, needs_all=needs_all) for key in "ab"]


@settings(max_examples=40)
@given(taker_lists(), KW)
def test_the_fuse_is_never_exceeded_but_by_what_is_on_anyway(takers: list[Taker], free_kw: float) -> None:
    shares = shared_out(takers, free_kw)

    cannot_be_less_kw = sum(taker.least_kw for taker in takers if taker.is_on)
    assert sum(shares.values()) <= max(free_kw, cannot_be_less_kw) + 1e-6


@settings(max_examples=40)
@given(taker_lists(), KW)
def test_nobody_gets_less_than_the_least_or_more_than_the_most(takers: list[Taker], free_kw: float) -> None:
    shares = shared_out(takers, free_kw)

    for taker in takers:
        assert taker.key not in shares or taker.least_kw - 1e-6 <= shares[taker.key] <= taker.most_kw + 1e-6
        assert taker.key in shares or not taker.is_on


@settings(max_examples=40)
@given(taker_lists(), KW)
def test_nothing_is_left_that_somebody_could_take(takers: list[Taker], free_kw: float) -> None:
    shares = shared_out(takers, free_kw)

    left_kw = free_kw - sum(shares.values())
    for taker in takers:
        could_take_kw = taker.most_kw - shares[taker.key] if taker.key in shares else 0.0
        assert min(left_kw, could_take_kw) <= 1e-6
        assert taker.key in shares or left_kw < taker.least_kw + 1e-6


@settings(max_examples=40)
@given(taker_lists(), KW, st.integers(0, 5))
def test_a_car_that_needs_all_gets_no_less_than_as_one_that_does_not(
    takers: list[Taker], free_kw: float, one: int
) -> None:
    if one >= len(takers):
        return
    plain = [Taker(key=t.key, least_kw=t.least_kw, most_kw=t.most_kw, is_on=t.is_on) for t in takers]
    eager = [
        Taker(key=t.key, least_kw=t.least_kw, most_kw=t.most_kw, is_on=t.is_on, needs_all=n == one)
        for n, t in enumerate(plain)
    ]

    key = takers[one].key
    assert shared_out(eager, free_kw).get(key, 0.0) >= shared_out(plain, free_kw).get(key, 0.0) - 1e-6


@pytest.mark.parametrize(
    ("takers", "free_kw", "shares"),
    [
        pytest.param(two(), 30.0, {"a": 11.0, "b": 11.0}, id="room-for-all"),
        pytest.param(two(), 14.0, {"a": 7.0, "b": 7.0}, id="half-each"),
        pytest.param(two(), 8.0, {"a": 8.0}, id="room-for-one-only"),
        pytest.param(two(), 4.0, {}, id="no-room"),
        pytest.param(two(needs_all=True), 16.0, {"a": 11.0, "b": 5.0}, id="all-for-the-first"),
    ],
)
def test_shares(takers: list[Taker], free_kw: float, shares: dict[str, float]) -> None:
    assert shared_out(takers, free_kw) == pytest.approx(shares)

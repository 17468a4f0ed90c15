from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.price_fuzz import is_plausible
from smart_charging.errors import PriceError
from smart_charging.prices.reading.sources import has_fees_inside, is_published, read_prices
from worlds.price_mangling import mangled
from worlds.price_shapes import NOW, SHAPES, ZONE, in_euro, rows

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.datetimes(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=12), inner, max_size=5),
    max_leaves=20,
)


def read_or_refused(source: dict[str, Any]) -> bool:
    """True where prices were read that can be prices; anything but a refusal goes through."""
    has_fees_inside(source)
    is_published(source)
    try:
        return is_plausible(read_prices(source, zone=ZONE, now=NOW))
    except PriceError as err:
        return len(str(err)) < 1200


@given(name=st.sampled_from(sorted(SHAPES)), seed=st.integers(0, 10**9))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_broken_source_is_read_or_refused(name: str, seed: int) -> None:
    assert read_or_refused(mangled(SHAPES[name].source, Random(seed)))  # noqa: S311 - not for secrets


@given(source=st.dictionaries(st.sampled_from(["prices", "today", "unit", "currency", "x"]), ANYTHING, max_size=4))
@settings(max_examples=150, deadline=None)
def test_anything_at_all_is_read_or_refused(source: dict[str, Any]) -> None:
    assert read_or_refused(source)


def nested(depth: int) -> Any:
    inner: Any = 1
    for _ in range(depth):
        inner = {"prices": [inner]}
    return inner


@pytest.mark.parametrize(
    "prices",
    [
        pytest.param([rows()[0]] * 300_000, id="rows"),
        pytest.param("[" + '{"start": "2027-02-09", "price": 1},' * 300_000 + "]", id="text"),
        pytest.param("[" * 400_000, id="open-brackets"),
        pytest.param({f"2027-02-09T{place}": 1.0 for place in range(100_000)}, id="keys"),
        pytest.param(nested(50_000), id="deep"),
        pytest.param([{"start": "9" * 1_000_000, "price": "1" * 1_000_000}], id="long-texts"),
        pytest.param([{"start": 10**5000, "price": 10**5000}], id="long-numbers"),
    ],
)
def test_what_is_too_much_is_refused_and_not_worked_through(prices: Any) -> None:
    with pytest.raises(PriceError):
        read_prices(in_euro(prices=prices), zone=ZONE, now=NOW)

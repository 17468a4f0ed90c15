from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, groupby

from hypothesis import given
from hypothesis import strategies as st

from smart_charging.planning.search.optimum import cheapest_times
from smart_charging.planning.search.segments import Atom, Rules

STEP = 3


def atoms_of(prices: Sequence[int | None], first: int = STEP, last: int = STEP) -> list[Atom]:
    lengths = [first, *[STEP] * (len(prices) - 2), last]
    starts = [sum(lengths[:i]) for i in range(len(lengths))]
    return [Atom(s, s + length, price) for s, length, price in zip(starts, lengths, prices, strict=True)]


def ticks(times: Sequence[tuple[int, int]]) -> list[int]:
    return [tick for start, end in times for tick in range(start, end)]


def blocks(on: Sequence[int]) -> list[list[int]]:
    return [[tick for _, tick in run] for _, run in groupby(enumerate(on), lambda pair: pair[1] - pair[0])]


def cost(on: Sequence[int], atoms: Sequence[Atom], rules: Rules) -> int:
    price = {tick: atom.price for atom in atoms for tick in range(atom.start, atom.end)}
    starts = len(blocks(on)) - (rules.is_running and atoms[0].start in on)
    return sum(price[tick] or 0 for tick in on) + starts * rules.start_or_tie


def every_way(atoms: Sequence[Atom], wanted: int, rules: Rules) -> Iterator[tuple[int, ...]]:
    free = [tick for atom in atoms if atom.price is not None for tick in range(atom.start, atom.end)]
    for on in combinations(free, wanted):
        long_enough = (len(b) >= rules.min_block or (rules.is_running and b[0] == atoms[0].start) for b in blocks(on))
        if all(long_enough):
            yield on


prices = st.lists(st.none() | st.integers(-(10**11), 10**12), min_size=3, max_size=5)
odd = st.integers(1, STEP)
wanted_ticks = st.integers(1, 9)
rules_without_blocks = st.builds(
    Rules, start_cost=st.sampled_from([0, 10**10, 10**11, 10**12, 10**13]), is_running=st.booleans()
)


@given(st.builds(atoms_of, prices, odd, odd), wanted_ticks, rules_without_blocks)
def test_no_way_to_be_on_is_cheaper(atoms: list[Atom], wanted: int, rules: Rules) -> None:
    ways = [cost(on, atoms, rules) for on in every_way(atoms, wanted, rules)]

    times = cheapest_times(atoms, wanted, rules)

    assert (times is None) == (not ways)
    assert times is None or len(ticks(times)) == wanted
    assert times is None or cost(ticks(times), atoms, rules) == min(ways)


@given(st.builds(atoms_of, prices), wanted_ticks, rules_without_blocks, st.integers(1, 3))
def test_no_way_with_long_enough_blocks_is_cheaper(atoms: list[Atom], wanted: int, rules: Rules, steps: int) -> None:
    rules = replace(rules, min_block=min(wanted, steps * STEP))
    ways = [cost(on, atoms, rules) for on in every_way(atoms, wanted, rules)]

    times = cheapest_times(atoms, wanted, rules)

    assert (times is None) == (not ways)
    assert times is None or cost(ticks(times), atoms, rules) == min(ways)


few_prices = st.lists(st.integers(0, 3), min_size=3, max_size=5)


@given(st.builds(atoms_of, few_prices, odd, odd), wanted_ticks)
def test_a_plan_made_later_costs_what_the_rest_of_the_first_one_does(atoms: list[Atom], wanted: int) -> None:
    on = ticks(cheapest_times(atoms, wanted, Rules(start_cost=10**12)) or [])
    was_on, rest = 0 in on, [tick for tick in on if tick > 0]
    atoms = [replace(atom, start=max(1, atom.start)) for atom in atoms if atom.end > 1]
    rules = Rules(start_cost=10**12, is_running=was_on)

    later = ticks(cheapest_times(atoms, wanted - was_on, rules) or [])

    assert len(later) == len(rest)
    assert cost(later, atoms, rules) == cost(rest, atoms, rules)


@given(st.integers(3, 5), odd, odd, st.integers(1, 5), st.sampled_from(["early", "late"]))
def test_equal_prices_are_used_from_one_end(count: int, first: int, last: int, wanted: int, preferred: str) -> None:
    atoms = [replace(atom, is_late=preferred == "late") for atom in atoms_of([7] * count, first, last)]

    on = ticks(cheapest_times(atoms, wanted, Rules()) or [])

    begin = atoms[-1].end - wanted if preferred == "late" else 0
    assert on == list(range(begin, begin + wanted))

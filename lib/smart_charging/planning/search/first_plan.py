"""A plan that is soon found: the best one costs no more, so that the search need not look at anything dearer.

It is the relaxed plan of the `bound` at a price at which that charges for at least the time wanted, shortened at the
ends of its blocks, where it is dearest, until the time is right.
"""

from __future__ import annotations

from collections.abc import Sequence

from smart_charging.planning.search.segments import Rules, Segment


def cost_of_first_plan(segments: Sequence[Segment], wanted: int, rules: Rules, price: int) -> int:
    """What it costs; with rules that ask for no shortest block.

    Args:
        price: At which time is sold back.
    """
    is_on = _relaxed(segments, rules, price)
    excess = sum(one.length for one, on in zip(segments, is_on, strict=True) if on) - wanted
    cost = 0
    while excess > 0:
        place = max(_ends(is_on, is_running=rules.is_running), key=lambda end: segments[end].price or 0)
        if segments[place].length > excess:
            cost -= (segments[place].price or 0) * excess
            break
        is_on[place] = False
        excess -= segments[place].length
    starts = sum(on and not before for before, on in zip([rules.is_running, *is_on], is_on, strict=False))
    used = (one for one, on in zip(segments, is_on, strict=True) if on)
    return cost + sum((one.price or 0) * one.length for one in used) + starts * rules.start_or_tie


def _ends(is_on: Sequence[bool], *, is_running: bool) -> list[int]:
    """The first and the last segment of each block; a charge that runs already began before."""
    around = zip([is_running, *is_on], [*is_on[1:], False], strict=False)
    return [place for place, sides in enumerate(around) if is_on[place] and not all(sides)]


def _relaxed(segments: Sequence[Segment], rules: Rules, price: int) -> list[bool]:
    """Whether the relaxed plan is on, by segment."""
    start = rules.start_or_tie
    off, on = 0, 0 if rules.is_running else start
    came: list[tuple[bool, bool]] = []
    """By segment: whether what is off at its end, and what is on, was on in it."""
    for one in segments:
        through = None if one.price is None else on + (one.price - price) * one.length
        off_was_on = through is not None and through < off
        off_after = through if through is not None and off_was_on else off
        on_was_on = through is not None and through <= off_after + start
        on = through if through is not None and on_was_on else off_after + start
        came.append((off_was_on, on_was_on or off_was_on))
        off = off_after
    return _followed_back(came)


def _followed_back(came: Sequence[tuple[bool, bool]]) -> list[bool]:
    is_on, found = False, list[bool]()
    for off_was_on, on_was_on in reversed(came):
        is_on = on_was_on if is_on else off_was_on
        found.append(is_on)
    return found[::-1]

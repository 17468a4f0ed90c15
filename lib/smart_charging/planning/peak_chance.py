"""How high the highest of several loads become, which nobody knows beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

CHANCES = {0.1: 0.2, 0.3: 0.2, 0.5: 0.2, 0.7: 0.2, 0.9: 0.14, 0.97: 0.045, 0.995: 0.015}
"""A month is looked at so often, from one with low loads to one with high ones, and for what share of all each stands.

The last are rare, but in one hour of them all that was saved may be lost.
"""
STRAYS_APART = 2.0
"""A cap is so many standard deviations above what is expected: as far as a load strays once or twice a month."""


@cache
def highest(count: int, draws: int, chance: float) -> Sequence[float]:
    """How many standard deviations above the mean the highest of so many draws are, in descending order.

    The highest is below that with a probability of `chance`, and each of the next below its own, given the one before.
    """
    found, share_below = [], 1.0
    for left in range(draws, max(0, draws - count), -1):
        share_below *= chance ** (1 / left)
        found.append(NormalDist().inv_cdf(share_below))
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedLoads:
    """Loads of which mean and deviation are known, such as the highest of each day to come."""

    mean_kw: float = 0.0
    deviation_kw: float = 0.0
    draws: int = 0

    def highest_kw(self, count: int, chance: float = 0.5) -> Sequence[float]:
        """The highest of them, see `highest`."""
        return [
            max(0.0, self.mean_kw + self.deviation_kw * away)
            for away in highest(min(count, self.draws), self.draws, chance)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class UncertainLoad:
    """The highest load of a period, as it is expected."""

    period: str
    kw: float
    stray_kw: float
    draws: int
    """How many intervals come so close to it that any may be the highest."""

    @classmethod
    def of(cls, period: str, loads: Sequence[tuple[float, float]]) -> UncertainLoad:
        """Of the period's intervals: their loads, and by how much they may differ from that."""
        kw, stray_kw = max(loads, key=lambda load: load[0] + STRAYS_APART * load[1])
        draws = sum(other_kw + stray >= kw for other_kw, stray in loads)
        return cls(period=period, kw=kw, stray_kw=stray_kw, draws=draws)

    @property
    def possible_kw(self) -> float:
        """What one interval may come to."""
        return self.kw + STRAYS_APART * self.stray_kw

    def at_chance_kw(self, chance: float) -> float:
        """What it comes to, see `highest`."""
        return self.kw + self.stray_kw * highest(1, self.draws, chance)[0]


NO_LOADS = ExpectedLoads()

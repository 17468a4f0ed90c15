"""The input of the search: time cut into segments of one price, and the rules for charging in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

NANO = 1_000_000_000
HOUR = 3_600_000_000
_TIE_BREAK = 10 * HOUR
"""Added to the cost of every start so that fewer starts win ties: a hundred millionth of the currency per kilowatt."""


class Segment(NamedTuple):
    """A time with one price, in microseconds from any origin; the next segment begins at its end."""

    start: int
    end: int
    price: int | None
    """Per kWh, in billionths of the currency; whole numbers, as sums of floats would break ties at random.

    None where charging is barred.
    """
    is_late: bool = False
    """Whether to wait rather than charge here if the cost is the same."""

    @property
    def length(self) -> int:
        """In microseconds."""
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What plans must keep to, and what a start costs."""

    start_cost: int = 0
    """Cost of every start, in billionths times microseconds like a price times a length; for one kilowatt."""
    min_block: int = 0
    """Shortest time to charge without a break; does not apply to a charge that runs already."""
    is_running: bool = False
    """Whether charging from the first segment's beginning costs no start."""

    @property
    def start_or_tie(self) -> int:
        """What every start adds to the cost that is minimised, including the tie-break."""
        return self.start_cost + _TIE_BREAK


def start_cost_of(currency: float, power_kw: float) -> int:
    """The cost of a start as `Rules` count it."""
    return round(currency / power_kw * NANO) * HOUR

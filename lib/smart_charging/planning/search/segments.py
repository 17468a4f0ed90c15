"""What the search is asked: time cut into segments of one price, and the rules for being on in them."""

from __future__ import annotations

from dataclasses import dataclass

NANO = 1_000_000_000
HOUR = 3_600_000_000
_TIE_BREAK = 10 * HOUR
"""What one start less is worth among equal costs: a hundred millionth of the currency, for one kilowatt."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A time of one price, in microseconds from any origin; the next one begins at its end."""

    start: int
    end: int
    price: int | None
    """Of one kWh, in billionths: whole numbers, for sums of floats would break ties at random.

    None where charging is barred.
    """
    is_late: bool = False
    """Whether, if it costs the same, to wait rather than to charge here."""

    @property
    def length(self) -> int:
        """In microseconds."""
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What makes a plan's cost more than a sum of prices."""

    start_cost: int = 0
    """Of every start, in billionths times microseconds, as a price times a length is; for one kilowatt."""
    min_block: int = 0
    """Shortest time to charge without a break; what runs already has been long enough."""
    is_running: bool = False
    """Whether charging from the first segment's start on goes without a start."""

    @property
    def start_or_tie(self) -> int:
        """What every start adds to the cost that is minimised: its own, and enough that fewer win among equals."""
        return self.start_cost + _TIE_BREAK


def start_cost_of(currency: float, power_kw: float) -> int:
    """The cost of a start as `Rules` count it."""
    return round(currency / power_kw * NANO) * HOUR

"""Translates a charge's energy by period, which is the same in both of Monta's APIs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import pairwise

from smart_charging.clouds.consumption import Portion, is_of_our_days
from smart_charging.clouds.monta.models import KwhInPeriod

QUARTER = timedelta(minutes=15)
"""What both are asked for: prices change no more often."""
_LONGEST_PERIOD_S = 3600


def energy_of(periods: Iterable[KwhInPeriod], period_s: int | None) -> Sequence[Portion]:
    """The energy in order of time; a period told twice counts once, one without a time or with less than nothing not.

    Args:
        period_s: As the answer has it; where that cannot be, it is what was asked for.
    """
    period = timedelta(seconds=period_s) if period_s and 0 < period_s <= _LONGEST_PERIOD_S else QUARTER
    known = [(one.time, one.value) for one in periods if one.time and is_of_our_days(one.time)]
    kwh = {time: value for time, value in known if value is not None and value >= 0}
    starts = sorted(kwh)
    ends = [min(start + period, following) for start, following in pairwise(starts)]
    ends += [start + period for start in starts[-1:]]
    return tuple(Portion(start=start, end=end, amount=kwh[start]) for start, end in zip(starts, ends, strict=True))

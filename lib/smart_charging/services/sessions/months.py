"""Sums up a charger's sessions by month."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from smart_charging.entities.co2 import Co2Month
from smart_charging.prices.wall_time import month_begin
from smart_charging.services.sessions.session_log import BookedSession


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthTotal:
    """Of all sessions that ended in the month and whose cost is known."""

    began_on: date
    cost: float
    saving: float


def month_totals(
    sessions: Iterable[BookedSession], now: datetime, zone: tzinfo, *, months: int = 12
) -> tuple[Sequence[MonthTotal], str | None]:
    """The last months with a session, oldest first, and their currency, which is that of the newest session.

    Sessions in other currencies are left out; a month is one by the clock in `zone`.
    """
    known = [one for one in sessions if one.cost is not None]
    if not known:
        return (), None
    currency = max(known, key=lambda one: one.unplugged_at).currency
    totals: dict[date, tuple[float, float]] = {}
    for one in known:
        month = one.unplugged_at.astimezone(zone).date().replace(day=1)
        if one.currency == currency and _months_ago(month, now.astimezone(zone).date()) < months:
            cost, saving = totals.get(month, (0.0, 0.0))
            totals[month] = cost + (one.cost or 0.0), saving + (one.saving or 0.0)
    return [
        MonthTotal(began_on=month, cost=cost, saving=saved) for month, (cost, saved) in sorted(totals.items())
    ], currency


def co2_of_month(sessions: Iterable[BookedSession], charger_id: str, now: datetime, zone: tzinfo) -> Co2Month:
    """What one charger's sessions of the current month emitted, as far as is known; a month is one by the clock."""
    began_at = month_begin(now, zone)
    of_month = [one for one in sessions if one.charger_id == charger_id and one.unplugged_at >= began_at]
    emitted = [one.co2_g for one in of_month if one.co2_g is not None]
    less = [
        one.co2_g_at_once - one.co2_g for one in of_month if one.co2_g is not None and one.co2_g_at_once is not None
    ]
    return Co2Month(emitted_g=sum(emitted) if emitted else None, less_g=sum(less) if less else None, began_at=began_at)


def _months_ago(month: date, today: date) -> int:
    return (today.year - month.year) * 12 + today.month - month.month

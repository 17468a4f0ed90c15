"""Draws months and the last week's prices, each only when it has changed."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import datetime, timedelta, tzinfo

from smart_charging.entities.chart import ChartView
from smart_charging.picture.past import Month, months_svg, week_svg
from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.wall_time import midnight
from smart_charging.services.sessions.months import month_totals
from smart_charging.services.sessions.session_log import SessionLog


class PastCharts:
    """Keeps the last drawing of each kind."""

    def __init__(self, session_log: SessionLog, zone: tzinfo) -> None:
        self._session_log = session_log
        self._zone = zone
        self._drawn: dict[str, tuple[Hashable, ChartView]] = {}

    def months(self, key: str, now: datetime) -> ChartView:
        """Cost and saving of a charger's sessions; drawn anew after a session, and when a month begins."""
        seen = len(self._session_log.sessions), now.astimezone(self._zone).date().replace(day=1)
        return self._view(f"months {key}", seen, now, lambda: self._months(key, now))

    def week(self, curve: PriceCurve, now: datetime) -> ChartView:
        """The prices of this day and the six before; drawn anew every day, and when more of them are known."""
        today = now.astimezone(self._zone).date()
        start, end = (midnight(today + timedelta(days=days), self._zone) for days in (-6, 1))
        seen = start, len(curve.between(start, end).slots), curve.currency
        return self._view("week", seen, now, lambda: week_svg(curve, start, end, self._zone))

    def _months(self, key: str, now: datetime) -> str:
        sessions = (one for one in self._session_log.sessions if one.charger_id == key)
        totals, currency = month_totals(sessions, now, self._zone)
        months = [Month(name=f"{one.began_on:%b}", cost=one.cost, saving=one.saving) for one in totals]
        return months_svg(months, currency)

    def _view(self, what: str, seen: Hashable, now: datetime, draw: Callable[[], str]) -> ChartView:
        before = self._drawn.get(what)
        if before is None or before[0] != seen:
            self._drawn[what] = seen, ChartView(svg=draw(), drawn_at=now.replace(microsecond=0))
        return self._drawn[what][1]

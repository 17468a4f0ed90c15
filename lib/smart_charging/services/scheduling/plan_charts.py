"""Draws each charger's chart anew when its plan changes, and every quarter of an hour."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import UTC, datetime, timedelta, tzinfo

from smart_charging.entities.chart import ChartView
from smart_charging.picture.chart import Chart, chart_of, when_charged
from smart_charging.picture.svg import svg
from smart_charging.planning.plan import Block, Plan
from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.quarters import quarter_of
from smart_charging.services.scheduling.snapshot import Snapshot

_A_LITTLE = timedelta(minutes=5)
"""Edges that move by less are the meter's noise."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AFTER_DEPARTURE = timedelta(hours=2)


class PlanCharts:
    """Keeps the last chart of each charger, as drawing takes a millisecond and most rounds change nothing."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._drawn: dict[str, tuple[Hashable, ChartView]] = {}

    def of(
        self, snapshot: Snapshot, plan: Plan | None, prices: Callable[[datetime], PriceCurve], now: datetime
    ) -> ChartView:
        """The charger's chart.

        Args:
            prices: The prices with tariff, and estimates up to a moment.
        """
        seen = _begun(prices(now), now), _seen(snapshot, plan, now)
        before = self._drawn.get(snapshot.key)
        if before is None or before[0] != seen:
            until = max(now, plan.ready_by if plan else now) + _AFTER_DEPARTURE
            chart = self._chart(snapshot, plan, prices(until), now)
            view = ChartView(
                svg=svg(chart, title=plan.sentence(self._zone, now) if plan else ""), drawn_at=_second(now)
            )
            self._drawn[snapshot.key] = seen, view
        return self._drawn[snapshot.key][1]

    def _chart(self, snapshot: Snapshot, plan: Plan | None, curve: PriceCurve, now: datetime) -> Chart:
        request = snapshot.request
        limit = request.preferences.limit if request else None
        return chart_of(
            curve,
            now,
            self._zone,
            plan=plan,
            charged=_charged(snapshot, now),
            price_limit=limit.highest_per_kwh if limit else None,
            minimum_at=when_charged(plan, request.need.minimum_kwh) if plan and request else None,
        )


def _begun(curve: PriceCurve, now: datetime) -> datetime:
    """When this quarter of an hour began, or this price if it is a shorter one."""
    slot, quarter = curve.slot_at(now), quarter_of(now)
    return max(quarter, slot.start) if slot else quarter


def _seen(snapshot: Snapshot, plan: Plan | None, now: datetime) -> Hashable:
    """What has to change before the chart is drawn anew."""
    edges = [edge for block in (plan.blocks if plan else ()) for edge in (block.start, block.end)]
    moments = [round(edge / _A_LITTLE) for edge in (edge - _EPOCH for edge in edges if edge > now)]
    request = snapshot.request
    limit = request.preferences.limit if request else None
    return plan and plan.ready_by, limit, len(snapshot.charges), tuple(moments)


def _charged(snapshot: Snapshot, now: datetime) -> list[Block]:
    """When charges of this session ran, oldest first."""
    spans = [(charge.started_at, charge.stopped_at or now) for charge in snapshot.charges]
    return sorted(
        (Block(start=start, end=end) for start, end in spans if start and start < end), key=lambda block: block.start
    )


def _second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)

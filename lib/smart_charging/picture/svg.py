"""Draws a chart as SVG: no scripts, no fonts, no links, light or dark as its surroundings are, below 12 kB."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from smart_charging.picture.axes import Axis, price_range, time_ticks
from smart_charging.picture.chart import Chart
from smart_charging.picture.shapes import BOTTOM, LEFT, RIGHT, TOP, box, drawing, grid, line, path, text
from smart_charging.planning.plan import Block
from smart_charging.prices.curve import PriceSlot

_STRIP = 4
"""Height of the strip below the bars, which shows charging where a price near 0 has no bar to be seen."""
_LABEL_WIDTH = 62
_GAP_SHARE = 0.12
"""Of a bar's width, left free beside it."""

_HATCH = (
    '<pattern id="{id}" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<path class="{of}" d="M0 0h2.2v4H0z"/></pattern>'
)


class _Label(NamedTuple):
    """A line down the chart with a word above it."""

    at: datetime
    kind: str
    text: str


def svg(chart: Chart, *, title: str = "") -> str:
    """The drawing, as one line of text.

    Args:
        title: The plan in a sentence, for people who hear the picture instead of seeing it.
    """
    hatches = f"<defs>{_HATCH.format(id='e', of='bar')}{_HATCH.format(id='p', of='plan')}</defs>"
    return drawing([hatches, *_Drawing(chart).parts()], title=title)


class _Drawing:
    def __init__(self, chart: Chart) -> None:
        self._chart = chart
        prices = [slot.price_per_kwh for slot in chart.slots]
        limit = chart.price_limit
        low, high = price_range([*prices, *([limit] if limit is not None else [])])
        self._prices = Axis(low=low, high=high, first=BOTTOM, last=TOP)
        self._times = Axis(low=chart.start.timestamp(), high=chart.end.timestamp(), first=LEFT, last=RIGHT)
        self._zero = self._prices.place(0.0)

    def parts(self) -> Iterator[str]:
        yield from self._price_axis()
        if not self._chart.slots:
            yield text((LEFT + RIGHT) / 2, (TOP + BOTTOM) / 2, "No prices are known for this time", "middle")
        yield from self._bands(self._chart.planned, "band", "plan")
        yield from self._bands(self._chart.done, "was", "done")
        yield from self._bars()
        yield from self._limit()
        yield from self._time_axis()
        yield from self._labels()

    def _x(self, moment: datetime) -> float:
        return self._times.place(moment.timestamp())

    def _price_axis(self) -> Iterator[str]:
        yield text(0, 8, f"{self._chart.curve.currency or ''}/kWh".removeprefix("/"))
        yield from grid(self._prices)

    def _time_axis(self) -> Iterator[str]:
        for tick in time_ticks(self._chart.start, self._chart.end, self._chart.zone):
            x = self._times.place(tick.value)
            yield line(x, BOTTOM, x, BOTTOM + 5, "zero")
            yield text(x, BOTTOM + 18, tick.text, "middle")

    def _bands(self, blocks: Sequence[Block], kind: str, strip: str) -> Iterator[str]:
        """A pale band over the whole height and a strip below: bars at prices near 0 could not be seen."""
        edges = [(self._x(block.start), self._x(block.end)) for block in blocks]
        yield path(kind, (box(start, TOP, end, BOTTOM) for start, end in edges))
        yield path(strip, (box(start, BOTTOM, end, BOTTOM + _STRIP) for start, end in edges))

    def _bars(self) -> Iterator[str]:
        kinds: dict[str, list[str]] = {}
        for slot in self._chart.slots:
            kinds.setdefault(self._kind(slot), []).append(self._bar(slot))
        for kind, bars in kinds.items():
            yield path(kind, bars)

    def _kind(self, slot: PriceSlot) -> str:
        if self._chart.is_done(slot):
            return "done"
        if slot.end <= self._chart.now:
            return "past"
        return ("plan" if self._chart.is_planned(slot) else "bar") + ("E" if slot.is_estimate else "")

    def _bar(self, slot: PriceSlot) -> str:
        start, end = self._x(slot.start), self._x(slot.end)
        top, bottom = sorted((self._prices.place(slot.price_per_kwh), self._zero))
        return box(start, top, end - (end - start) * _GAP_SHARE, bottom)

    def _limit(self) -> Iterator[str]:
        if (limit := self._chart.price_limit) is not None:
            y = self._prices.place(limit)
            yield line(LEFT, y, RIGHT, y, "limit")
            yield text(RIGHT, y - 3, "limit", "end", "limit")

    def _labels(self) -> Iterator[str]:
        """Lines for moments; a word that would lie on the one before it moves up or to the side."""
        edge = -float("inf")
        for label in sorted(self._moments()):
            x = self._x(label.at)
            yield line(x, TOP - 6, x, BOTTOM + _STRIP, label.kind)
            start = max(x - _LABEL_WIDTH / 2, edge, LEFT - 10)
            anchor, at = ("middle", x) if start == x - _LABEL_WIDTH / 2 else ("start", start)
            if at + _LABEL_WIDTH / 2 > RIGHT or (anchor == "start" and at + _LABEL_WIDTH > RIGHT):
                anchor, at = "end", RIGHT + 2
            is_on_another = anchor == "end" and edge > RIGHT - _LABEL_WIDTH
            yield text(at, TOP - (19 if is_on_another else 9), label.text, anchor, label.kind)
            edge = start + _LABEL_WIDTH

    def _moments(self) -> Iterator[_Label]:
        chart = self._chart
        found = [_Label(chart.now, "now", "now")]
        if chart.plan:
            ready_by = chart.plan.ready_by
            found.append(_Label(ready_by, "ready", f"ready {ready_by.astimezone(chart.zone):%H:%M}"))
        if chart.minimum_at:
            found.append(_Label(chart.minimum_at, "min", "minimum"))
        return (label for label in found if chart.start <= label.at <= chart.end)

"""Draws a chart as SVG: no scripts, no fonts, no links, light or dark as its surroundings are, below 12 kB."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from xml.sax.saxutils import escape

from smart_charging.picture.axes import Axis, price_range, price_ticks, time_ticks
from smart_charging.picture.chart import Chart
from smart_charging.planning.plan import Block
from smart_charging.prices.curve import PriceSlot

_WIDTH, _HEIGHT = 400, 205
_LEFT, _RIGHT, _TOP, _BOTTOM = 36, 396, 30, 182
_STRIP = 4
"""Height of the strip below the bars, which shows charging where a price near 0 has no bar to be seen."""
_LABEL_WIDTH = 62
_GAP_SHARE = 0.12
"""Of a bar's width, left free beside it."""

_STYLE = (
    "text{font:11px system-ui,Roboto,sans-serif;fill:#6b747d}"
    ".grid{stroke:#8a929b;stroke-opacity:.25}.zero{stroke:#8a929b}"
    ".bar{fill:#8fa3ae}.past{fill:#8fa3ae;opacity:.4}.plan{fill:#0a9d6c}.done{fill:#3f7fd0}"
    ".band{fill:#0a9d6c;opacity:.14}.was{fill:#3f7fd0;opacity:.12}"
    ".barE{fill:url(#e)}.planE{fill:url(#p)}"
    ".now{stroke:#dd4b39}.ready{stroke:#5160e0;stroke-dasharray:4 3}.limit{stroke:#b26a00;stroke-dasharray:2 2}"
    ".min{stroke:#7d56c2;stroke-dasharray:1 2}"
    "text.now{fill:#dd4b39;stroke:none}text.ready{fill:#5160e0;stroke:none}"
    "text.limit{fill:#b26a00;stroke:none}text.min{fill:#7d56c2;stroke:none}"
    "@media(prefers-color-scheme:dark){text{fill:#aab3bc}.plan{fill:#22c990}.band{fill:#22c990}"
    ".done{fill:#6ea8f0}.was{fill:#6ea8f0}.bar,.past{fill:#7b8f9a}"
    ".now{stroke:#ff7a66}text.now{fill:#ff7a66}.ready{stroke:#9aa6ff}text.ready{fill:#9aa6ff}"
    ".limit{stroke:#f0b050}text.limit{fill:#f0b050}.min{stroke:#b898f0}text.min{fill:#b898f0}}"
    "@media(min-width:640px){text{font-size:8px}}"
)
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
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-6 -4 {_WIDTH + 10} {_HEIGHT + 6}" role="img">',
        f"<title>{escape(title)}</title>" if title else "",
        f"<style>{_STYLE}</style>",
        f"<defs>{_HATCH.format(id='e', of='bar')}{_HATCH.format(id='p', of='plan')}</defs>",
        *_Drawing(chart).parts(),
        "</svg>",
    ]
    return "".join(parts)


class _Drawing:
    def __init__(self, chart: Chart) -> None:
        self._chart = chart
        prices = [slot.price_per_kwh for slot in chart.slots]
        limit = chart.price_limit
        low, high = price_range([*prices, *([limit] if limit is not None else [])])
        self._prices = Axis(low=low, high=high, first=_BOTTOM, last=_TOP)
        self._times = Axis(low=chart.start.timestamp(), high=chart.end.timestamp(), first=_LEFT, last=_RIGHT)

    def parts(self) -> Iterator[str]:
        yield from self._price_axis()
        if not self._chart.slots:
            yield _text((_LEFT + _RIGHT) / 2, (_TOP + _BOTTOM) / 2, "No prices are known for this time", "middle")
        yield from self._bands(self._chart.planned, "band", "plan")
        yield from self._bands(self._chart.done, "was", "done")
        yield from self._bars()
        yield from self._limit()
        yield from self._time_axis()
        yield from self._labels()

    def _x(self, moment: datetime) -> float:
        return self._times.place(moment.timestamp())

    def _price_axis(self) -> Iterator[str]:
        yield _text(0, 8, f"{self._chart.curve.currency or ''}/kWh".removeprefix("/"))
        for tick in price_ticks(self._prices.low, self._prices.high):
            y = self._prices.place(tick.value)
            yield _line(_LEFT, y, _RIGHT, y, "zero" if tick.value == 0 else "grid")
            yield _text(_LEFT - 4, y + 4, tick.text, "end")

    def _time_axis(self) -> Iterator[str]:
        for tick in time_ticks(self._chart.start, self._chart.end, self._chart.zone):
            x = self._times.place(tick.value)
            yield _line(x, _BOTTOM, x, _BOTTOM + 5, "zero")
            yield _text(x, _BOTTOM + 18, tick.text, "middle")

    def _bands(self, blocks: Sequence[Block], kind: str, strip: str) -> Iterator[str]:
        """A pale band over the whole height and a strip below: bars at prices near 0 could not be seen."""
        edges = [(self._x(block.start), self._x(block.end)) for block in blocks]
        yield _path(kind, (_box(start, _TOP, end, _BOTTOM) for start, end in edges))
        yield _path(strip, (_box(start, _BOTTOM, end, _BOTTOM + _STRIP) for start, end in edges))

    def _bars(self) -> Iterator[str]:
        kinds: dict[str, list[str]] = {}
        for slot in self._chart.slots:
            kinds.setdefault(self._kind(slot), []).append(self._bar(slot))
        for kind, bars in kinds.items():
            yield _path(kind, bars)

    def _kind(self, slot: PriceSlot) -> str:
        if self._chart.is_done(slot):
            return "done"
        if slot.end <= self._chart.now:
            return "past"
        return ("plan" if self._chart.is_planned(slot) else "bar") + ("E" if slot.is_estimate else "")

    def _bar(self, slot: PriceSlot) -> str:
        start, end = self._x(slot.start), self._x(slot.end)
        top, bottom = sorted((self._prices.place(slot.price_per_kwh), self._prices.place(0.0)))
        return _box(start, top, end - (end - start) * _GAP_SHARE, bottom)

    def _limit(self) -> Iterator[str]:
        if (limit := self._chart.price_limit) is not None:
            y = self._prices.place(limit)
            yield _line(_LEFT, y, _RIGHT, y, "limit")
            yield _text(_RIGHT, y - 3, "limit", "end", "limit")

    def _labels(self) -> Iterator[str]:
        """Lines for moments; a word that would lie on the one before it moves up or to the side."""
        edge = -float("inf")
        for label in sorted(self._moments()):
            x = self._x(label.at)
            yield _line(x, _TOP - 6, x, _BOTTOM + _STRIP, label.kind)
            start = max(x - _LABEL_WIDTH / 2, edge, _LEFT - 10)
            anchor, at = ("middle", x) if start == x - _LABEL_WIDTH / 2 else ("start", start)
            if at + _LABEL_WIDTH / 2 > _RIGHT or (anchor == "start" and at + _LABEL_WIDTH > _RIGHT):
                anchor, at = "end", _RIGHT + 2
            is_on_another = anchor == "end" and edge > _RIGHT - _LABEL_WIDTH
            yield _text(at, _TOP - (19 if is_on_another else 9), label.text, anchor, label.kind)
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


def _box(left: float, top: float, right: float, bottom: float) -> str:
    return f"M{_short(left)} {_short(top)}h{_short(right - left)}V{_short(bottom)}H{_short(left)}z"


def _path(kind: str, boxes: Iterable[str]) -> str:
    shape = "".join(boxes)
    return f'<path class="{kind}" d="{shape}"/>' if shape else ""


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    end = f"H{_short(x2)}" if y1 == y2 else f"V{_short(y2)}"
    return f'<path class="{kind}" d="M{_short(x1)} {_short(y1)}{end}"/>'


def _text(x: float, y: float, text: str, anchor: str = "start", kind: str = "") -> str:
    where = f' text-anchor="{anchor}"' if anchor != "start" else ""
    style = f' class="{kind}"' if kind else ""
    return f'<text x="{_short(x)}" y="{_short(y)}"{where}{style}>{escape(text)}</text>'


def _short(number: float) -> str:
    """At most one decimal."""
    return f"{round(number, 1) + 0.0:g}"

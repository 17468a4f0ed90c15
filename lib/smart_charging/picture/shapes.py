"""What all our drawings are made of: a frame with an axis of prices or money, lines, boxes and words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape

from smart_charging.picture.axes import Axis, price_ticks

_WIDTH, _HEIGHT = 400, 205
LEFT, RIGHT, TOP, BOTTOM = 36, 396, 30, 182
"""The edges of what is drawn, inside of labels."""

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


def drawing(parts: Iterable[str], *, title: str = "") -> str:
    """One SVG, as one line of text.

    Args:
        title: What it shows, for people who hear the picture instead of seeing it.
    """
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-6 -4 {_WIDTH + 10} {_HEIGHT + 6}" role="img">'
    name = f"<title>{escape(title)}</title>" if title else ""
    return "".join([head, name, f"<style>{_STYLE}</style>", *parts, "</svg>"])


def grid(axis: Axis) -> Iterator[str]:
    """Lines across at round numbers, with the numbers beside them."""
    for tick in price_ticks(axis.low, axis.high):
        y = axis.place(tick.value)
        yield line(LEFT, y, RIGHT, y, "zero" if tick.value == 0 else "grid")
        yield text(LEFT - 4, y + 4, tick.text, "end")


def box(left: float, top: float, right: float, bottom: float) -> str:
    """A box as part of a path."""
    return f"M{_short(left)} {_short(top)}h{_short(right - left)}V{_short(bottom)}H{_short(left)}z"


def path(kind: str, boxes: Iterable[str]) -> str:
    """Boxes of one kind; nothing where there are none."""
    shape = "".join(boxes)
    return f'<path class="{kind}" d="{shape}"/>' if shape else ""


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight line, across or down."""
    end = f"H{_short(x2)}" if y1 == y2 else f"V{_short(y2)}"
    return f'<path class="{kind}" d="M{_short(x1)} {_short(y1)}{end}"/>'


def text(x: float, y: float, words: str, anchor: str = "start", kind: str = "") -> str:
    """A word."""
    where = f' text-anchor="{anchor}"' if anchor != "start" else ""
    style = f' class="{kind}"' if kind else ""
    return f'<text x="{_short(x)}" y="{_short(y)}"{where}{style}>{escape(words)}</text>'


def _short(number: float) -> str:
    """At most one decimal."""
    return f"{round(number, 1) + 0.0:g}"

"""A plan as one page to print or to send: sentence, chart and table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from html import escape

from smart_charging.planning.plan import Plan, PlanSlot

_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "svg{width:100%}table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
    "td,th{padding:.2rem 1rem .2rem 0;text-align:right;font-weight:normal}th{opacity:.7}"
)
_PAGE = (
    '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width">\n<title>Charging plan</title>\n'
    "<style>{style}</style>\n<h1>Charging plan</h1>\n<p>{sentence}</p>\n{picture}\n"
    "<table>\n<tr><th>from<th>to<th>{money}<th>kWh<th>\n{rows}\n</table>\n</html>\n"
)


def page(plan: Plan, said: str, picture: str, zone: tzinfo) -> str:
    """An HTML page that needs no other file.

    Args:
        said: The plan in one sentence.
        picture: The chart as SVG.
        zone: Of all times.
    """
    return _PAGE.format(
        style=_STYLE,
        sentence=escape(said),
        picture=picture,
        money=escape(f"{plan.currency or 'price'}/kWh"),
        rows="\n".join("<tr>" + "".join(f"<td>{escape(cell)}" for cell in cells(slot, zone)) for slot in plan.slots),
    )


def cells(slot: PlanSlot, zone: tzinfo) -> Iterator[str]:
    """From, to, price, energy and whether the price is estimated: a line of the plan's table."""
    yield from (f"{moment.astimezone(zone):%H:%M}" for moment in (slot.start, slot.end))
    yield "unknown" if slot.price_per_kwh is None else f"{slot.price_per_kwh:.4f}"
    yield f"{slot.energy_kwh:.2f}"
    yield "estimated" if slot.is_estimate else ""

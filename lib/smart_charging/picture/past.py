"""Draws what is over: months with their cost and saving, and the prices of a week."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from smart_charging.picture.axes import Axis, price_range, time_ticks
from smart_charging.picture.shapes import BOTTOM, LEFT, RIGHT, TOP, box, drawing, grid, line, path, text
from smart_charging.prices.average import averaged
from smart_charging.prices.curve import PriceCurve

_HOUR = timedelta(hours=1)
_BAR_SHARE = 0.36
"""Of a month's width, for each of its two bars."""
_NOTHING_YET = "No session has been booked yet"
_NO_PRICES = "No prices are known of the last week"


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What a month's sessions came to."""

    name: str
    """As short as three letters."""
    cost: float
    saving: float
    """Negative where charging at once would have been cheaper."""


def months_svg(months: Sequence[Month], currency: str | None) -> str:
    """Two bars a month, oldest first; one line of text."""
    money = Axis(first=BOTTOM, last=TOP, **_range([value for one in months for value in (one.cost, one.saving)]))
    return drawing(
        [*_legend(currency or ""), *grid(money), *_month_bars(months, money)], title="Cost and saving by month"
    )


def week_svg(curve: PriceCurve, start: datetime, end: datetime, zone: tzinfo) -> str:
    """The prices of each hour in `[start, end)`; one line of text."""
    shown = averaged(curve.between(start, end), _HOUR, zone)
    prices = Axis(first=BOTTOM, last=TOP, **_range([slot.price_per_kwh for slot in shown.slots]))
    times = Axis(low=start.timestamp(), high=end.timestamp(), first=LEFT, last=RIGHT)
    unit = text(0, 8, f"{curve.currency}/kWh" if curve.currency else "kWh")
    ticks = [tick for tick in time_ticks(start, end, zone) if tick.value < end.timestamp()]
    days = [part for tick in ticks for part in _day(times.place(tick.value), tick.text)]
    bars = path("bar", _bars(shown, times, prices))
    none = "" if shown.slots else _middle(_NO_PRICES)
    return drawing([unit, *grid(prices), bars, *days, none], title="Prices of the last week")


def _legend(currency: str) -> Iterator[str]:
    yield text(0, 8, currency)
    for place, (kind, word) in enumerate((("done", "cost"), ("plan", "saving"))):
        left = RIGHT - 110 + place * 55
        yield path(kind, [box(left, 0, left + 8, 8)])
        yield text(left + 12, 8, word)


def _month_bars(months: Sequence[Month], money: Axis) -> Iterator[str]:
    if not months:
        yield _middle(_NOTHING_YET)
        return
    width = (RIGHT - LEFT) / max(len(months), 4)
    for place, month in enumerate(months):
        left = LEFT + place * width + width * (1 - 2 * _BAR_SHARE) / 2
        for kind, value, at in (("done", month.cost, left), ("plan", month.saving, left + width * _BAR_SHARE)):
            top, bottom = sorted((money.place(value), money.place(0.0)))
            yield path(kind, [box(at, top, at + width * _BAR_SHARE * 0.9, bottom)])
        yield text(left + width * _BAR_SHARE, BOTTOM + 18, month.name, "middle")


def _bars(curve: PriceCurve, times: Axis, prices: Axis) -> Iterator[str]:
    for slot in curve:
        left, right = times.place(slot.start.timestamp()), times.place(slot.end.timestamp())
        top, bottom = sorted((prices.place(slot.price_per_kwh), prices.place(0.0)))
        yield box(left, top, right - (right - left) * 0.12, bottom)


def _day(x: float, name: str) -> Sequence[str]:
    return [line(x, TOP, x, BOTTOM + 5, "grid"), text(x + 4, BOTTOM + 18, name)]


def _range(values: Sequence[float]) -> dict[str, float]:
    low, high = price_range(values)
    return {"low": low, "high": high}


def _middle(words: str) -> str:
    return text((LEFT + RIGHT) / 2, (TOP + BOTTOM) / 2, words, "middle")

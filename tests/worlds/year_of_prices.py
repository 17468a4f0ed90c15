"""A year of day-ahead prices, real or made up, and how Home Assistant shows them from day to day."""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from smart_charging.prices.curve import PriceCurve, PriceSlot
from smart_charging.prices.wall_time import moments_of

ZONE = ZoneInfo("Europe/Copenhagen")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRST_DAY, LAST_DAY = date(2025, 4, 22), date(2026, 4, 30)
"""With both clock changes in between."""
_QUARTERS_SINCE = date(2025, 10, 1)


def local(day: date, after: timedelta = timedelta(0)) -> datetime:
    """The moment when clocks show a time of a day."""
    return moments_of(datetime.combine(day, datetime.min.time()) + after, ZONE)[0].astimezone(UTC)


@cache
def made_up_prices() -> PriceCurve:
    """Hourly in summer, by the quarter from October on, as the real ones; the same each time."""
    return PriceCurve(list(_made_up()), "EUR")


def real_prices(folder: Path) -> PriceCurve:
    """Dutch, then German prices, with tax and tariff on top, from a folder that holds them as CSV."""
    summer = _read(folder / "NL_60min.csv", HOUR, FIRST_DAY, _QUARTERS_SINCE)
    return PriceCurve([*summer, *_read(folder / "DE-LU_15min.csv", HOUR / 4, _QUARTERS_SINCE, LAST_DAY)], "EUR")


def shown(curve: PriceCurve, day: date, *, is_tomorrow_out: bool) -> dict[str, Any]:
    """The attributes of Nord Pool's entity on a day."""
    return {
        "raw_today": _rows(curve, day),
        "raw_tomorrow": _rows(curve, day + DAY) if is_tomorrow_out else [],
        "unit": "kWh",
        "currency": "EUR",
        "price_in_cents": False,
    }


def _rows(curve: PriceCurve, day: date) -> list[dict[str, Any]]:
    return [
        {
            "start": slot.start.astimezone(ZONE).isoformat(),
            "end": slot.end.astimezone(ZONE).isoformat(),
            "value": slot.price_per_kwh,
        }
        for slot in curve.between(local(day), local(day + DAY))
    ]


def _read(path: Path, step: timedelta, first: date, until: date) -> Iterator[PriceSlot]:
    with path.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if local(first) <= (at := datetime.fromisoformat(row["start_utc"])) < local(until):
                yield PriceSlot(start=at, end=at + step, price_per_kwh=float(row["price"]) / 1000 * 1.25 + 0.12)


def _made_up() -> Iterator[PriceSlot]:
    """A cheap night, a dear evening, days of wind and of calm, some noise."""
    rng, wind, at = random.Random(1), 0.0, local(FIRST_DAY)  # noqa: S311  # repeatable, guards nothing
    while at < local(LAST_DAY):
        step = HOUR if at < local(_QUARTERS_SINCE) else HOUR / 4
        wind = 0.995 * wind + rng.gauss(0, 0.006)
        hour = at.astimezone(ZONE).hour
        price = 0.2 - 0.06 * math.cos(math.tau * (hour - 3) / 12) * (hour > 5) + wind + rng.gauss(0, 0.01)
        yield PriceSlot(start=at, end=at + step, price_per_kwh=price)
        at += step

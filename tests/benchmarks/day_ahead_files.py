"""Day-ahead prices for benchmarks: read from files, or made up, with fees and VAT on top."""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from smart_charging.prices.curve import PriceCurve, PriceSlot
from smart_charging.prices.wall_time import moments_of

ZONE = ZoneInfo("Europe/Copenhagen")
MINUTE, QUARTER, HOUR, DAY = timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
WEEK = 7 * DAY

Markets = Mapping[str, PriceCurve]


def local(day: date, after: timedelta = timedelta(0)) -> datetime:
    """The moment when clocks show a time of a day."""
    return moments_of(datetime.combine(day, datetime.min.time()) + after, ZONE)[0]


def read_csv(path: Path) -> PriceCurve:
    step = QUARTER if "15min" in path.name else HOUR
    with path.open(encoding="utf-8") as lines:
        rows = [(datetime.fromisoformat(row["start_utc"]), float(row["price"])) for row in csv.DictReader(lines)]
    return PriceCurve(
        [PriceSlot(start=at, end=at + step, price_per_kwh=price / 1000 * 1.25 + 0.12) for at, price in rows], "EUR"
    )


def made_up(step: timedelta, rng: random.Random) -> PriceCurve:
    """Three years with a cheap night, a dear evening, some wind and some noise."""
    slots, wind, at = [], 0.0, local(date(2023, 1, 1))
    while at < local(date(2026, 5, 1)):
        wind = 0.995 * wind + rng.gauss(0, 0.006)
        hour = at.astimezone(ZONE).hour
        price = 0.2 - 0.06 * math.cos(math.tau * (hour - 3) / 12) * (hour > 5) + wind + rng.gauss(0, 0.01)
        slots.append(PriceSlot(start=at, end=at + step, price_per_kwh=price))
        at += step
    return PriceCurve(slots, "EUR")


def markets(folder: Path | None, step: str, rng: random.Random) -> Markets:
    paths = sorted(folder.glob(f"*_{step}.csv")) if folder else []
    return {path.stem: read_csv(path) for path in paths} or {"made up": made_up(QUARTER if "15" in step else HOUR, rng)}

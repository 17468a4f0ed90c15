"""Prices and plans as pictures: one figure or sign per quarter of an hour."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from smart_charging.planning.need import Need
from smart_charging.planning.plan import Plan
from smart_charging.prices.curve import PriceCurve, PriceSlot

QUARTER = timedelta(minutes=15)
MIDNIGHT = datetime(2026, 3, 3, tzinfo=UTC)


def curve(*prices: float | None, step: timedelta = QUARTER, start: datetime = MIDNIGHT) -> PriceCurve:
    """Slots one after the other; None leaves a hole."""
    return PriceCurve(
        [
            PriceSlot(start=start + i * step, end=start + (i + 1) * step, price_per_kwh=price)
            for i, price in enumerate(prices)
            if price is not None
        ],
        "EUR",
    )


def needed(quarters: float, within: float, *, power_kw: float = 4.0) -> Need:
    """At 4 kW a quarter of an hour is 1 kWh."""
    return Need(
        energy_kwh=quarters * power_kw / 4,
        power_kw=power_kw,
        ready_by=MIDNIGHT + within * QUARTER,
        margin=timedelta(0),
    )


def drawn(plan: Plan, quarters: int) -> str:
    """`#` charges all of the quarter, `+` a part of it, `.` none."""
    return "".join(_sign(plan, MIDNIGHT + i * QUARTER) for i in range(quarters))


def _sign(plan: Plan, start: datetime) -> str:
    used = sum(_used(plan, start), timedelta(0))
    return "#" if used == QUARTER else "+" if used else "."


def _used(plan: Plan, start: datetime) -> Iterator[timedelta]:
    for block in plan.blocks:
        yield max(timedelta(0), min(block.end, start + QUARTER) - max(block.start, start))

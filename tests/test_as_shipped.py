"""Benchmarks plan as the apps do, from arguments with their defaults."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from benchmarks.as_shipped import PURE_PLANNER, Asked, Planner, Shipped
from smart_charging.prices.curve import PriceCurve, PriceSlot
from smart_charging.services.cars.learned_margin import FRESH
from worlds.household import HOUR, MIDNIGHT, Household

BEGIN = MIDNIGHT - 4 * HOUR
PRICES = (2.0, 0.31, 0.3, 0.3, 0.1, 0.1, 0.32, 0.1, 0.29, 0.3, 0.1, 2.0)
"""One of the cheapest hours is the last before the departure."""


@pytest.mark.parametrize("arguments", [{}, PURE_PLANNER, {"one_block": True}], ids=["shipped", "pure", "one-block"])
async def test_a_benchmark_makes_the_plan_of_the_apps(home: Household, arguments: dict[str, Any]) -> None:
    home.prices(BEGIN, *PRICES)
    home.schedule(energy_kwh=25, **arguments)
    home.plug_in()
    await home.live(minutes=1)

    shipped = Shipped(arguments=arguments, margin=FRESH)
    asked = Asked(
        key="1", car=shipped.car(25), had_kwh=0.0, power_kw=11, ready_by=MIDNIGHT + 7 * HOUR, is_running=False
    )
    curve = PriceCurve(
        [
            PriceSlot(start=BEGIN + n * HOUR, end=BEGIN + (n + 1) * HOUR, price_per_kwh=price)
            for n, price in enumerate(PRICES)
        ],
        "DKK",
    )
    plan = Planner(shipped).plans([asked], curve, curve, home.clock())["1"]

    shown = [
        datetime.fromisoformat(slot[edge]) for slot in home.attributes("plan")["slots"] for edge in ("start", "end")
    ]
    edges = [edge for slot in plan.slots for edge in (slot.start, slot.end)]
    assert len(shown) == len(edges)
    assert all(abs(one - other) < timedelta(seconds=1) for one, other in zip(shown, edges, strict=True))

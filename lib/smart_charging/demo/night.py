"""The night that the demo plays: prices, a car, a departure, in fast motion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from smart_charging.prices.curve import PriceCurve, PriceSlot

ZONE = ZoneInfo("Europe/Copenhagen")
PRICE_ENTITY = "sensor.nordpool_kwh_dk2_dkk"
CHARGE_POINT_NAME = "Garage"
CURRENCY = "DKK"

_QUARTER = timedelta(minutes=15)
# Made up: an evening peak, the small hours with a free and a paid quarter, a dear morning.
_PRICES = (
    *(2.31, 2.18, 1.97, 1.74, 1.32, 1.05, 0.88, 0.97, 0.61, 0.42, 0.18, 0.00, -0.07),
    *(0.03, 0.35, 0.74, 0.55, 0.29, 0.21, 0.48, 0.93, 1.26, 1.68, 2.04, 2.35, 2.41),
)


@dataclass(frozen=True, kw_only=True)
class Night:
    """Quarters of an hour that last seconds; prices and kilowatt-hours stay life-size, so power grows."""

    begins_at: datetime
    quarter: timedelta
    wanted_kwh: float = 22.0

    @property
    def speed(self) -> float:
        """How many seconds of the night one second of the demo stands for."""
        return _QUARTER / self.quarter

    @property
    def power_kw(self) -> float:
        """An 11 kW charger in fast motion."""
        return 11.0 * self.speed

    @property
    def ready_by(self) -> datetime:
        """Departure: whole seconds, two dear quarters before the prices end."""
        return self.begins_at + (len(_PRICES) - 2) * self.quarter

    @cached_property
    def curve(self) -> PriceCurve:
        """The prices as the planner sees them."""
        slots = (
            PriceSlot(
                start=self.begins_at + number * self.quarter,
                end=self.begins_at + (number + 1) * self.quarter,
                price_per_kwh=price,
            )
            for number, price in enumerate(_PRICES)
        )
        return PriceCurve(tuple(slots), CURRENCY)

    def price_at(self, moment: datetime) -> float:
        """The price of the quarter; before the first and after the last one, theirs."""
        slots = self.curve.slots
        price = self.curve.price_at(min(max(moment, slots[0].start), slots[-1].start))
        return slots[-1].price_per_kwh if price is None else price

    def price_attributes(self) -> Mapping[str, Any]:
        """The prices as the Nord Pool integration from HACS publishes them."""
        return {
            "friendly_name": "Nord Pool (demo)",
            "unit": "kWh",
            "currency": CURRENCY,
            "price_in_cents": False,
            "tomorrow_valid": False,
            "raw_today": [
                {"start": _local(slot.start), "end": _local(slot.end), "value": slot.price_per_kwh}
                for slot in self.curve
            ],
            "raw_tomorrow": [],
        }

    @property
    def departure(self) -> str:
        """On the wall clock, to the second."""
        return f"{self.ready_by.astimezone(ZONE):%H:%M:%S}"

    def later(self, begins_at: datetime) -> Night:
        """The same night once more."""
        return replace(self, begins_at=begins_at)

    def apps(self, base_url: str, charge_point_id: int, settings: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        """What a user would write into apps.yaml, with rests to match the speed.

        Args:
            base_url: Where the cloud answers.
            charge_point_id: The one charger.
            settings: Names of entities by argument, which count instead of what the night wants itself.
        """
        rests = {f"poll_{when}_s": 1 for when in ("idle", "plugged_in", "busy")}
        return {
            "charging_monitor": {
                "module": "charging_monitor",
                "class": "ChargingMonitor",
                "base_url": base_url,
                "wallet_interval_s": 20,
                **rests,
            },
            "charging_control": {
                "module": "charging_control",
                "class": "ChargingControl",
                "dependencies": ["charging_monitor"],
            },
            "charging_scheduler": {
                "module": "charging_scheduler",
                "class": "ChargingScheduler",
                "dependencies": ["charging_monitor", "charging_control"],
                "price_entity": PRICE_ENTITY,
                "chargers": [
                    {
                        "charge_point_id": charge_point_id,
                        "energy_kwh": self.wanted_kwh,
                        "power_kw": self.power_kw,
                        "margin_s": self.quarter.total_seconds(),
                        "ready_by": self.departure,
                        **(settings or {}),
                    }
                ],
            },
        }

    def cost(self, energy: Sequence[tuple[datetime, datetime]]) -> float:
        """What charging at full power during these times costs."""
        return sum(
            slot.price_per_kwh * self.power_kw * ((slot.end - slot.start) / timedelta(hours=1))
            for start, end in energy
            for slot in self.curve.between(start, end)
        )

    def cost_at_once(self, plugged_in_at: datetime) -> float:
        """What the energy wanted costs when nobody waits."""
        return self.cost([(plugged_in_at, plugged_in_at + timedelta(hours=self.wanted_kwh / self.power_kw))])


def _local(moment: datetime) -> str:
    return moment.astimezone(ZONE).isoformat()

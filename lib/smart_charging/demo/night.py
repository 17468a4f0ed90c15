"""The night of the demo: prices, a car and a departure, in fast motion."""

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
# Invented: an evening peak, a night with a free and a negative quarter, an expensive morning.
_PRICES = (
    *(2.31, 2.18, 1.97, 1.74, 1.32, 1.05, 0.88, 0.97, 0.61, 0.42, 0.18, 0.00, -0.07),
    *(0.03, 0.35, 0.74, 0.55, 0.29, 0.21, 0.48, 0.93, 1.26, 1.68, 2.04, 2.35, 2.41),
)


@dataclass(frozen=True, kw_only=True)
class Night:
    """Quarters of an hour last seconds; prices and energy stay real, so that power is higher."""

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
        """Departure, in whole seconds: two expensive quarters before the prices end."""
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
        """The price of the quarter; before the first and after the last quarter, the price of those."""
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
        """The time of departure in local time, to the second."""
        return f"{self.ready_by.astimezone(ZONE):%H:%M:%S}"

    def later(self, begins_at: datetime) -> Night:
        """The same night, beginning at another time."""
        return replace(self, begins_at=begins_at)

    def apps(
        self,
        base_url: str,
        charge_point_id: int | str,
        settings: Mapping[str, str] | None = None,
        monitor: Mapping[str, Any] | None = None,
    ) -> Mapping[str, Any]:
        """The content of apps.yaml, with poll intervals to match the speed.

        Args:
            base_url: The cloud's address.
            charge_point_id: The only charger.
            settings: Entity ids by argument, which replace the night's own values.
            monitor: What the cloud's monitor needs besides.
        """
        rests = {f"poll_{when}_s": 1 for when in ("idle", "plugged_in", "busy")}
        return {
            "charging_monitor": {
                "module": "charging_monitor",
                "class": "ChargingMonitor",
                "base_url": base_url,
                "wallet_interval_s": 20,
                "pulled_after_s": 2,
                **rests,
                **(monitor or {}),
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
        """What the energy costs when charging begins right after plugging in."""
        return self.cost([(plugged_in_at, plugged_in_at + timedelta(hours=self.wanted_kwh / self.power_kw))])


def _local(moment: datetime) -> str:
    return moment.astimezone(ZONE).isoformat()

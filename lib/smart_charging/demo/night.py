"""The night of the demo: prices, a car and a departure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from typing import Any, Self
from zoneinfo import ZoneInfo

from smart_charging.prices.curve import PriceCurve, PriceSlot

ZONE = ZoneInfo("Europe/Copenhagen")
PRICE_ENTITY = "sensor.nordpool_kwh_dk2_dkk"
CHARGE_POINT_NAME = "Garage"
CURRENCY = "DKK"
POWER_KW = 11.0

_QUARTER = timedelta(minutes=15)
_PRICES_FROM, _HOME_AFTER, _LEAVES_AFTER = time(20, 0), timedelta(hours=2, minutes=15), timedelta(hours=11)
# Invented: an evening peak, a night with a free and a negative quarter, an expensive morning. A line is an hour.
_PRICES = (
    *(2.38, 2.41, 2.35, 2.31),
    *(2.22, 2.31, 2.18, 2.05),
    *(1.97, 1.88, 1.74, 1.62),
    *(1.32, 1.21, 1.05, 0.88),
    *(0.61, 0.42, 0.18, 0.00),
    *(-0.07, 0.03, 0.35, 0.74),
    *(0.29, 0.21, 0.48, 0.55),
    *(0.79, 0.88, 0.93, 0.97),
    *(1.02, 1.10, 1.17, 1.26),
    *(1.42, 1.55, 1.68, 1.81),
    *(2.04, 2.12, 2.20, 2.26),
    *(2.35, 2.41, 2.29, 2.14),
)


@dataclass(frozen=True, kw_only=True)
class Night:
    """One car at one charger, from the evening until it leaves."""

    begins_at: datetime
    """When the first price counts."""
    wanted_kwh: float = 22.0

    @classmethod
    def of(cls, moment: datetime, *, wanted_kwh: float) -> Self:
        """The night after a day."""
        begins_at = datetime.combine(moment.astimezone(ZONE).date(), _PRICES_FROM, ZONE)
        return cls(begins_at=begins_at.astimezone(UTC), wanted_kwh=wanted_kwh)

    def next(self) -> Self:
        """The night after this one."""
        return type(self).of(self.begins_at + timedelta(days=1), wanted_kwh=self.wanted_kwh)

    @property
    def home_at(self) -> datetime:
        """When the car comes home."""
        return self.begins_at + _HOME_AFTER

    @property
    def ready_by(self) -> datetime:
        """When it leaves."""
        return self.begins_at + _LEAVES_AFTER

    @cached_property
    def curve(self) -> PriceCurve:
        """The prices as the planner sees them."""
        starts = [self.begins_at + number * _QUARTER for number in range(len(_PRICES))]
        slots = (
            PriceSlot(start=start, end=start + _QUARTER, price_per_kwh=price)
            for start, price in zip(starts, _PRICES, strict=True)
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
        """The time of departure in local time."""
        return f"{self.ready_by.astimezone(ZONE):%H:%M}"

    def apps(
        self,
        base_url: str,
        charge_point_id: int | str,
        settings: Mapping[str, str] | None = None,
        monitor: Mapping[str, Any] | None = None,
    ) -> Mapping[str, Any]:
        """The content of apps.yaml.

        Args:
            base_url: The cloud's address.
            charge_point_id: The only charger.
            settings: Entity ids by argument, which replace the night's own values.
            monitor: What the cloud's monitor needs besides.
        """
        return {
            "charging_monitor": {
                "module": "charging_monitor",
                "class": "ChargingMonitor",
                "base_url": base_url,
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
                        "power_kw": POWER_KW,
                        "ready_by": self.departure,
                        **(settings or {}),
                    }
                ],
            },
        }


def _local(moment: datetime) -> str:
    return moment.astimezone(ZONE).isoformat()

"""Arguments of the app `charging_scheduler`."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from smart_charging.config.arguments import ChargePointId, Seconds, Settings, WallTime
from smart_charging.config.prices import PriceSettings


class ChargerSchedule(Settings):
    """What one car needs, by when."""

    charge_point_id: ChargePointId
    energy_kwh: float = Field(gt=0, le=500)
    """Wanted each time the cable goes in, as the charger's meter counts it."""
    power_kw: float = Field(gt=0, le=4000)
    """What really flows; the megawatt chargers of lorries end at 3,750."""
    ready_by: WallTime
    """Local wall time; the next one after the cable goes in."""


class SchedulerSettings(PriceSettings):
    """Arguments of the app `charging_scheduler`."""

    monitor: str = "charging_monitor"
    control: str = "charging_control"
    chargers: list[ChargerSchedule] = Field(min_length=1)
    margin: Seconds = Field(timedelta(minutes=10), alias="margin_s", ge=timedelta(0), le=timedelta(hours=6))
    """How long before `ready_by` the plan ends; chargers are slower than they promise."""

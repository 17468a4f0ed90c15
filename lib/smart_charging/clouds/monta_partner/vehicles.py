"""Vehicles, and what their makers tell of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum

from pydantic import Field

from smart_charging.clouds.http.model import Row, Stamp
from smart_charging.clouds.monta_partner.calls import Calls


class OwnerType(StrEnum):
    """Whose a vehicle is."""

    TEAM = "team"
    USER = "user"


class Vehicle(Row):
    """One vehicle."""

    id: int
    team_id: int | None = None
    user_id: int | None = None
    name: str | None = Field(default=None, repr=False)
    license_plate: str | None = Field(default=None, repr=False)
    battery_kwh: float | None = Field(default=None, alias="batteryCapacityKwh")
    max_ac_power_kw: float | None = Field(default=None, alias="maxPowerKwAc")
    max_dc_power_kw: float | None = Field(default=None, alias="maxPowerKwDc")
    integration_id: str | None = Field(default=None, coerce_numbers_to_str=True)
    """None where the vehicle is not connected to its maker."""


class Battery(Row):
    """What the vehicle says of its battery; that levels are in per cent is concluded from their names."""

    soc_percent: float | None = Field(default=None, alias="batteryLevel")
    limit_percent: float | None = Field(default=None, alias="chargeLimit")
    battery_kwh: float | None = Field(default=None, alias="batteryCapacity")
    power_kw: float | None = Field(default=None, alias="chargeRateKw")
    is_plugged_in: bool | None = None
    is_charging: bool | None = None
    updated_at: Stamp | None = None


class VehicleReport(Row):
    """A connected vehicle as its maker tells of it; place and VIN are not read."""

    id: str = Field(coerce_numbers_to_str=True)
    last_seen_at: Stamp | None = None
    odometer: float | None = None
    """In km, presumably."""
    battery: Battery = Field(default=Battery(), alias="chargeState")


@dataclass(frozen=True, slots=True)
class Vehicles:
    """The vehicles of teams and users."""

    _calls: Calls

    def every(self, owner_type: OwnerType, owner_id: int | None = None) -> AsyncIterator[Vehicle]:
        """All vehicles of a team or a user; without an id those of all that the credentials reach, presumably."""
        return self._calls.rows(Vehicle, "get-vehicles", owner_type=owner_type, owner_id=owner_id)

    async def one(self, vehicle_id: int) -> Vehicle:
        """One vehicle."""
        return await self._calls.read(Vehicle, "get-vehicle", vehicle_id=vehicle_id)

    async def report(
        self, integration_id: str, *, owner_type: OwnerType | None = None, owner_id: int | None = None
    ) -> VehicleReport:
        """State of charge, cable and charging, as of `last_seen_at`."""
        return await self._calls.read(
            VehicleReport,
            "get-vehicles-integration",
            integration_id=integration_id,
            owner_type=owner_type,
            owner_id=owner_id,
        )

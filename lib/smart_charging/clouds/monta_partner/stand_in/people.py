"""The stand-in's vehicles and wallets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from smart_charging.clouds.monta.stand_in.lifecycle import Lifecycle
from smart_charging.clouds.monta.stand_in.shapes import stamp
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.clouds.monta.stand_in.wallet import Wallet
from smart_charging.clouds.monta_partner.stand_in.by_shape import Json, made_up
from smart_charging.clouds.monta_partner.stand_in.chargers import TEAM_ID
from smart_charging.clouds.monta_partner.stand_in.lists import created_between, found, matching
from smart_charging.clouds.monta_partner.stand_in.served import Asked, Handler

_FIRST_VEHICLE_ID = 7701


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """A car that is connected to its maker."""

    name: str
    car: Car
    battery_kwh: float
    limit_percent: float = 100.0

    @property
    def soc_percent(self) -> float:
        """By what it still wants, up to its own limit."""
        return round(self.limit_percent - self.car.wants_kwh / self.battery_kwh * 100, 1)


@dataclass(slots=True)
class Vehicles:
    """Vehicles by id; the id of a vehicle's integration is `integration-<id>`."""

    site: Lifecycle
    now: Callable[[], datetime]
    all: dict[int, Vehicle] = field(default_factory=dict)

    def handlers(self) -> Mapping[str, Handler]:
        """By operation."""
        return {
            "get-vehicles": lambda _: [self._as_json(vehicle_id) for vehicle_id in self.all],
            "get-vehicle": lambda asked: self._one(asked.path["vehicleId"]),
            "get-vehicles-integration": self._report,
        }

    def add(self, vehicle: Vehicle) -> int:
        """Add one; returns its id."""
        vehicle_id = _FIRST_VEHICLE_ID + len(self.all)
        self.all[vehicle_id] = vehicle
        return vehicle_id

    def _one(self, vehicle_id: str) -> Json:
        found(self.all, vehicle_id)
        return self._as_json(int(vehicle_id))

    def _as_json(self, vehicle_id: int) -> Json:
        vehicle = self.all[vehicle_id]
        told = {"teamId": TEAM_ID, "name": vehicle.name, "batteryCapacityKwh": vehicle.battery_kwh}
        more = {"maxPowerKwAc": vehicle.car.max_power_kw, "integrationId": f"integration-{vehicle_id}"}
        return made_up("Vehicle", vehicle_id) | told | more

    def _report(self, asked: Asked) -> Json:
        integration = asked.path["integrationId"]
        vehicle = found(self.all, integration.removeprefix("integration-"))
        point = next((point for point in self.site.points.values() if point.car is vehicle.car), None)
        is_charging = bool(point and point.charge and point.charge.state == "charging")
        battery = {
            "isPluggedIn": point is not None,
            "isCharging": is_charging,
            "batteryLevel": vehicle.soc_percent,
            "batteryCapacity": vehicle.battery_kwh,
            "chargeLimit": vehicle.limit_percent,
            "chargeRateKw": point.power_kw if point and is_charging else 0.0,
            "updatedAt": stamp(self.now()),
        }
        place = {"latitude": 55.123, "longitude": 11.456}
        told = {"id": integration, "vin": "VIN-PRIVATE", "odometer": 12345.6, "location": place}
        return told | {"lastSeenAt": stamp(self.now()), "chargeState": battery}


@dataclass(slots=True)
class Wallets:
    """The one wallet with its transactions, newest first."""

    wallet: Wallet

    def handlers(self) -> Mapping[str, Handler]:
        """By operation."""
        return {
            "get-wallets": lambda _: [self._as_json()],
            "get-wallet": lambda asked: found({91: self._as_json()}, asked.path["walletId"]),
            "get-wallet-transactions": self._transactions,
            "get-wallet-transaction": self._transaction,
        }

    def _as_json(self) -> Json:
        told = self.wallet.as_json()
        return made_up("Wallet") | {name: told[name] for name in ("id", "ownerType", "ownerId", "balance")}

    def _transactions(self, asked: Asked) -> Sequence[Json]:
        rows = [_detailed(row) for row in reversed(self.wallet.transactions.values())]
        wanted = matching(rows, asked.query, "state", "group", "referenceId", "referenceType")
        return created_between(wanted, asked.query)

    def _transaction(self, asked: Asked) -> Json:
        return _detailed(found(self.wallet.transactions, asked.path["transactionId"]))


def _detailed(row: Json) -> Json:
    """As the Partner API tells a payment for a charge, VAT of a quarter included."""
    amount = float(str(row["fromAmount"]))
    net = round(amount / 1.25, 2)
    vat = {"fromSubAmount": net, "fromVatAmount": round(amount - net, 2), "vatPercentage": 25}
    about = {"group": "charge", "referenceType": "CHARGE", "referenceId": str(row["chargeId"])}
    told = {name: value for name, value in row.items() if name not in {"summary", "chargeId"}}
    return made_up("WalletTransaction") | told | vat | about

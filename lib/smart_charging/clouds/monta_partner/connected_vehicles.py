"""Cars that are connected to their makers at Monta, as settings of a charger."""

from __future__ import annotations

from smart_charging import charger
from smart_charging.clouds.monta_partner.client import PartnerClient
from smart_charging.clouds.monta_partner.vehicles import OwnerType, Vehicle
from smart_charging.errors import ConfigError, NotPermittedError

_MOST_NAMED = 20


class ConnectedVehicles:
    """The vehicles of all teams and users that the credentials reach; found once, for their list may be long."""

    def __init__(self, client: PartnerClient) -> None:
        self._client = client
        self._found: dict[str, Vehicle] = {}

    async def vehicle(self, name: str) -> charger.Vehicle:
        """One vehicle by name or id, as its maker last told of it."""
        found = self._found.get(name) or await self._find(name)
        self._found[name] = found
        if found.integration_id is None:
            return charger.Vehicle(battery_kwh=found.battery_kwh)
        report = await self._client.vehicles.report(found.integration_id)
        return charger.Vehicle(
            soc_percent=report.battery.soc_percent,
            battery_kwh=found.battery_kwh or report.battery.battery_kwh,
            seen_at=report.battery.updated_at or report.last_seen_at,
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _find(self, name: str) -> Vehicle:
        vehicles = {one.id: one for owner in OwnerType for one in await self._of(owner)}
        found = [one for one in vehicles.values() if name in {str(one.id), one.name}]
        if len(found) == 1:
            return found[0]
        known = ", ".join(f"{one.id} ({one.name})" for one in [*(found or vehicles.values())][:_MOST_NAMED])
        raise ConfigError(f"vehicle {name[:40]!r}: there is not exactly one at Monta; write one of {known or 'none'}")

    async def _of(self, owner: OwnerType) -> list[Vehicle]:
        try:
            return [vehicle async for vehicle in self._client.vehicles.every(owner)]
        except NotPermittedError:
            if owner is OwnerType.USER:  # a team's may be enough
                return []
            raise

"""Charge points: their state, commands to them, and their OCPP side."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import Field

from smart_charging.clouds.http.model import CloudEnum, CloudModel, Row, Stamp
from smart_charging.clouds.monta import models
from smart_charging.clouds.monta.models import ChargePointState, Visibility
from smart_charging.clouds.monta_partner.calls import Calls
from smart_charging.clouds.monta_partner.charging_profile import ChargingProfile, ProfileStatus, Purpose


class OcppStatus(CloudEnum):
    """What the charger itself says of its connector; finer than `ChargePointState`."""

    AVAILABLE = "available"
    ONLINE = "online"
    NOT_CONNECTED = "not-connected"
    ERROR = "error"
    OFFLINE = "offline"
    OCCUPIED = "occupied"
    PREPARING = "preparing"
    """A car is plugged in and nothing has begun."""
    PAUSED_EV = "paused-ev"
    PAUSED_EVSE = "paused-evse"
    CHARGING = "charging"
    SUSPENDED_EVSE = "suspended-evse"
    """The charger lets nothing flow."""
    SUSPENDED_EV = "suspended-ev"
    """The car takes nothing."""
    FINISHING = "finishing"
    RESERVED = "reserved"
    UNAVAILABLE = "unavailable"
    FAULTED = "faulted"
    IDLE = "idle"
    EV_CONNECTED = "ev-connected"
    UNKNOWN = "unknown"


class OcppState(Row):
    """The status with the time it was told."""

    status: OcppStatus | None = None
    updated_at: Stamp | None = None


class ProtocolData(Row):
    """What is known by the charger's protocol."""

    ocpp: OcppState | None = None


class ChargePoint(models.ChargePoint):
    """One outlet, as `get-charge-points` reports it."""

    team_id: int | None = None
    site_id: int | None = None
    serial_number: str | None = Field(default=None, repr=False, coerce_numbers_to_str=True)
    """None while no hardware is paired."""
    evse_id: str | None = Field(default=None, repr=False)
    brand_name: str | None = None
    model_name: str | None = None
    firmware_version: str | None = None
    integration_type: str | None = None
    """Such as `ocpp`."""
    is_active: bool | None = None
    reservable: bool | None = None
    price_group_id: int | None = None
    cost_group_id: int | None = None
    last_connected_at: Stamp | None = None
    disconnected_at: Stamp | None = None
    updated_at: Stamp | None = None
    deleted_at: Stamp | None = None
    protocol_data: ProtocolData | None = None

    @property
    def ocpp(self) -> OcppState:
        """The charger's own words; without a status where Monta does not know them."""
        return (self.protocol_data and self.protocol_data.ocpp) or OcppState()


class Integration(Row):
    """The hardware behind a charge point."""

    charge_point_identity: str | None = Field(default=None, repr=False)
    """The charger's name in OCPP, by which profiles and configuration are sent."""
    state: str | None = None
    connector_id: int | None = None
    serial_number: str | None = Field(default=None, repr=False)
    active_at: Stamp | None = None
    deleted_at: Stamp | None = None


class ProfileAnswer(CloudModel):
    """What the charger made of a profile."""

    status: ProfileStatus


@dataclass(frozen=True, slots=True)
class ChargePoints:
    """The charge points that the credentials reach."""

    _calls: Calls

    def every(
        self,
        *,
        site_id: int | None = None,
        team_id: int | None = None,
        state: ChargePointState | None = None,
        updated_from: datetime | None = None,
        **filters: object,
    ) -> AsyncIterator[ChargePoint]:
        """All charge points, in Monta's order.

        Args:
            filters: Any other parameter of `get-charge-points`.
        """
        return self._calls.rows(
            ChargePoint,
            "get-charge-points",
            site_id=site_id,
            team_id=team_id,
            state=state,
            from_updated_date=updated_from,
            **filters,
        )

    async def one(self, charge_point_id: int) -> ChargePoint:
        """One charge point."""
        return await self._calls.read(ChargePoint, "get-charge-point", charge_point_id=charge_point_id)

    async def patch(
        self,
        charge_point_id: int,
        *,
        name: str | None = None,
        max_power_kw: float | None = None,
        visibility: Visibility | None = None,
        site_id: int | None = None,
        is_active: bool | None = None,
        **changes: object,
    ) -> ChargePoint:
        """Change what is given; None leaves a thing as it is.

        Args:
            changes: Any other parameter of `patch-charge-point`.
        """
        return await self._calls.read(
            ChargePoint,
            "patch-charge-point",
            charge_point_id=charge_point_id,
            name=name,
            max_kw=max_power_kw,
            visibility=visibility,
            site_id=site_id,
            active=is_active,
            **changes,
        )

    async def reboot(self, charge_point_id: int) -> None:
        """Restart the charger; whether a running charge survives is the charger's affair."""
        await self._calls.call("post-charge-point-reboot", charge_point_id=charge_point_id)

    async def unlock(self, charge_point_id: int) -> None:
        """Let go of the cable."""
        await self._calls.call("post-charge-point-unlock", charge_point_id=charge_point_id)

    def logs(
        self, charge_point_id: int, *, from_at: datetime | None = None, to_at: datetime | None = None
    ) -> AsyncIterator[Any]:
        """OCPP messages, raw: Monta does not describe their fields. More than 10,000 can be read, by cursor."""
        return self._calls.every(
            "get-charge-point-logs", charge_point_id=charge_point_id, from_date=from_at, to_date=to_at
        )

    def integrations(self, charge_point_id: int) -> AsyncIterator[Integration]:
        """The hardware that is paired, with its OCPP identity."""
        return self._calls.rows(Integration, "get-charge-point-integrations", charge_point_id=charge_point_id)

    async def ocpp_config(self, identity: str) -> Sequence[Mapping[str, object]]:
        """The charger's OCPP configuration, key by key; Monta does not describe the fields.

        Args:
            identity: `Integration.charge_point_identity`, as for all that goes to the charger over OCPP.
        """
        keys = self._calls.every("get-charge-point-ocpp-config", charge_point_identity=identity)
        return [key async for key in keys if isinstance(key, dict)]

    async def set_ocpp_config(self, identity: str, key: str, value: str | None, *, store: bool = False) -> None:
        """Set one key.

        Args:
            store: That Monta sends it again after a reconnect; concluded from the name.
        """
        await self._calls.call(
            "post-charge-point-ocpp-config", charge_point_identity=identity, key=key, value=value, store=store
        )

    async def set_charging_profile(
        self, identity: str, profile: ChargingProfile, *, connector_id: int = 1
    ) -> ProfileStatus:
        """Limit the current.

        Only for operators for whom Monta has opened it. That the profile is written as OCPP 1.6 does is
        a guess: Monta's description leaves it untyped.
        """
        answer = await self._calls.read(
            ProfileAnswer,
            "post-charge-point-set-charging-profile",
            charge_point_identity=identity,
            connector_id=connector_id,
            profile=[profile.as_ocpp()],
        )
        return answer.status

    async def clear_charging_profile(
        self,
        identity: str,
        *,
        profile_id: int | None = None,
        connector_id: int | None = None,
        purpose: Purpose | None = None,
    ) -> ProfileStatus:
        """Take back the profiles that fit; all of them, where nothing is given."""
        answer = await self._calls.read(
            ProfileAnswer,
            "post-charge-point-clear-charging-profile",
            charge_point_identity=identity,
            id=profile_id,
            connector_id=connector_id,
            charging_profile_purpose=purpose,
        )
        return answer.status

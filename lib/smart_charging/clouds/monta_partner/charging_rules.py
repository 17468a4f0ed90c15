"""Monta's own smart charging: rules at a charge point, which start and stop charges whatever others planned.

Monta's reference does not have these operations, only its description of December 2025 has.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from pydantic import Field

from smart_charging.clouds.http.model import CloudEnum, Row
from smart_charging.clouds.monta_partner.calls import Calls


class RuleType(CloudEnum):
    """When a rule charges."""

    SMART = "smart_charge"
    """At low prices between `start` and `beReadyAt`."""
    SCHEDULED = "scheduled"
    """Between `start` and `stop`."""
    INSTANT = "instant"
    UNKNOWN = "unknown"


class ChargingRule(Row):
    """One rule of a charge point."""

    id: int
    name: str = ""
    type: RuleType = RuleType.UNKNOWN
    type_word: str = Field(default="", validation_alias="type")
    """The type as sent, for types newer than `RuleType`."""
    is_active: bool
    is_sponsored: bool = False
    creator_user_id: int | None = None
    vehicle_id: int | None = None
    settings: Mapping[str, object] | None = None
    """As they came: Monta's examples write times as minutes of the day and as `06:00`."""


@dataclass(frozen=True, slots=True)
class ChargingRules:
    """The rules of charge points."""

    _calls: Calls

    def every(self, charge_point_id: int) -> AsyncIterator[ChargingRule]:
        """All rules of one charge point, those that are off included."""
        return self._calls.rows(ChargingRule, "get-charge-point-charging-rules", charge_point_id=charge_point_id)

    async def one(self, charge_point_id: int, rule_id: int) -> ChargingRule:
        """One rule."""
        return await self._calls.read(
            ChargingRule,
            "get-charge-point-charging-rule",
            charge_point_id=charge_point_id,
            charging_rule_id=rule_id,
        )

    async def create(
        self,
        charge_point_id: int,
        *,
        name: str,
        type: RuleType,  # noqa: A002 - Monta's word
        settings: Mapping[str, object],
        creator_user_id: int,
        is_active: bool = True,
        is_sponsored: bool = False,
        vehicle_id: int | None = None,
    ) -> ChargingRule:
        """Add a rule.

        Args:
            settings: `start` and `beReadyAt` of a smart rule, `start` and `stop` of a scheduled one.
        """
        return await self._calls.read(
            ChargingRule,
            "post-charge-point-charging-rules",
            charge_point_id=charge_point_id,
            name=name,
            type=type,
            settings=settings,
            creator_user_id=creator_user_id,
            is_active=is_active,
            is_sponsored=is_sponsored,
            vehicle_id=vehicle_id,
        )

    async def switch(self, charge_point_id: int, rule: ChargingRule, *, is_active: bool) -> ChargingRule:
        """Switch a rule on or off; everything else is sent back as it was read, since the whole rule is replaced."""
        return await self._calls.read(
            ChargingRule,
            "put-charge-point-charging-rule",
            charge_point_id=charge_point_id,
            charging_rule_id=rule.id,
            name=rule.name,
            type=rule.type_word,
            is_active=is_active,
            is_sponsored=rule.is_sponsored,
            vehicle_id=rule.vehicle_id,
            settings=rule.settings or {},
        )

    async def delete(self, charge_point_id: int, rule_id: int) -> None:
        """Remove a rule."""
        await self._calls.call(
            "delete-charge-point-charging-rule", charge_point_id=charge_point_id, charging_rule_id=rule_id
        )

"""The entities of Monta's Partner API besides those of every cloud."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from smart_charging.clouds.monta_partner.charge_points import OcppStatus
from smart_charging.clouds.monta_partner.charger import OwnRules, PartnerCharger, PartnerLink
from smart_charging.entities.account import AccountView
from smart_charging.entities.charger_view import ChargerView
from smart_charging.entities.cloud_tables import CloudTables
from smart_charging.entities.publish import EntityDescription

T = TypeVar("T")
_NO_RULES = OwnRules()


def _of(read: Callable[[PartnerCharger], T]) -> Callable[[ChargerView], T | None]:
    """A value of the charger; None for one that is known by name only."""
    return lambda view: read(view.charger) if isinstance(view.charger, PartnerCharger) else None


def _rules(view: ChargerView) -> OwnRules:
    return _of(lambda charger: charger.rules)(view) or _NO_RULES


def _last_event_at(view: AccountView) -> datetime | None:
    return view.link.last_event_at if isinstance(view.link, PartnerLink) else None


_CHARGER: tuple[EntityDescription[ChargerView], ...] = (
    EntityDescription(
        domain="sensor",
        key="ocpp_status",
        name="OCPP status",
        value=_of(lambda charger: charger.ocpp_status),
        attributes=lambda view: {"updated_at": _of(lambda charger: charger.ocpp_status_at)(view)},
        device_class="enum",
        options=[status.value for status in OcppStatus],
        icon="mdi:ev-plug-type2",
    ),
    EntityDescription(
        domain="sensor",
        key="ocpp_identity",
        name="OCPP identity",
        value=_of(lambda charger: charger.ocpp_identity),
        category="diagnostic",
        icon="mdi:identifier",
        is_optional=True,
    ),
    EntityDescription(
        domain="sensor",
        key="firmware",
        name="firmware",
        value=lambda view: view.charger.firmware,
        category="diagnostic",
        icon="mdi:chip",
        is_optional=True,
    ),
    EntityDescription(
        domain="sensor",
        key="model",
        name="model",
        value=_of(lambda charger: charger.model),
        category="diagnostic",
        icon="mdi:ev-station",
        is_optional=True,
    ),
    EntityDescription(
        domain="binary_sensor",
        key="own_rule",
        name="charging rule of Monta's own",
        value=lambda view: bool(_rules(view).active),
        attributes=lambda view: {"active": list(_rules(view).active), "paused": list(_rules(view).paused)},
        device_class="problem",
        exists=_of(lambda charger: charger.rules is not None),  # type: ignore[arg-type]  # None counts as no
    ),
    EntityDescription(
        domain="button",
        key="reboot",
        name="reboot",
        icon="mdi:restart",
        category="config",
        needs_listener=True,
    ),
    EntityDescription(
        domain="button",
        key="unlock",
        name="unlock",
        icon="mdi:lock-open-variant",
        needs_listener=True,
    ),
)

_ACCOUNT: tuple[EntityDescription[AccountView], ...] = (
    EntityDescription(
        domain="sensor",
        key="cloud_last_event",
        name="last event",
        value=_last_event_at,
        device_class="timestamp",
        category="diagnostic",
        is_optional=True,
    ),
)

MONTA_PARTNER_TABLES = CloudTables(charger=_CHARGER, account=_ACCOUNT)

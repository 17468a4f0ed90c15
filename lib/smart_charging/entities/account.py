"""Entities for the connection to the cloud."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from smart_charging.clouds.link import Link
from smart_charging.entities.publish import EntityDescription


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """What the account's entities show."""

    link: Link | None
    """None for a cloud without `HasLink`."""
    problem: str | None
    """Why the last read failed; None when it worked."""
    read_at: datetime | None
    """When the chargers were last read."""


ACCOUNT_ENTITIES: tuple[EntityDescription[AccountView], ...] = (
    EntityDescription(
        domain="binary_sensor",
        key="cloud_reachable",
        name="cloud reachable",
        value=lambda view: view.problem is None,
        attributes=lambda view: {"reason": view.problem, "rate_limited_until": view.link and view.link.limited_until},
        device_class="connectivity",
        category="diagnostic",
    ),
    EntityDescription(
        domain="sensor",
        key="cloud_last_update",
        name="cloud last update",
        value=lambda view: view.read_at,
        device_class="timestamp",
        category="diagnostic",
    ),
)

LINK_ENTITIES: tuple[EntityDescription[Link], ...] = (
    EntityDescription(
        domain="sensor",
        key="cloud_latency",
        name="cloud latency",
        value=lambda link: round(link.latency / timedelta(milliseconds=1)) if link.latency else None,
        unit="ms",
        device_class="duration",
        state_class="measurement",
        category="diagnostic",
    ),
)

QUOTA_ENTITIES: tuple[EntityDescription[Link], ...] = (
    EntityDescription(
        domain="sensor",
        key="cloud_requests_left",
        name="cloud requests left",
        value=lambda link: link.requests_left,
        state_class="measurement",
        icon="mdi:speedometer",
        category="diagnostic",
    ),
)

"""What the Partner API tells of a charger and of the connection besides what every cloud does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from smart_charging.charger import Charger
from smart_charging.clouds.link import Link


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRules:
    """Monta's own charging rules at one charge point, by name."""

    active: Sequence[str] = ()
    """These start and stop charges, whatever we have planned."""
    paused: Sequence[str] = ()
    """Switched off by us until the cable is out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerCharger(Charger):
    """One charge point; None is not told."""

    ocpp_status: str | None = None
    """The charger's own word for its state, as Monta spells it."""
    ocpp_status_at: datetime | None = None
    ocpp_identity: str | None = None
    """The charger's name in OCPP."""
    model: str | None = None
    """Brand and model."""
    rules: OwnRules | None = None
    """None while they have not been read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerLink(Link):
    """The connection, and what Monta sends by itself."""

    last_event_at: datetime | None = None
    """When the last signed delivery came; None before the first."""

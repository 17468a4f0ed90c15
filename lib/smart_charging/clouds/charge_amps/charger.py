"""What Charge Amps tells of a charger besides what every cloud does."""

from __future__ import annotations

from dataclasses import dataclass

from smart_charging.charger import Charger


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeAmpsCharger(Charger):
    """One connector of a charge point; None is not told."""

    connector_status: str = "Unknown"
    """In OCPP's words; `cloud_state` has Charge Amps' own."""
    station_status: str = "Unknown"
    """`Online`, `Offline`, `Error` or `Unknown`."""
    mode: str | None = None
    """`Off`, `On` or `Schedule`: what the owner has chosen, whatever a pause of ours has made of it."""
    cable_lock: bool | None = None
    rfid_lock: bool | None = None
    dimmer: str | None = None
    down_light: bool | None = None
    model: str | None = None
    may_be_set: bool = False
    """Whether its settings can be written."""

"""A charger with what only Enphase tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum

from smart_charging.charger import Charger


class Mode(StrEnum):
    """Who decides when it charges."""

    MANUAL = "Manual"
    SCHEDULED = "Scheduled"
    GREEN = "Green"
    SMART = "Smart"
    """Enphase's optimisation, on sites that have it; it can be left, but not chosen."""

    @property
    def api_word(self) -> str:
        """As Enphase's scheduler spells it."""
        return f"{self.name}_CHARGING"

    @property
    def holds(self) -> bool:
        """Whether Enphase decides, so that a plan would be of no use."""
        return self is not Mode.MANUAL

    @property
    def takes_level(self) -> bool:
        """Whether a start may tell the current; told in the others, they charge at full power without any sun."""
        return self in {Mode.MANUAL, Mode.SCHEDULED}


MODES_BY_WORD: Mapping[str, Mode] = {mode.api_word: mode for mode in Mode}
MODES_TO_CHOOSE = (Mode.MANUAL, Mode.SCHEDULED, Mode.GREEN)


class Activity(Enum):
    """Whether there is a charge, and whether current flows."""

    FLOWING = "flowing"
    PAUSED_BY_CAR = "paused by the car"
    WAITING = "waiting"
    """The charger holds the charge back: for sun, for its schedule, for the house's load."""
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnphaseCharger(Charger):
    """A charger as Enphase sees it; None always means it does not say."""

    site: str
    mode: Mode | None = None
    level_a: float | None = None
    """The current per phase that it says it is set to."""
    connector_status: str | None = None
    connector_reason: str | None = None
    connector_info: str | None = None
    is_load_balanced: bool | None = None
    """Whether dynamic load balancing holds it back now."""
    has_load_balancing: bool | None = None
    is_at_safe_limit: bool = False
    """Whether it has fallen back to its lowest current; only told while charging."""
    is_faulted: bool | None = None
    phase_mode: str | None = None
    service_status: str | None = None
    connection: str | None = None
    """How it reaches the gateway, such as `ethernet`."""
    ip_address: str | None = None
    reporting_interval_s: float | None = None
    reported_at: datetime | None = None
    today_kwh: float = 0.0
    """Energy since midnight at the site."""

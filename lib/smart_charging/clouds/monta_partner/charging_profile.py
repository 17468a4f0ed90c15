"""A limit of current in OCPP 1.6's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from smart_charging.clouds.http.model import CloudEnum


class Purpose(StrEnum):
    """What a profile limits."""

    STATION = "ChargePointMaxProfile"
    """All connectors together."""
    EVERY_CHARGE = "TxDefaultProfile"
    """Each charge that begins from now on, too."""
    THIS_CHARGE = "TxProfile"
    """The running charge; gone when it ends."""


class ProfileStatus(CloudEnum):
    """What became of a profile."""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    NOT_SUPPORTED = "NotSupported"
    UNKNOWN = "Unknown"
    """After a clear: there was none like it."""

    @classmethod
    def _missing_(cls, value: object) -> ProfileStatus:
        return cls.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingProfile:
    """One limit, from a moment on or for some time."""

    limit_a: float
    """Per phase."""
    starts_at: datetime
    duration: timedelta | None = None
    """None until the profile is cleared, or its charge ends."""
    phases: int | None = None
    """1 or 3; None leaves it to the charger, which takes 3."""
    purpose: Purpose = Purpose.THIS_CHARGE
    id: int = 1
    stack_level: int = 1
    """Of several profiles that fit, the highest counts."""

    def as_ocpp(self) -> dict[str, object]:
        """As OCPP 1.6 writes it."""
        period: dict[str, object] = {"startPeriod": 0, "limit": self.limit_a}
        schedule: dict[str, object] = {
            "chargingRateUnit": "A",
            "startSchedule": self.starts_at,
            "chargingSchedulePeriod": [period | ({"numberPhases": self.phases} if self.phases else {})],
        }
        if self.duration is not None:
            schedule["duration"] = int(self.duration.total_seconds())
        return {
            "chargingProfileId": self.id,
            "stackLevel": self.stack_level,
            "chargingProfilePurpose": self.purpose,
            "chargingProfileKind": "Absolute",
            "chargingSchedule": schedule,
        }

"""What Home Assistant shows of the money that charging at cheap times has saved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from smart_charging.entities.publish import EntityDescription


@dataclass(frozen=True, slots=True, kw_only=True)
class Savings:
    """Against charging as soon as the cable is in; negative where that had been cheaper, None where unknown."""

    month: float | None = None
    """Since `month_began_at`."""
    total: float | None = None
    """Of all sessions booked."""
    currency: str | None = None
    """ISO 4217, upper case."""
    month_began_at: datetime | None = None


SAVING_ENTITIES: tuple[EntityDescription[Savings], ...] = (
    EntityDescription(
        domain="sensor",
        key="saving_month",
        name="saving this month",
        value=lambda savings: savings.month,
        digits=2,
        attributes=lambda savings: {"last_reset": savings.month_began_at},  # or its statistics lose it on the first
        unit=lambda savings: savings.currency,
        device_class="monetary",
        state_class="total",
        icon="mdi:piggy-bank-outline",
        is_optional=True,
    ),
    EntityDescription(
        domain="sensor",
        key="saving_total",
        name="saving in total",
        value=lambda savings: savings.total,
        digits=2,
        unit=lambda savings: savings.currency,
        device_class="monetary",
        state_class="total",
        icon="mdi:piggy-bank",
        is_optional=True,
    ),
)

"""Entities for the money saved by charging at cheap times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from smart_charging.entities.publish import EntityDescription


@dataclass(frozen=True, slots=True, kw_only=True)
class Savings:
    """Compared with charging right after plugging in; negative where that were cheaper, None where unknown."""

    month: float | None = None
    """Since `month_began_at`."""
    total: float | None = None
    """Over all sessions in the log."""
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
        attributes=lambda savings: {"last_reset": savings.month_began_at},  # without it, statistics miss the reset
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

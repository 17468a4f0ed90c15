"""What every price source offers: its readings, and when to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Protocol

from smart_charging.config.prices import PriceSettings
from smart_charging.errors import ChargingError
from smart_charging.prices.curve import NO_PRICES, PriceCurve
from smart_charging.prices.reading.asked import Asked, PriceKeys
from smart_charging.services.pricing.action_arguments import KNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceReading:
    """Prices from the source without our tariff, and what could not be read."""

    curve: PriceCurve = NO_PRICES
    """Published prices and the source's own forecast; empty if there is nothing new."""
    has_fees_inside: bool = False
    problem: ChargingError | None = None
    """Why something could not be read; the curve is still valid."""


class PriceSource(Protocol):
    """One or several entities, an action, or fixed prices."""

    @property
    def name(self) -> str:
        """Its name in apps.yaml."""
        ...

    @property
    def followed(self) -> Sequence[str]:
        """The entities whose changes may bring new prices."""
        ...

    @property
    def next_ask(self) -> datetime | None:
        """When to read again; None for a source that is read when its entities change."""
        ...

    async def read(self, now: datetime, known: PriceCurve) -> PriceReading:
        """Read the source now, given the published prices that are known already."""
        ...


def asked_of(settings: PriceSettings, *, zone: tzinfo, now: datetime) -> Asked:
    """How to read the source: as configured, else as its action was called or is known to answer."""
    return Asked(
        zone=zone,
        now=now,
        unit=settings.price_unit,
        currency=settings.price_currency or _asked_for(settings, "currency") or _known_currency(settings),
        area=settings.price_area or _asked_for(settings, "areas"),
        keys=keys_of(settings),
    )


def keys_of(settings: PriceSettings) -> PriceKeys:
    """The source's keys as configured in `price_keys`."""
    return PriceKeys(**settings.price_keys.model_dump()) if settings.price_keys else PriceKeys()


def _asked_for(settings: PriceSettings, key: str) -> str | None:
    value = settings.price_action.data.get(key) if settings.price_action else None
    return value if isinstance(value, str) else None


def _known_currency(settings: PriceSettings) -> str | None:
    takes = KNOWN.get(settings.price_action.action) if settings.price_action else None
    return takes.currency if takes else None

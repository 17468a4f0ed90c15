"""What a source of prices says when it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from smart_charging.config.prices import PriceSettings
from smart_charging.errors import ChargingError
from smart_charging.prices.curve import NO_PRICES, PriceCurve
from smart_charging.prices.reading.asked import PriceKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceReading:
    """Prices as the source counts them, no tariff on top, and what went wrong on the way."""

    curve: PriceCurve = NO_PRICES
    """Published prices and the source's own forecast; empty where there is nothing new."""
    has_fees_inside: bool = False
    problem: ChargingError | None = None
    """What could not be read; the rest stands."""


class PriceSource(Protocol):
    """An entity, several, an action, or what is written."""

    @property
    def name(self) -> str:
        """What people call it in apps.yaml."""
        ...

    @property
    def followed(self) -> Sequence[str]:
        """The entities whose changes may bring prices."""
        ...

    @property
    def next_ask(self) -> datetime | None:
        """When there is something to ask; None for what tells by itself."""
        ...

    async def read(self, now: datetime, known: PriceCurve) -> PriceReading:
        """What it says now, given the published prices that are known already."""
        ...


def keys_of(settings: PriceSettings) -> PriceKeys:
    """How the source names things, as far as somebody had to write it."""
    return PriceKeys(**settings.price_keys.model_dump()) if settings.price_keys else PriceKeys()

"""The price with the tariff, and all that is published of this day and the next, for charts of people's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from smart_charging.entities.publish import EntityDescription
from smart_charging.prices.curve import PriceCurve


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceView:
    """Prices from the beginning of the local day on."""

    curve: PriceCurve
    now: datetime


def _attributes(view: PriceView) -> Mapping[str, object]:
    """Nothing of the moment, so that they change only with the curve; 192 quarters of an hour are 8 kB as pairs."""
    return {
        "currency": view.curve.currency,
        "known_until": view.curve.known_until,
        "prices": [[slot.start.isoformat(), round(slot.price_per_kwh, 5)] for slot in view.curve.slots],
    }


def _price(view: PriceView) -> float | None:
    price = view.curve.price_at(view.now)
    return None if price is None else round(price, 5)


PRICE_ENTITIES: tuple[EntityDescription[PriceView], ...] = (
    EntityDescription(
        domain="sensor",
        key="price",
        name="price",
        value=_price,
        attributes=_attributes,
        unit=lambda view: f"{view.curve.currency}/kWh" if view.curve.currency else None,
        state_class="measurement",
        icon="mdi:cash",
    ),
)

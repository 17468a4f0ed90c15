"""The price with the tariff, and all that is published of this day and the next, for charts of people's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smart_charging.entities.publish import EntityDescription
from smart_charging.prices.curve import PriceCurve

WITH_TARIFF = "with_tariff"
"""The attribute by which this entity is told from sources of prices, to which a tariff is still to be added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceView:
    """Nothing of the moment but its price, so that views differ, and are rendered, only when there is news."""

    curve: PriceCurve
    """From the beginning of the local day on."""
    price_per_kwh: float | None


def _attributes(view: PriceView) -> Mapping[str, object]:
    """Of the curve alone, as they are written anew when they change: 192 quarters of an hour are 8 kB as pairs."""
    return {
        WITH_TARIFF: True,
        "currency": view.curve.currency,
        "known_until": view.curve.known_until,
        "prices": [[slot.start.isoformat(), round(slot.price_per_kwh, 5)] for slot in view.curve.slots],
    }


PRICE_ENTITIES: tuple[EntityDescription[PriceView], ...] = (
    EntityDescription(
        domain="sensor",
        key="price",
        name="price",
        value=lambda view: view.price_per_kwh,
        digits=5,
        attributes=_attributes,
        unit=lambda view: f"{view.curve.currency}/kWh" if view.curve.currency else None,
        state_class="measurement",
        icon="mdi:cash",
    ),
)

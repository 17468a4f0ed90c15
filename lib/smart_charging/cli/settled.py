"""What the cloud says of a session's charges, for programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from smart_charging.cli.facts import iso, rounded, whole
from smart_charging.clouds.consumption import Portion
from smart_charging.prices.quarters import QUARTER
from smart_charging.services.sessions.session_log import BookedSession
from smart_charging.services.sessions.settled_charge import QuarterHours, SettledCharge


def charges_as_json(session: BookedSession, zone: tzinfo) -> Sequence[dict[str, object]]:
    """The settled charges of a session; null for what the cloud does not say."""
    return [_as_json(charge, zone) for charge in session.settled]


def _as_json(charge: SettledCharge, zone: tzinfo) -> dict[str, object]:
    return {
        "charge_id": charge.charge_id,
        "energy_kwh": charge.energy_kwh,
        "price": charge.price,
        "cost": charge.cost,
        "currency": charge.currency,
        "co2_g": whole(charge.co2_g),
        "renewable_percent": charge.renewable_percent,
        "cost_by_known_prices": rounded(charge.quarters.cost) if charge.quarters else None,
        "quarters": _quarters(charge.quarters, zone) if charge.quarters else [],
        "price_parts": _parts(charge.price_parts, "price", zone),
        "cost_parts": _parts(charge.cost_parts, "cost", zone),
    }


def _quarters(told: QuarterHours, zone: tzinfo) -> Sequence[dict[str, object]]:
    """Those with energy."""
    columns = zip(told.energy_kwh, told.price_per_kwh, strict=True)
    return [
        {
            "start": iso(told.start + place * QUARTER, zone),
            "energy_kwh": kwh,
            "price_per_kwh": price,
        }
        for place, (kwh, price) in enumerate(columns)
        if kwh
    ]


def _parts(parts: Sequence[Portion], name: str, zone: tzinfo) -> Sequence[dict[str, object]]:
    return [{"start": iso(one.start, zone), "end": iso(one.end, zone), name: one.amount} for one in parts]

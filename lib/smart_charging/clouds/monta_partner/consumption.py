"""A charge's energy by quarter, and its price and cost as Monta breaks them down."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import TypeVar

from smart_charging.clouds.consumption import Consumption, Portion, is_of_our_days
from smart_charging.clouds.monta.consumption import QUARTER, energy_of
from smart_charging.clouds.monta_partner.charge_models import DetailedBreakdown
from smart_charging.clouds.monta_partner.charges import Charges
from smart_charging.clouds.monta_partner.money import in_currency
from smart_charging.errors import NotFoundError, NotPermittedError, RefusedError, ResponseError

T = TypeVar("T")


async def consumption_of(charges: Charges, charge_id: int) -> Consumption:
    """Two requests; what one of them does not tell is left out, as the breakdown is where Monta has not opened it."""
    energy = await _where_told(charges.consumption(charge_id, period=QUARTER))
    breakdown = await _where_told(charges.breakdown(charge_id))
    return Consumption(
        energy=energy_of(energy.periods, energy.period_s) if energy else (),
        price=_portions(breakdown.price) if breakdown else (),
        cost=_portions(breakdown.cost) if breakdown else (),
    )


async def _where_told(request: Awaitable[T]) -> T | None:
    try:
        return await request
    except (NotFoundError, NotPermittedError, RefusedError, ResponseError):
        return None


def _portions(told: DetailedBreakdown | None) -> Sequence[Portion]:
    """Those with both ends and an amount, of which the last may overlap none before it."""
    found: list[Portion] = []
    for one in sorted(told.periods, key=lambda one: str(one.start)) if told else ():
        if one.start is None or one.end is None or one.total_minor is None or one.end <= one.start:
            continue
        is_possible = is_of_our_days(one.start) and is_of_our_days(one.end)
        if is_possible and (not found or found[-1].end <= one.start):
            amount = float(in_currency(one.total_minor, told.currency if told else None))
            found.append(Portion(start=one.start, end=one.end, amount=amount))
    return found

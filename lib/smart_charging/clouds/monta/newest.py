"""The newest charges of a list, whose order Monta does not document."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from itertools import pairwise
from typing import TYPE_CHECKING

from smart_charging.clouds.http.budget import Urgency
from smart_charging.clouds.monta.client import PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from smart_charging.clouds.monta.client import MontaClient
    from smart_charging.clouds.monta.models import Charge, ChargeState, Page


class Order(Enum):
    """How a list of charges is sorted by creation."""

    NEWEST_FIRST = auto()
    OLDEST_FIRST = auto()
    NONE = auto()

    @classmethod
    def of(cls, charges: Sequence[Charge]) -> Order:
        """The order of one page."""
        moments = [charge.created_at for charge in charges]
        if all(before >= after for before, after in pairwise(moments)):
            return cls.NEWEST_FIRST
        return cls.OLDEST_FIRST if all(before <= after for before, after in pairwise(moments)) else cls.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class NewestCharges:
    """Charges, newest first, and what their list is like."""

    charges: Sequence[Charge]
    is_whole: bool
    """Whether the list holds no other charges."""
    order: Order


async def newest_charges(
    client: MontaClient,
    *,
    charge_point_id: int | None = None,
    state: ChargeState | None = None,
    from_at: datetime | None = None,
    urgency: Urgency,
) -> NewestCharges:
    """A page of the newest charges if the list has an order, else any page of it.

    Where the oldest come first, one or two more pages are read, with the urgency of pages of a poll.

    Args:
        from_at: Only charges created then or later.
    """

    async def page(number: int, urgency: Urgency) -> Page[Charge]:
        return await client.charges_page(
            number, charge_point_id=charge_point_id, state=state, from_at=from_at, urgency=urgency
        )

    first = await page(0, urgency)
    pages, order = first.meta.total_page_count or 1, Order.of(first.data)
    found = {charge.id: charge for charge in first.data}
    last_pages = range(pages - 1, max(0, pages - 3), -1) if order is Order.OLDEST_FIRST else ()
    for number in last_pages:
        charges = (await page(number, Urgency.PAGE if urgency is Urgency.POLL else urgency)).data
        found |= {charge.id: charge for charge in charges}
        if len(charges) > PAGE_SIZE // 2:
            break
    newest_first = sorted(found.values(), key=lambda charge: charge.created_at, reverse=True)
    return NewestCharges(charges=newest_first, is_whole=first.is_last(0, PAGE_SIZE), order=order)

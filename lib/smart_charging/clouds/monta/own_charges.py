"""The charges of the Public API's own account, as a source for reports."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime

from smart_charging.clouds.http.budget import Urgency
from smart_charging.clouds.monta.client import MontaClient
from smart_charging.clouds.monta.models import Charge
from smart_charging.clouds.monta.reported import CHARGES, MonthOfCharges, Paid, charger_of
from smart_charging.reports.source import Found


class OwnCharges:
    """Charges at the account's charge points.

    Args:
        tell: Called with how many charges have been read so far, after every page.
    """

    kind = CHARGES

    def __init__(self, client: MontaClient, tell: Callable[[int], None]) -> None:
        self._client = client
        self._tell = tell

    async def counted_between(self, start: datetime, end: datetime) -> Found:
        """A month's charges; waits for quota, for a thousand charges take ten requests."""
        points = await self._client.charge_points(urgency=Urgency.PATIENT)
        names = {point.id: point.name for point in points}
        month = MonthOfCharges(start, end)
        async for charge in self._charges(start, end):
            point = charger_of(charge.charge_point_id, names.get(charge.charge_point_id))
            month.add(charge, Paid(price=charge.price, cost=charge.cost), point)
        return month.found()

    async def _charges(self, start: datetime, end: datetime) -> AsyncIterator[Charge]:
        """Page by page, however many there are; a page of nothing new ends it whatever the answer claims."""
        seen: set[int] = set()
        number, is_last = 0, False
        while not is_last:
            page = await self._client.charges_page(number, from_at=start, to_at=end, urgency=Urgency.PATIENT)
            new = {charge.id: charge for charge in page.data if charge.id not in seen}
            seen |= new.keys()
            for charge in new.values():
                yield charge
            self._tell(len(seen))
            number += 1
            is_last = not new or (page.meta.total_page_count is not None and number >= page.meta.total_page_count)

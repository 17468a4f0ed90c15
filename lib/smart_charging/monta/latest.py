"""Each charge point's latest charges, at one request a cycle."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from smart_charging.errors import CloudError, NotFoundError, NotPermittedError, TransportError
from smart_charging.monta.budget import Urgency
from smart_charging.monta.translate import CHARGE_STATES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Set

    from smart_charging.monta.client import MontaClient
    from smart_charging.monta.models import Charge

_REFRESHED_PER_CYCLE = 2
"""Running charges beyond the newest hundred may cost as much as the cycle itself, not more."""
_DISCOVERED_PER_CYCLE = 10


class LatestCharges:
    """Remembers each charge point's latest charge: one answer holds only the newest hundred of all together."""

    def __init__(self, client: MontaClient, logger: logging.Logger) -> None:
        self._client = client
        self._log = logger
        self._latest: dict[int, Charge | None] = {}
        """None once asked for and found to have none; what waits longest for news comes first."""
        self.may_see_charges = True
        """False while Monta refuses this login the charges."""

    async def of(self, point_ids: Set[int]) -> Mapping[int, Sequence[Charge]]:
        """Charges by charge point, newest first; as many as the bulk answer holds, or the one remembered.

        What the bulk lacks is asked for one by one: charges still running, and
        charge points never seen with any. What there is no quota for waits for
        a later cycle; a failure leaves what we know and costs the others nothing.
        """
        bulk = await self._bulk()
        for point_id, charges in bulk.items():
            self._remember(point_id, charges[0])
        lacking = point_ids - bulk.keys()
        if self.may_see_charges:
            await self._look_up(lacking)
        remembered = {point_id: charge for point_id in lacking if (charge := self._latest.get(point_id))}
        return {**bulk, **{point_id: [charge] for point_id, charge in remembered.items()}}

    async def _bulk(self) -> Mapping[int, Sequence[Charge]]:
        """The newest hundred; none for credentials that may see charge points only."""
        try:
            charges = await self._client.charges(max_pages=1, urgency=Urgency.PAGE)
        except NotPermittedError as err:
            if self.may_see_charges:
                self._log.warning("Chargers are shown without their charges: %s", err)
            self.may_see_charges = False
            return {}
        self.may_see_charges = True
        return _by_charge_point(charges)

    async def _look_up(self, lacking: Set[int]) -> None:
        latest = (charge for charge in self._latest.values() if charge and charge.charge_point_id in lacking)
        running = [charge for charge in latest if CHARGE_STATES[charge.state].is_active]
        try:
            for charge in running[:_REFRESHED_PER_CYCLE]:
                await self._refresh(charge)
            for point_id in sorted(lacking - self._latest.keys())[:_DISCOVERED_PER_CYCLE]:
                await self._discover(point_id)
        except TransportError as err:
            self._log.debug("Charges beyond the newest hundred wait for a later cycle: %s", err)

    async def _refresh(self, charge: Charge) -> None:
        try:
            self._remember(charge.charge_point_id, await self._client.charge(charge.id))
        except TransportError:
            raise
        except NotFoundError:
            del self._latest[charge.charge_point_id]
        except CloudError as err:
            self._log.debug("A running charge keeps its last known state: %s", err)
            self._remember(charge.charge_point_id, charge)

    async def _discover(self, point_id: int) -> None:
        try:
            charges = await self._client.charges(charge_point_id=point_id, max_pages=1, urgency=Urgency.SPARE)
            self._remember(point_id, charges[0] if charges else None)
        except TransportError:
            raise
        except CloudError as err:
            self._log.debug("A charge point is shown without charges: %s", err)
            self._remember(point_id, None)

    def _remember(self, point_id: int, charge: Charge | None) -> None:
        self._latest.pop(point_id, None)
        self._latest[point_id] = charge


def _by_charge_point(charges: Sequence[Charge]) -> dict[int, list[Charge]]:
    grouped: dict[int, list[Charge]] = {}
    for charge in charges:
        grouped.setdefault(charge.charge_point_id, []).append(charge)
    return grouped

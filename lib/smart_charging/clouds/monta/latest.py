"""Each charge point's latest charges, at one request a cycle at the most."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from smart_charging.clouds.http.budget import Urgency
from smart_charging.clouds.monta.translate import CHARGE_STATES
from smart_charging.errors import CloudError, NotFoundError, NotPermittedError, RateLimitedError, TransportError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Set

    from smart_charging.clouds.monta.client import MontaClient
    from smart_charging.clouds.monta.models import Charge

_LOOK_UPS_PER_CYCLE = 2
"""What the newest hundred lack may cost as much as the cycle itself, not more."""
_LOOKS_WITHOUT_NEWS = 15
"""How often in a row the last answer may stand in, for want of quota or while the charges alone cannot be read."""


class LatestCharges:
    """Remembers each charge point's latest charge: one answer holds only the newest hundred of all together."""

    def __init__(self, client: MontaClient, logger: logging.Logger) -> None:
        self._client = client
        self._log = logger
        self._latest: dict[int, Charge | None] = {}
        """None once asked for and found to have none; what waits longest for news comes first."""
        self._newest: Mapping[int, Sequence[Charge]] = {}
        self._looks_without = _LOOKS_WITHOUT_NEWS
        self._look_ups_go_first = False
        self._is_told = False
        self.may_see_charges = True
        """False while Monta refuses this login the charges."""

    async def of(self, point_ids: Set[int], *, may_do_without: bool = False) -> Mapping[int, Sequence[Charge]]:
        """Charges by charge point, newest first; as many as the bulk answer holds, or the one remembered.

        Args:
            may_do_without: Whether the last bulk answer may stand in for want of quota.

        What the bulk lacks is asked for one by one: charges still running, and
        charge points never seen with any. What there is no quota for waits for
        a later cycle, the bulk included; then what waited goes first. A failed
        look-up leaves what we know and costs the others nothing.
        """
        if may_do_without and self._look_ups_go_first and self.may_see_charges:
            await self._look_up(point_ids - self._newest.keys(), at_most=1)
        if await self._read_newest(must=not may_do_without or self._looks_without >= _LOOKS_WITHOUT_NEWS):
            await self._look_up(point_ids - self._newest.keys(), at_most=_LOOK_UPS_PER_CYCLE)
        lacking = point_ids - self._newest.keys()
        remembered = {point_id: charge for point_id in lacking if (charge := self._latest.get(point_id))}
        return {**self._newest, **{point_id: [charge] for point_id, charge in remembered.items()}}

    def expire(self) -> None:
        """What is known no longer does: the next look has to bring the newest charges."""
        self._looks_without = _LOOKS_WITHOUT_NEWS

    async def _read_newest(self, *, must: bool) -> bool:
        """Read the newest hundred, now or, if it must be, later; whether that worked."""
        try:
            charges = await self._client.charges(max_pages=1, urgency=Urgency.PAGE if must else Urgency.SPARE)
        except NotPermittedError as err:
            if self.may_see_charges:
                self._log.warning("Chargers are shown without their charges: %s", err)
            self.may_see_charges = False
            self._newest = {}
            return False
        except RateLimitedError:
            if must:
                raise
            self._looks_without += 1
            return False
        except CloudError as err:
            if self._looks_without >= _LOOKS_WITHOUT_NEWS:
                raise
            self._do_without(err)
            return False
        self._say_when_back()
        self.may_see_charges = True
        self._looks_without, self._newest = 0, _by_charge_point(charges)
        for point_id, of_point in self._newest.items():
            self._remember(point_id, of_point[0])
        return True

    def _do_without(self, error: CloudError) -> None:
        """The charge points themselves were read; what they tell is not held back for their charges."""
        self._looks_without += 1
        if not self._is_told:
            self._is_told = True
            self._log.warning("Chargers are shown with the charges last read: %s", error)

    def _say_when_back(self) -> None:
        if self._is_told:
            self._is_told = False
            self._log.info("The charges can be read again")

    async def _look_up(self, lacking: Set[int], *, at_most: int) -> None:
        """Ask for running charges first; refused for want of quota, go before the newest hundred in the next cycle."""
        latest = (charge for charge in self._latest.values() if charge and charge.charge_point_id in lacking)
        running = [charge for charge in latest if CHARGE_STATES[charge.state].is_active]
        unknown = sorted(lacking - self._latest.keys())
        self._look_ups_go_first = False
        try:
            for charge in running[:at_most]:
                await self._refresh(charge)
            for point_id in unknown[: max(0, at_most - len(running))]:
                await self._discover(point_id)
        except TransportError as err:
            self._look_ups_go_first = isinstance(err, RateLimitedError)
            self._log.debug("Charges beyond the newest hundred wait for a later cycle: %s", err)

    async def _refresh(self, charge: Charge) -> None:
        try:
            self._remember(charge.charge_point_id, await self._client.charge(charge.id, urgency=Urgency.SPARE))
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

"""Each charge point's latest charges, usually with a single request per poll."""

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

_SINGLE_READS_PER_POLL = 2
"""Requests per poll for charges that are not among the newest hundred; as many as the poll itself takes."""
_MOST_POLLS_WITHOUT_CHARGES = 15
"""How many polls in a row may use the last answer, when there is no quota or only the charges cannot be read."""


class LatestCharges:
    """Remembers each charge point's latest charge, because one answer holds only the account's newest hundred."""

    def __init__(self, client: MontaClient, logger: logging.Logger) -> None:
        self._client = client
        self._log = logger
        self._latest: dict[int, Charge | None] = {}
        """By charge point, the longest unread first; None for one that has no charges."""
        self._newest: Mapping[int, Sequence[Charge]] = {}
        self._polls_without = _MOST_POLLS_WITHOUT_CHARGES
        self._single_reads_go_first = False
        self._is_logged = False
        self.may_see_charges = True
        """False while this login may not read charges."""

    async def of(self, point_ids: Set[int], *, may_do_without: bool = False) -> Mapping[int, Sequence[Charge]]:
        """Charges by charge point, newest first: those among the newest hundred, else the one remembered.

        Args:
            may_do_without: Whether the last answer may be used when there is no quota.

        Charge points without a charge among the newest hundred are read one by one: charges
        that still run, and charge points not read before. What there is no quota for waits
        for a later poll and then goes first. A failed read keeps the charge we know and does
        not affect the others.
        """
        if may_do_without and self._single_reads_go_first and self.may_see_charges:
            await self._read_singly(point_ids - self._newest.keys(), at_most=1)
        if await self._read_newest(must=not may_do_without or self._polls_without >= _MOST_POLLS_WITHOUT_CHARGES):
            await self._read_singly(point_ids - self._newest.keys(), at_most=_SINGLE_READS_PER_POLL)
        lacking = point_ids - self._newest.keys()
        remembered = {point_id: charge for point_id in lacking if (charge := self._latest.get(point_id))}
        return {**self._newest, **{point_id: [charge] for point_id, charge in remembered.items()}}

    def expire(self) -> None:
        """Make the next poll read the newest charges in any case."""
        self._polls_without = _MOST_POLLS_WITHOUT_CHARGES

    async def _read_newest(self, *, must: bool) -> bool:
        """Read the newest hundred charges, waiting for quota if they must be read; returns whether they were."""
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
            self._polls_without += 1
            return False
        except CloudError as err:
            if self._polls_without >= _MOST_POLLS_WITHOUT_CHARGES:
                raise
            self._use_last_answer(err)
            return False
        self._log_recovery()
        self.may_see_charges = True
        self._polls_without, self._newest = 0, _by_charge_point(charges)
        for point_id, of_point in self._newest.items():
            self._remember(point_id, of_point[0])
        return True

    def _use_last_answer(self, error: CloudError) -> None:
        """The charge points could be read, so they are shown even without new charges."""
        self._polls_without += 1
        if not self._is_logged:
            self._is_logged = True
            self._log.warning("Chargers are shown with the charges last read: %s", error)

    def _log_recovery(self) -> None:
        if self._is_logged:
            self._is_logged = False
            self._log.info("The charges can be read again")

    async def _read_singly(self, lacking: Set[int], *, at_most: int) -> None:
        """Read running charges first; without quota these reads go before the newest hundred in the next poll."""
        latest = (charge for charge in self._latest.values() if charge and charge.charge_point_id in lacking)
        running = [charge for charge in latest if CHARGE_STATES[charge.state].is_active]
        unknown = sorted(lacking - self._latest.keys())
        self._single_reads_go_first = False
        try:
            for charge in running[:at_most]:
                await self._refresh(charge)
            for point_id in unknown[: max(0, at_most - len(running))]:
                await self._discover(point_id)
        except TransportError as err:
            self._single_reads_go_first = isinstance(err, RateLimitedError)
            self._log.debug("Charges beyond the newest hundred wait for a later poll: %s", err)

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

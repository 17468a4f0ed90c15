"""Each charge point's latest charges, usually with a single request per poll."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from smart_charging.clouds.http.budget import Urgency
from smart_charging.clouds.monta.models import ChargeState
from smart_charging.clouds.monta.newest import Order, newest_charges
from smart_charging.clouds.monta.translate import charge_from
from smart_charging.errors import CloudError, NotFoundError, NotPermittedError, RateLimitedError, TransportError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Set
    from datetime import datetime

    from smart_charging.clouds.monta.client import MontaClient
    from smart_charging.clouds.monta.models import Charge
    from smart_charging.clouds.monta.newest import NewestCharges

_SINGLE_READS_PER_POLL = 2
"""Requests per poll for charges that are not among the newest hundred; as many as the poll itself takes."""
_LATELY = timedelta(days=1)
_CROWDED, _FEW = 80, 40
"""With more charges than this on the page, later ones are asked for from then on, of which there are few now."""
_MOST_POLLS_WITHOUT_CHARGES = 15
"""How many polls in a row may use the last answer, when there is no quota or only the charges cannot be read."""


class LatestCharges:
    """Remembers each charge point's latest charge, because one answer holds only the account's newest hundred.

    Where the list is not sorted with the newest first, only charges created lately are asked for,
    so few that they come on one page in whatever order.
    """

    def __init__(self, client: MontaClient, logger: logging.Logger) -> None:
        self._client = client
        self._log = logger
        self._latest: dict[int, Charge | None] = {}
        """By charge point, the longest unread first; None for one that has no charges."""
        self._newest: Mapping[int, Sequence[Charge]] = {}
        self._from_at: datetime | None = None
        """Only charges created since are asked for; None while the list is sorted as we like it."""
        self._polls_without = _MOST_POLLS_WITHOUT_CHARGES
        self._single_reads_go_first = False
        self._is_logged = False
        self.may_see_charges = True
        """False while this login may not read charges."""
        self.are_new = True
        """Whether the newest hundred were read the last time."""

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
        must = not may_do_without or self._polls_without >= _MOST_POLLS_WITHOUT_CHARGES
        self.are_new = await self._read_newest(must=must)
        if self.are_new:
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
            charges = await self._newest_charges(Urgency.PAGE if must else Urgency.SPARE)
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

    async def _newest_charges(self, urgency: Urgency) -> Sequence[Charge]:
        newest = await newest_charges(self._client, from_at=self._from_at, urgency=urgency)
        if newest.is_whole and len(newest.charges) <= _CROWDED:
            return newest.charges
        if newest.order is Order.NEWEST_FIRST and self._from_at is None:
            return newest.charges
        self._from_at = self._later(newest)
        if newest.is_whole or newest.order is not Order.NONE:
            return newest.charges
        return (await newest_charges(self._client, from_at=self._from_at, urgency=Urgency.PAGE)).charges

    def _later(self, newest: NewestCharges) -> datetime:
        """From when on few enough charges were created for one page, as far as this answer tells."""
        if self._from_at is None and newest.order is Order.NONE:
            return self._client.cloud_now - _LATELY
        return newest.charges[min(_FEW, len(newest.charges) - 1)].created_at

    async def of_one(self, point_id: int, urgency: Urgency) -> Sequence[Charge]:
        """The newest charges of one charge point, asked for now."""
        from_at = None if self._from_at is None else min(self._from_at, self._client.cloud_now - _LATELY)
        return (await newest_charges(self._client, charge_point_id=point_id, from_at=from_at, urgency=urgency)).charges

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
        running = [charge for charge in latest if charge_from(charge, self._client.cloud_now).state.is_active]
        unknown = sorted(lacking - self._latest.keys())
        self._single_reads_go_first = False
        try:
            if len(running) > at_most:
                running = await self._read_charging(running)
            for charge in running[:at_most]:
                await self._refresh(charge)
            for point_id in unknown[: max(0, at_most - len(running))]:
                await self._discover(point_id)
        except TransportError as err:
            self._single_reads_go_first = isinstance(err, RateLimitedError)
            self._log.debug("Charges beyond the newest hundred wait for a later poll: %s", err)

    async def _read_charging(self, running: Sequence[Charge]) -> list[Charge]:
        """Read all charges in state `charging` at once; returns those of these that are not in it any more."""
        found = await newest_charges(self._client, state=ChargeState.CHARGING, urgency=Urgency.SPARE)
        charging = {charge.id: charge for charge in found.charges}
        for charge in running:
            if charge.id in charging:
                self._remember(charge.charge_point_id, charging[charge.id])
        return [charge for charge in running if charge.id not in charging]

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
            charges = await self.of_one(point_id, Urgency.SPARE)
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

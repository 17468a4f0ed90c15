"""Reads the lists of charge points and charges into the mirror."""

from __future__ import annotations

import logging
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from smart_charging.clouds.monta_partner.pages import PAGE_SIZE
from smart_charging.errors import CloudError, NotFoundError, NotPermittedError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Set

    from smart_charging.clouds.monta_partner.arguments import MontaPartnerSettings
    from smart_charging.clouds.monta_partner.charge_models import Charge
    from smart_charging.clouds.monta_partner.client import PartnerClient
    from smart_charging.clouds.monta_partner.mirror import Mirror

_TICK = timedelta(seconds=2)
"""Monta's time is known by its answers' whole seconds."""
_LATELY = timedelta(days=2)
"""Charges that were created longer ago and still run are read one by one."""
_OVERLAP = timedelta(minutes=10)
_MOST_CHARGES = 40 * PAGE_SIZE
_SINGLE_READS = 5


class Reader:
    """One account's lists; keeps the number of requests small by asking for charges that may have changed.

    Args:
        now: The host's clock.
    """

    def __init__(
        self,
        client: PartnerClient,
        mirror: Mirror,
        settings: MontaPartnerSettings,
        *,
        now: Callable[[], datetime],
        logger: logging.Logger,
    ) -> None:
        self._client = client
        self._mirror = mirror
        self._team_id, self._site_id = settings.team_id, settings.site_id
        self._now = now
        self._log = logger
        self._charges_read_at: datetime | None = None
        self._discovered: set[int] = set()
        self.may_see_charges = True
        """False while the credentials may not read charges."""
        self.requests = 2
        """How many the last reading took."""

    @property
    def cloud_now(self) -> datetime:
        """The time by Monta's clock."""
        return self._now() - (self._client.channel.wire.clock_ahead or timedelta(0))

    async def read(self) -> Set[int]:
        """Read everything; returns the charge points that are in another state than was known.

        Raises:
            CloudError: The charge points cannot be read, or not the charges for another reason than a permission.
        """
        sent_at = self.cloud_now - _TICK
        listed = self._client.charge_points.every(team_id=self._team_id, site_id=self._site_id)
        points = [point async for point in listed if not point.deleted_at]
        changed = self._mirror.take_points(points, sent_at)
        self.requests = max(1, -(-len(points) // PAGE_SIZE)) + 1
        try:
            return changed | await self._read_charges()
        except NotPermittedError as err:
            if self.may_see_charges:
                self._log.warning("Chargers are shown without their charges: %s", err)
            self.may_see_charges = False
        return changed

    async def read_point(self, point_id: int) -> None:
        """Read one charge point with its newest charges."""
        sent_at = self.cloud_now - _TICK
        self._mirror.take_point(await self._client.charge_points.one(point_id), sent_at)
        await self._take_newest(point_id)

    async def _read_charges(self) -> Set[int]:
        """The charges created lately, as far back as some may change; then others that run, one by one."""
        sent_at = self.cloud_now - _TICK
        seen, changed = set[int](), set[int]()
        listed = self._client.charges.every(
            team_id=self._team_id, from_at=self._from_at(sent_at), site_id=self._site_id
        )
        async with aclosing(cast("AsyncGenerator[Charge, None]", listed)) as charges:
            async for charge in charges:
                seen.add(charge.id)
                if self._mirror.take_charge(charge, sent_at):
                    changed.add(charge.charge_point_id or 0)
                if len(seen) >= _MOST_CHARGES:
                    break
        self.may_see_charges = True
        self.requests += len(seen) // PAGE_SIZE
        self._charges_read_at = sent_at
        for charge in [one for one in self._mirror.active_charges if one.id not in seen][:_SINGLE_READS]:
            if await self._refresh(charge):
                changed.add(charge.charge_point_id or 0)
        await self._discover()
        return changed

    def _from_at(self, sent_at: datetime) -> datetime:
        if self._charges_read_at is None:
            return sent_at - _LATELY
        changing = [charge.created_at for charge in self._mirror.unsettled_charges]
        return max(min([self._charges_read_at - _OVERLAP, *changing]), sent_at - _LATELY)

    async def _refresh(self, charge: Charge) -> bool:
        sent_at = self.cloud_now - _TICK
        try:
            return self._mirror.take_charge(await self._client.charges.one(charge.id), sent_at)
        except NotFoundError:
            self._mirror.drop_charge(charge)
        except CloudError as err:
            self._log.debug("A running charge keeps its last known state: %s", err)
        return False

    async def _discover(self) -> None:
        """Look once for the last charge of those that have had none lately; some at a time."""
        without = [point.id for point in self._mirror.points if not self._mirror.charges_of(point.id)]
        for point_id in [one for one in without if one not in self._discovered][:_SINGLE_READS]:
            try:
                await self._take_newest(point_id)
            except CloudError as err:
                self._log.debug("A charge point is shown without charges: %s", err)
                return
            self._discovered.add(point_id)

    async def _take_newest(self, point_id: int) -> None:
        """The first page of a charge point's charges."""
        sent_at, count = self.cloud_now - _TICK, 0
        of_point = self._client.charges.every(charge_point_id=point_id)
        async with aclosing(cast("AsyncGenerator[Charge, None]", of_point)) as charges:
            async for charge in charges:
                self._mirror.take_charge(charge, sent_at)
                if (count := count + 1) >= PAGE_SIZE:
                    break

"""The chargers' names in OCPP, by which charging profiles are sent; each is asked for once."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from smart_charging.clouds.monta_partner.charge_points import ChargePoint, ChargePoints
from smart_charging.clouds.monta_partner.notes import Notes
from smart_charging.errors import CloudError, NotFoundError, RefusedError

_OCPP = "ocpp"
_TRY_AGAIN = timedelta(days=1)


class Identities:
    """Reads and remembers them."""

    def __init__(self, points: ChargePoints, notes: Notes, logger: logging.Logger) -> None:
        self._points = points
        self._notes = notes
        self._log = logger
        self._tried_at: dict[int, datetime] = {}

    def known(self, point_id: int) -> str | None:
        """The identity, if it has been read."""
        return self._notes.identities.get(point_id)

    async def of(self, point_id: int) -> str:
        """The identity, read now if need be.

        Raises:
            RefusedError: The charge point has no hardware in OCPP.
            CloudError: It cannot be read.
        """
        if known := self.known(point_id):
            return known
        async for integration in self._points.integrations(point_id):
            if integration.charge_point_identity and integration.deleted_at is None:
                self._notes.identities[point_id] = integration.charge_point_identity
                await self._notes.keep()
                return integration.charge_point_identity
        raise RefusedError(f"charge point {point_id} has no OCPP identity at Monta")

    async def learn(self, points: Iterable[ChargePoint], now: datetime, *, at_most: int) -> None:
        """Read some of those that are not known yet; what cannot be read waits for a day."""
        lacking = [one.id for one in points if self.known(one.id) is None and one.integration_type in {None, _OCPP}]
        due = [one for one in lacking if one not in self._tried_at or now - self._tried_at[one] > _TRY_AGAIN]
        for point_id in due[:at_most]:
            self._tried_at[point_id] = now
            try:
                await self.of(point_id)
            except (RefusedError, NotFoundError) as err:
                self._log.debug("An OCPP identity is not to be had: %s", err)
            except CloudError as err:
                self._log.debug("OCPP identities wait for another time: %s", err)
                return

"""Reads vehicles that a cloud knows as if they were entities of Home Assistant."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from smart_charging.charger import Vehicle
from smart_charging.config.followed import VehicleRef
from smart_charging.config.scheduler import ChargerSchedule
from smart_charging.errors import CloudError, ConfigError, RateLimitedError
from smart_charging.services.home_assistant import Entities, EntityState
from smart_charging.services.outage import Outage

_READ_EVERY = timedelta(minutes=5)
_AFTER_FAILURE = timedelta(minutes=1)
_STALE_AFTER = timedelta(days=1)
"""Parked cars sleep and say nothing for hours; after a day they may have been driven unseen."""
_PATIENCE_S = 10
_UNAVAILABLE = EntityState(state="unavailable", attributes={})


class TellsVehicles(Protocol):
    """A cloud that knows cars."""

    async def vehicle(self, name: str) -> Vehicle:
        """One car, by name or id.

        Raises:
            CloudError: It does not answer.
            ConfigError: It knows no such car, or several; the message says what to write.
        """
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class VehicleEntities:
    """Home Assistant's entities, and beside them what chargers' arguments name of vehicles.

    A value that is missing or older than a day is unavailable, so that it is treated as any entity's.
    """

    def __init__(
        self,
        home: Entities,
        cloud: TellsVehicles,
        chargers: Sequence[ChargerSchedule],
        *,
        clock: Callable[[], datetime],
        log: logging.Logger,
    ) -> None:
        self._home = home
        self._cloud = cloud
        self._references = _references(chargers)
        self._clock = clock
        names = {reference.vehicle for reference in self._references.values()}
        self._outages = {name: Outage(f"Reading vehicle {name}", log) for name in names}
        self._vehicles: dict[str, Vehicle] = {}
        self._asked_at: dict[str, datetime] = {}
        self._read_at: dict[str, datetime] = {}
        self._not_before: datetime | None = None

    async def entity(self, entity_id: str) -> EntityState | None:
        """A fact of a vehicle as a state, or Home Assistant's own."""
        if (reference := self._references.get(entity_id)) is None:
            return await self._home.entity(entity_id)
        now = self._clock()
        if self._is_due(reference.vehicle, now):
            await self._read(reference.vehicle, now)
        return self._state(reference, now)

    def _is_due(self, name: str, now: datetime) -> bool:
        """After a failure none is read for a while, so that a cloud that hangs does not hold up the plans.

        By then it is another one's turn: a vehicle that cannot be read does not keep the others from it.
        """
        if self._not_before and now < self._not_before:
            return False
        asked_at = self._asked_at.get(name)
        return asked_at is None or now - asked_at >= _READ_EVERY

    async def _read(self, name: str, now: datetime) -> None:
        self._asked_at[name] = now
        try:
            async with asyncio.timeout(_PATIENCE_S):
                self._vehicles[name] = await self._cloud.vehicle(name)
        except (CloudError, ConfigError) as err:
            self._fail(name, err, now)
        except TimeoutError:
            self._fail(name, CloudError(f"no answer within {_PATIENCE_S} s"), now)
        else:
            self._read_at[name] = now
            self._outages[name].worked(now)

    def _fail(self, name: str, error: CloudError | ConfigError, now: datetime) -> None:
        self._not_before = error.retry_at if isinstance(error, RateLimitedError) else now + _AFTER_FAILURE
        self._outages[name].failed(error, now)

    def _state(self, reference: VehicleRef, now: datetime) -> EntityState:
        vehicle = self._vehicles.get(reference.vehicle, Vehicle())
        value: float | None = getattr(vehicle, reference.fact)
        is_stale = reference.fact == "soc_percent" and _is_old(
            vehicle.seen_at or self._read_at.get(reference.vehicle), now
        )
        return _UNAVAILABLE if value is None or is_stale else EntityState(state=f"{value:g}", attributes={})


def _is_old(seen_at: datetime | None, now: datetime) -> bool:
    return seen_at is not None and now - seen_at > _STALE_AFTER


def _references(chargers: Sequence[ChargerSchedule]) -> Mapping[str, VehicleRef]:
    """By the name that they have as entities."""
    named = [reference for charger in chargers for reference, _ in charger.references().values()]
    return {one.entity_id: one for one in named if isinstance(one, VehicleRef)}

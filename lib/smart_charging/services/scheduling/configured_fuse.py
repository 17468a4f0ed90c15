"""The fuse that apps.yaml names: how much it carries, which an entity may tell, and what flows through it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from smart_charging.config.followed import EntityRef
from smart_charging.config.scheduler import FUSE
from smart_charging.services.cars.followed_values import FollowedEntities
from smart_charging.services.home_assistant import Entities
from smart_charging.services.scheduling.charger_scheduler import ChargerScheduler
from smart_charging.services.scheduling.fuse import Fuse
from smart_charging.services.scheduling.snapshot import Snapshot
from smart_charging.services.store import Store


class ConfiguredFuse:
    """Makes a round's fuse, where there is one.

    Args:
        limit_kw: As written; None where no fuse is shared.
        chargers: By key.
    """

    def __init__(
        self,
        limit_kw: float | EntityRef | None,
        chargers: Mapping[str, ChargerScheduler],
        entities: Entities,
        store: Store,
        log: logging.Logger,
    ) -> None:
        self._limit_kw = limit_kw
        self._chargers = chargers
        references = {"fuse_kw": (limit_kw, FUSE)} if isinstance(limit_kw, EntityRef) else {}
        self._values = FollowedEntities(references, entities, store, place="the fuse", log=log)

    @property
    def entity_ids(self) -> Sequence[str]:
        """The entity that tells the limit."""
        return self._values.entity_ids

    @property
    def problems(self) -> Sequence[str]:
        """What is wrong with it."""
        return self._values.problems

    async def read(self, now: datetime) -> None:
        """Read it."""
        if isinstance(self._limit_kw, EntityRef):
            await self._values.read(now)

    def of(self, snapshots: Sequence[Snapshot]) -> Fuse | None:
        """The fuse; while its entity has never had a value, it fits one charger at a time."""
        limit_kw = self._limit_kw
        if isinstance(limit_kw, EntityRef):
            limit_kw = self._values.value("fuse_kw") or max((one.load_kw for one in snapshots), default=0.0)
        return None if limit_kw is None else Fuse(limit_kw, snapshots, self._may_flow, self._is_stopping)

    def _may_flow(self, snapshot: Snapshot) -> bool:
        return self._chargers[snapshot.key].account.control.may_flow(snapshot.charger)

    def _is_stopping(self, snapshot: Snapshot) -> bool:
        return self._chargers[snapshot.key].account.control.is_stopping(snapshot.charger)

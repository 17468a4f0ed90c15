"""The current each charger is set to, by a person or for a plan, where its cloud can set it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from smart_charging.charger import Charger
from smart_charging.clouds.protocol import SetsCurrent
from smart_charging.entities.measured import LOWEST_CURRENT_A, USUAL_MOST_CURRENT_A
from smart_charging.errors import CommandError
from smart_charging.services.control.out_of_order import commandable
from smart_charging.services.heartbeat import Clock
from smart_charging.services.store import Store, recalled_part
from smart_charging.services.stored import moment, number, optional
from smart_charging.services.watching.hub import Hub

CURRENTS = "currents"
SHOWN_WITHIN = timedelta(minutes=3)
"""How long a cloud may show the current from before."""
SAME_WITHIN_A = 0.5
"""Some chargers round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCurrent:
    """What a charger was set to."""

    ceiling_a: float | None = None
    """What a person set, here or in the cloud's app; no plan goes beyond it."""
    set_a: float | None = None
    """What we last set, for a person or for a plan; None once somebody has set something else."""
    set_at: datetime | None = None

    @property
    def is_lowered(self) -> bool:
        """Whether a plan has set less than the person wants."""
        return self.set_a is not None and self.ceiling_a is not None and self.set_a < self.ceiling_a - SAME_WITHIN_A

    def seen(self, shown_a: float, now: datetime) -> Self:
        """The same after the cloud has shown a current that may be somebody else's."""
        if self.set_a is None or self.set_at is None:
            return replace(self, ceiling_a=shown_a)
        is_ours = abs(shown_a - self.set_a) < SAME_WITHIN_A
        is_early = now - self.set_at < SHOWN_WITHIN
        return self if is_ours or is_early else replace(self, ceiling_a=shown_a, set_a=None, set_at=None)

    def to_dict(self) -> Mapping[str, Any]:
        """For the Store."""
        at = self.set_at.isoformat() if self.set_at else None
        return {"ceiling_a": self.ceiling_a, "set_a": self.set_a, "set_at": at}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        """The opposite of `to_dict`."""
        return cls(
            ceiling_a=optional(number, facts["ceiling_a"]),
            set_a=optional(number, facts["set_a"]),
            set_at=optional(moment, facts["set_at"]),
        )


class Currents:
    """Sets currents and knows who set them; a lowered current is known as such after a restart, too."""

    def __init__(self, hub: Hub, store: Store, *, clock: Clock) -> None:
        self._hub = hub
        self._cloud = hub.cloud if isinstance(hub.cloud, SetsCurrent) else None
        self._store = hub.store_of(store)
        self._clock = clock
        self._set: dict[str, SetCurrent] = {}
        self._at_start_a: dict[str, float] = {}
        """What each was set to when it last stood still; unknown after a restart in the middle of a charge."""
        self._leave: Callable[[], None] = lambda: None

    async def prepare(self) -> None:
        """Restore what was set before a restart, and follow what the cloud shows."""
        if self._cloud is None:
            return
        kept = await self._store.recall(CURRENTS)
        parsed = {
            charger_id: recalled_part(self._store, CURRENTS, facts, SetCurrent.from_dict, charger_id)
            for charger_id, facts in kept.items()
        }
        self._set = {charger_id: one for charger_id, one in parsed.items() if one}
        self._leave = self._hub.polling.on_read(self._on_read)

    def close(self) -> None:
        """Stop following the chargers."""
        self._leave()

    @property
    def has_cloud(self) -> bool:
        """Whether the account's cloud sets currents at all."""
        return self._cloud is not None

    def can_be_set(self, charger: Charger) -> bool:
        """Whether the charger's current can be set."""
        return self._cloud is not None and charger.may_be_commanded

    def now(self) -> datetime:
        """The time by the same clock."""
        return self._clock()

    @property
    def apply_at_once(self) -> bool:
        """Whether a new current applies to a running charge."""
        return self._cloud is not None and self._cloud.sets_current_at_once

    def is_lowered(self, charger: Charger) -> bool:
        """Whether a plan has set less than what a person set."""
        return self._set.get(charger.id, SetCurrent()).is_lowered

    def highest_a(self, charger: Charger) -> float | None:
        """The most that may flow at this moment, shown yet or not; None where the cloud does not tell."""
        shown_a, set_a = charger.current_limit_a, self._set.get(charger.id, SetCurrent()).set_a
        if shown_a is None:
            return None
        if charger.active_charge and not self.apply_at_once:  # it goes on as it began, whatever was set since
            return self._at_start_a.get(charger.id) or charger.max_current_a or USUAL_MOST_CURRENT_A
        return max(shown_a, set_a or 0.0)

    def ceiling_a(self, charger: Charger) -> float | None:
        """The most a plan may set: what a person set, within the charger's own limit; None where nobody knows."""
        known = self._set.get(charger.id, SetCurrent()).ceiling_a
        return min((a for a in (known, charger.max_current_a) if a is not None), default=None)

    async def choose(self, charger: Charger, written: object) -> None:
        """Set the current that a person wants.

        Raises:
            CommandError: The cloud cannot, or the value is not possible.
            CloudError: The cloud did not accept it.
        """
        cloud = self._cloud
        if cloud is None:
            raise CommandError(f"{self._hub.names.words.name} cannot set the current of {charger.name}")
        commandable(charger)
        current_a = _amperes(charger, written)
        before = self._set.get(charger.id, SetCurrent())
        if before.is_lowered and current_a > (before.set_a or 0.0):  # more waits until the fuse has room
            await self._keep(charger.id, replace(before, ceiling_a=current_a))
            return
        await cloud.set_current(charger.id, current_a)
        await self._keep(charger.id, SetCurrent(ceiling_a=current_a, set_a=current_a, set_at=self._clock()))
        self._hub.polling.hurry()

    async def plan(self, charger: Charger, current_a: float) -> None:
        """Set the current that a plan allows; written down first, so that it is never taken for a person's.

        Raises:
            CloudError: The cloud did not accept it.
        """
        if self._cloud is None:
            return
        before = self._set.get(charger.id, SetCurrent())
        await self._keep(charger.id, replace(before, set_a=current_a, set_at=self._clock()))
        await self._cloud.set_current(charger.id, current_a)
        self._hub.polling.hurry()

    async def _on_read(self) -> None:
        for charger in self._hub.polling.chargers.values():
            shown_a = charger.current_limit_a
            if shown_a and not charger.active_charge:
                self._at_start_a[charger.id] = shown_a
            if shown_a is None or shown_a < LOWEST_CURRENT_A:  # a pause, not a wish
                continue
            before = self._set.get(charger.id, SetCurrent())
            if (seen := before.seen(shown_a, self._clock())) != before:
                await self._keep(charger.id, seen)

    async def _keep(self, charger_id: str, current: SetCurrent) -> None:
        self._set[charger_id] = current
        await self._store.remember(CURRENTS, {key: dict(one.to_dict()) for key, one in self._set.items()})


def _amperes(charger: Charger, written: object) -> float:
    least, most = charger.min_current_a or LOWEST_CURRENT_A, charger.max_current_a or USUAL_MOST_CURRENT_A
    try:
        number = math.nan if isinstance(written, bool) or not isinstance(written, str | int | float) else float(written)
    except (ValueError, OverflowError):
        number = math.nan
    if not least <= number <= most:
        raise CommandError(
            f"current_a is {str(written)[:40]!r}; write a number from {least:g} to {most:g} for {charger.name}"
        )
    return number

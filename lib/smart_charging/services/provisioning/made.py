"""What these apps made in Home Assistant, over a restart too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from smart_charging.services.store import Store, recalled_part
from smart_charging.services.stored import text

DASHBOARD, SWITCH = "dashboard", "switch"


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeThing:
    """A helper, a switch or a dashboard."""

    kind: str
    """A helper's domain, `switch` or `dashboard`."""
    id: str
    """By which Home Assistant changes and removes it."""
    entity_id: str = ""
    """Of a dashboard its path; empty while a helper has not got its first value, and once a person has removed it."""
    written: str = ""
    """What it was last given by us: a helper its value in apps.yaml, a dashboard a digest of its content."""

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        """From its JSON; raises where that is damaged."""
        return cls(**{name: text(facts[name]) for name in ("kind", "id", "entity_id", "written")})


class MadeThings:
    """By what they are for: a charger's key and a setting, or an account's prefix.

    Args:
        name: Of the app that makes them; two may schedule chargers of one account.
    """

    def __init__(self, store: Store, name: str) -> None:
        self._store = store
        self._store_key = f"made_in_home_assistant_{name}"
        self._things: dict[str, MadeThing] = {}

    async def recall(self) -> None:
        """Read what was made before a restart."""
        store_key, facts = self._store_key, await self._store.recall(self._store_key)
        read = {key: recalled_part(self._store, store_key, one, MadeThing.from_dict, key) for key, one in facts.items()}
        self._things = {key: thing for key, thing in read.items() if thing}

    @property
    def all(self) -> Mapping[str, MadeThing]:
        """Everything, in the order it was made."""
        return dict(self._things)

    def get(self, key: str) -> MadeThing | None:
        """What was made for this; None when nothing was."""
        return self._things.get(key)

    async def note(self, key: str, thing: MadeThing) -> None:
        """Write down what was made or changed, at once: after a crash it would be a stranger's."""
        self._things[key] = thing
        await self._keep()

    async def forget(self, key: str) -> None:
        """It was taken away."""
        del self._things[key]
        await self._keep()

    async def _keep(self) -> None:
        await self._store.remember(self._store_key, {key: asdict(thing) for key, thing in self._things.items()})

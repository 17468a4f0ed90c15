"""What has to outlive a restart or a kill.

Three things: what a charger was set to before we paused it, the charges that were made of its sessions, and the
energy of sessions counted so far.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from smart_charging.clouds.http.note_file import NoteFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What decides whether an outlet charges by itself."""

    mode: str | None
    max_current_a: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A setting of the owner's, and what we have put in its place for one session."""

    before: Setting
    ours: Setting

    @property
    def is_pause(self) -> bool:
        """Whether it keeps the outlet from charging."""
        return self.ours.mode == "Off" or self.ours.max_current_a == 0

    def to_dict(self) -> Mapping[str, Any]:
        """For the file."""
        return {
            name: {"mode": one.mode, "max_current_a": one.max_current_a}
            for name, one in (("before", self.before), ("ours", self.ours))
        }

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        """The opposite of `to_dict`."""
        return cls(before=Setting(**facts["before"]), ours=Setting(**facts["ours"]))


class Notes:
    """What is noted, in one file."""

    def __init__(self, file: NoteFile) -> None:
        self._file = file
        self.changes: dict[str, Change] = {}
        """By charger id."""
        self.charges: dict[str, Mapping[str, Any]] = {}
        """By charger id, as `ChargeBook` writes them."""
        self.energy: dict[str, Mapping[str, Any]] = {}
        """By charge point, or by charger for counters, as `lifetime` writes them."""

    async def load(self) -> None:
        """Read the file; a part that cannot be read is forgotten."""
        facts = await self._file.load()
        self.changes = {key: one for key, told in _part(facts, "changes").items() if (one := _change(told))}
        self.charges, self.energy = dict(_part(facts, "charges")), dict(_part(facts, "energy"))

    async def keep(self) -> None:
        """Replace the file."""
        changes = {key: one.to_dict() for key, one in self.changes.items()}
        await self._file.save({"changes": changes, "charges": self.charges, "energy": self.energy})


def _part(facts: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = facts.get(name)
    return part if isinstance(part, dict) else {}


def _change(facts: Mapping[str, Any]) -> Change | None:
    try:
        return Change.from_dict(facts)
    except (KeyError, TypeError):
        return None

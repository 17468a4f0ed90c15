"""What has to outlive a restart or a kill, in a file that only its owner may read.

Three things: what a charger was set to before we paused it, the charges that were made of its sessions, and the
energy of sessions counted so far.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from smart_charging.files import replace_file

if TYPE_CHECKING:
    import logging
    from pathlib import Path


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
    """Reads and writes the file; without a path nothing outlives the process.

    Errors are logged, never raised: what cannot be kept is still known until the end of the process.
    """

    def __init__(self, path: Path | None, logger: logging.Logger) -> None:
        self._path = path
        self._log = logger
        self._is_writable = True
        self._one_writes = asyncio.Lock()
        self.changes: dict[str, Change] = {}
        """By charger id."""
        self.charges: dict[str, Mapping[str, Any]] = {}
        """By charger id, as `ChargeBook` writes them."""
        self.energy: dict[str, Mapping[str, Any]] = {}
        """By charge point, or by charger for counters, as `lifetime` writes them."""

    async def load(self) -> None:
        """Read the file; one that cannot be read is left aside with a warning."""
        if self._path is None:
            return
        text = await asyncio.to_thread(self._read, self._path)
        if text is None:
            return
        try:
            facts = json.loads(text)
            self.changes = {key: Change.from_dict(one) for key, one in facts.get("changes", {}).items()}
            self.charges, self.energy = dict(facts.get("charges", {})), dict(facts.get("energy", {}))
        except (AttributeError, KeyError, TypeError, ValueError):
            self._log.warning("%s: no notes can be read from it; it is replaced", self._path)

    async def keep(self) -> None:
        """Replace the file atomically."""
        if self._path is None:
            return
        facts = {
            "changes": {key: one.to_dict() for key, one in self.changes.items()},
            "charges": self.charges,
            "energy": self.energy,
        }
        async with self._one_writes:
            try:
                await asyncio.to_thread(replace_file, self._path, json.dumps(facts))
            except OSError as err:
                if self._is_writable:
                    self._log.warning("%s: notes cannot be kept (%s)", self._path, err.strerror)
                self._is_writable = False
            else:
                self._is_writable = True

    def _read(self, path: Path) -> str | None:
        try:
            return path.read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, UnicodeDecodeError):
            self._log.warning("%s: no notes can be read from it; it is replaced", path)
            return None

"""Keeps what an adapter has to remember over a restart or a kill, in a file that only its owner may read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from smart_charging.files import replace_file

if TYPE_CHECKING:
    import logging
    from pathlib import Path


class NoteFile:
    """Reads and writes one JSON object; without a path nothing outlives the process.

    Errors are logged once, never raised: what cannot be kept is still known until the end of the process.
    """

    def __init__(self, path: Path | None, logger: logging.Logger) -> None:
        self._path = path
        self._log = logger
        self._is_writable = True
        self._one_writes = asyncio.Lock()

    async def load(self) -> Mapping[str, Any]:
        """What was last saved; empty if there is none or it cannot be read."""
        return {} if self._path is None else await asyncio.to_thread(self._read, self._path)

    async def save(self, notes: Mapping[str, Any]) -> None:
        """Replace the file atomically."""
        if self._path is None:
            return
        text = json.dumps(notes)
        async with self._one_writes:
            try:
                await asyncio.to_thread(replace_file, self._path, text)
            except OSError as err:
                if self._is_writable:
                    self._log.warning("%s: notes cannot be kept (%s)", self._path, err.strerror)
                self._is_writable = False
            else:
                self._is_writable = True

    def _read(self, path: Path) -> Mapping[str, Any]:
        try:
            notes = json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except (OSError, ValueError, RecursionError):
            notes = None
        if not isinstance(notes, dict):
            self._log.warning("%s: no notes can be read from it; it is replaced", path)
            return {}
        return notes

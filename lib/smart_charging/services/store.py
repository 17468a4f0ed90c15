"""Keeps small pieces of data across restarts, in a folder with a JSON file per key."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

from smart_charging.errors import ChargingError
from smart_charging.files import replace_file

T = TypeVar("T")


class Store(Protocol):
    """Keeps JSON data by key; times are ISO text."""

    async def recall(self, key: str) -> Mapping[str, Any]:
        """What was last remembered under the key; empty when nothing was."""
        ...

    async def remember(self, key: str, facts: Mapping[str, Any]) -> None:
        """Keep the facts, in place of earlier ones."""
        ...


def parsed_or_none(facts: Mapping[str, Any], read: Callable[[Mapping[str, Any]], T]) -> T | None:
    """Read stored data; None if there is none, or if it is from another version and cannot be read."""
    try:
        return read(facts) if facts else None
    except (AttributeError, KeyError, TypeError, ValueError, ChargingError):
        return None


class SuffixedStore:
    """The part of a store that belongs to one account: a suffix is added to every key."""

    def __init__(self, store: Store, suffix: str) -> None:
        self._store = store
        self._suffix = suffix

    async def recall(self, key: str) -> Mapping[str, Any]:
        """What was last remembered under the key; empty when nothing was."""
        return await self._store.recall(key + self._suffix)

    async def remember(self, key: str, facts: Mapping[str, Any]) -> None:
        """Keep the facts, in place of earlier ones."""
        await self._store.remember(key + self._suffix, facts)


MEMORY_FOLDER = "smart_charging_memory"
"""In the folder of appdaemon.yaml."""
_EMPTY = "{}"
_UNSAFE = re.compile(r"[^\w.-]")
"""Characters that some clouds' ids contain and file names must not."""


class FolderStore:
    """A store whose files are replaced atomically: a crash leaves either the old data or the new.

    Data that cannot be written is still remembered until a restart.
    """

    def __init__(self, folder: Path, log: logging.Logger) -> None:
        self._folder = folder
        self._log = log
        self._known: dict[str, str] = {}
        """As JSON text, so that data looks the same before a restart as after it."""
        self._one_writes = asyncio.Lock()
        self._works = True

    async def recall(self, key: str) -> Mapping[str, Any]:
        """What was last remembered under the key; empty when nothing was, or the file cannot be read."""
        if key not in self._known:
            text = await asyncio.to_thread(self._read, key)
            self._known.setdefault(key, text)
        facts: Mapping[str, Any] = json.loads(self._known[key])
        return facts

    async def remember(self, key: str, facts: Mapping[str, Any]) -> None:
        """Keep the facts, in place of earlier ones."""
        self._known[key] = json.dumps(facts)
        async with self._one_writes:
            try:
                await asyncio.to_thread(replace_file, self._file(key), self._known[key])
            except OSError as err:
                self._log_change(works=False, why=err.strerror or type(err).__name__)
            else:
                self._log_change(works=True)

    def _file(self, key: str) -> Path:
        return self._folder / f"{_UNSAFE.sub('_', key)}.json"

    def _read(self, key: str) -> str:
        try:
            text = self._file(key).read_text(encoding="utf-8")
            is_good = isinstance(json.loads(text), dict)
        except FileNotFoundError:
            return _EMPTY
        except (OSError, ValueError):
            is_good, text = False, ""
        if not is_good:
            self._log.warning("%s: it cannot be read; what it held is forgotten", self._file(key))
        return text if is_good else _EMPTY

    def _log_change(self, *, works: bool, why: str = "") -> None:
        if works is self._works:
            return
        self._works = works
        if works:
            self._log.info("%s: facts are kept again", self._folder)
        else:
            self._log.warning("%s: nothing can be kept (%s); a restart now would forget the newest", self._folder, why)

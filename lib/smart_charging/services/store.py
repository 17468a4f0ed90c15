"""Keeps small pieces of data across restarts, in a folder with a JSON file per key."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar

from smart_charging.files import replace_file
from smart_charging.services.stored import UNREADABLE

T = TypeVar("T")


class Store(Protocol):
    """Keeps JSON data by key; times are ISO text."""

    async def recall(self, key: str) -> Mapping[str, Any]:
        """What was last remembered under the key; empty when nothing was."""
        ...

    async def remember(self, key: str, facts: Mapping[str, Any]) -> None:
        """Keep the facts, in place of earlier ones."""
        ...

    def reject(self, key: str, why: str) -> None:
        """Log that what is stored under the key cannot be used, or not all of it."""
        ...


async def recalled(store: Store, key: str, read: Callable[[Mapping[str, Any]], T]) -> T | None:
    """Read stored data; None if there is none, or if `read` cannot read it, which is logged."""
    facts = await store.recall(key)
    return recalled_part(store, key, facts, read) if facts else None


def recalled_part(store: Store, key: str, facts: Any, read: Callable[[Any], T], what: str = "") -> T | None:
    """The same for a part of what was recalled, so that the others are not lost with it.

    Args:
        what: Names the part in the log.
    """
    try:
        return read(facts)
    except UNREADABLE as err:
        place = f"{what[:40]!r} " if what else ""
        store.reject(key, f"{place}cannot be read ({type(err).__name__}: {str(err)[:80]})")
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

    def reject(self, key: str, why: str) -> None:
        """Log that what is stored under the key cannot be used, or not all of it."""
        self._store.reject(key + self._suffix, why)


MEMORY_FOLDER = "smart_charging_memory"
"""In the folder of appdaemon.yaml."""
PATIENCE = timedelta(seconds=5)
"""How long to wait for a disk; a write that takes longer goes on by itself."""
LARGEST_FILE = 8 * 1024 * 1024
"""In bytes; the largest of a year are some ten kilobytes."""
_EMPTY = "{}"
_UNSAFE = re.compile(r"[^\w.-]")
"""Characters that some clouds' ids contain and file names must not."""


class FolderStore:
    """A store whose files are replaced atomically: a crash leaves either the old data or the new.

    One write is under way at a time, of the newest data of a key; data that is the same as before is not
    written. Data that cannot be written is still remembered until a restart, and tried again with the next.
    """

    def __init__(self, folder: Path, log: logging.Logger) -> None:
        self._folder = folder
        self._log = log
        self._known: dict[str, str] = {}
        """As JSON text, so that data looks the same before a restart as after it."""
        self._unwritten: dict[str, None] = {}
        """Keys whose newest data is not on the disk, in the order they came."""
        self._writer: asyncio.Task[None] | None = None
        self._is_slow = False
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
        text = json.dumps(facts)
        if self._known.get(key) == text and key not in self._unwritten:
            return
        self._known[key] = text
        self._unwritten[key] = None
        await self.settle()

    def reject(self, key: str, why: str) -> None:
        """Log that what is stored under the key cannot be used."""
        self._log.warning("%s: %s; that is forgotten", self._file(key), why)

    async def settle(self) -> None:
        """Wait until everything is written, but not for a disk that hangs."""
        if not self._unwritten:
            return
        writer = self._writer
        if writer is None or writer.done():
            writer = self._writer = asyncio.create_task(self._write())
        await asyncio.wait({writer}, timeout=0 if self._is_slow else PATIENCE.total_seconds())
        if not writer.done():
            self._is_slow = True
            self._log_change(works=False, why="the disk does not answer")

    async def _write(self) -> None:
        """Write all that is unwritten; what fails is tried again with the next data that comes."""
        failed: set[str] = set()
        why = ""
        while keys := [key for key in self._unwritten if key not in failed]:
            text = self._known[keys[0]]
            try:
                await asyncio.to_thread(replace_file, self._file(keys[0]), text)
            except OSError as err:
                failed.add(keys[0])
                why = err.strerror or type(err).__name__
            else:
                if self._known[keys[0]] == text:
                    del self._unwritten[keys[0]]
        self._is_slow = False
        self._log_change(works=not failed, why=why)

    def _file(self, key: str) -> Path:
        return self._folder / f"{_UNSAFE.sub('_', key)}.json"

    def _read(self, key: str) -> str:
        try:
            text = _content(self._file(key))
            is_good = isinstance(json.loads(text), dict)
        except FileNotFoundError:
            return _EMPTY
        except (OSError, ValueError, RecursionError):
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


def _content(file: Path) -> str:
    with file.open(encoding="utf-8") as opened:
        text = opened.read(LARGEST_FILE + 1)
    if len(text) > LARGEST_FILE:
        raise ValueError("too large to be ours")
    return text

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
WRITES_AT_ONCE, ONE_EVERY = 20, timedelta(minutes=2)
"""Writes of one key; more would wear out a memory card, as with a sensor that changes every second."""
LARGEST_FILE = 8 * 1024 * 1024
"""In bytes; the largest of a year are some ten kilobytes."""
_EMPTY = "{}"
_UNSAFE = re.compile(r"[^\w.-]")
"""Characters that some clouds' ids contain and file names must not."""


class _Allowance:
    """The writes of one key: some at once, then one every while."""

    def __init__(self, now_s: float) -> None:
        self._left, self._at_s = float(WRITES_AT_ONCE), now_s

    def wait_s(self, now_s: float) -> float:
        """How long to wait for the next write; 0 if it may be now, which takes it."""
        every_s = ONE_EVERY.total_seconds()
        self._left = min(WRITES_AT_ONCE, self._left + (now_s - self._at_s) / every_s)
        self._at_s = now_s
        if self._left < 1:
            return max(1.0, (1 - self._left) * every_s)
        self._left -= 1
        return 0.0


class FolderStore:
    """A store whose files are replaced atomically: a crash leaves either the old data or the new.

    One write is under way at a time, of the newest data of a key; data that is the same as before is not
    written, and data that changes all the time is written every two minutes. Data that cannot be written is still
    remembered until a restart, and tried again with the next.
    """

    def __init__(self, folder: Path, log: logging.Logger) -> None:
        self._folder = folder
        self._log = log
        self._known: dict[str, str] = {}
        """As JSON text, so that data looks the same before a restart as after it."""
        self._unwritten: dict[str, None] = {}
        """Keys whose newest data is not on the disk, in the order they came."""
        self._allowances: dict[str, _Allowance] = {}
        self._held: dict[str, asyncio.Task[None]] = {}
        """Unwritten keys that have used up their allowance."""
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
        if key not in self._held and not self._holds(key):
            await self._settle()

    def reject(self, key: str, why: str) -> None:
        """Log that what is stored under the key cannot be used."""
        self._log.warning("%s: %s; that is forgotten", self._file(key), why)

    async def close(self) -> None:
        """Write what is held back, too."""
        for waiting in self._held.values():
            waiting.cancel()
        self._held.clear()
        if self._unwritten:
            await self._settle()

    def _holds(self, key: str) -> bool:
        """Whether the key has been written too often to be written now; then it is later."""
        now_s = asyncio.get_running_loop().time()
        wait_s = self._allowances.setdefault(key, _Allowance(now_s)).wait_s(now_s)
        if wait_s:
            self._held[key] = asyncio.create_task(self._release(key, wait_s))
        return wait_s > 0

    async def _release(self, key: str, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        del self._held[key]
        if not self._holds(key):
            await self._settle()

    async def _settle(self) -> None:
        """Wait until everything is written that is not held back, but not for a disk that hangs."""
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
        while keys := [key for key in self._unwritten if key not in failed and key not in self._held]:
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

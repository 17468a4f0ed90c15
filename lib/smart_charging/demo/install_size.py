"""How far an installation is: what pip or uv has fetched, and what is in the folder."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

FETCHED_MB, INSTALLED_MB = 210, 560
"""About, for Home Assistant 2025.4; once it has run, it has compiled some of itself and takes a third more."""
_FETCHED = re.compile(r"Downloading .*\(([\d.]+) ?([kKMG])i?B\)")
_MB = {"k": 1e-3, "K": 1e-3, "M": 1.0, "G": 1e3}
_TELL_EVERY_S = 1.0


def fetched_mb(log: str) -> float:
    """The sum of all downloads in the log of pip or uv, including one that is under way."""
    return sum(float(number) * _MB[unit] for number, unit in _FETCHED.findall(log))


def folder_mb(folder: Path) -> float:
    """The size of all files in a folder, 0 if there is none."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):  # pip moves files while we count
                total += Path(parent, name).lstat().st_size
    return total / 1e6


@asynccontextmanager
async def size_shown(
    folder: Path, log: Callable[[], str], tell: Callable[[str], None], began_s: float
) -> AsyncIterator[None]:
    """Tell every second how far it is, until the block ends.

    Args:
        folder: Where it is installed.
        log: What pip or uv has written so far.
        began_s: When the installation began, by `time.monotonic`.
    """

    async def keep_telling() -> None:
        while True:
            installed_mb = await asyncio.to_thread(folder_mb, folder)
            passed_s = time.monotonic() - began_s
            fetched = f"{fetched_mb(log()):.0f} of about {FETCHED_MB} MB fetched"
            tell(f"{passed_s:4.0f} s: {fetched}, {installed_mb:.0f} of about {INSTALLED_MB} MB installed")
            await asyncio.sleep(_TELL_EVERY_S)

    telling = asyncio.create_task(keep_telling())
    try:
        yield
    finally:
        telling.cancel()
        with suppress(asyncio.CancelledError):
            await telling

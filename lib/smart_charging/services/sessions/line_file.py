"""A file to which lines are only added, of which a kill in the middle of one leaves no more than that one torn."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_OWNER_ONLY = 0o600
_AS_IT_IS = getattr(os, "O_BINARY", 0)
"""Without it Windows would write each line end as two characters."""


def content_of(file: Path) -> bytes:
    """All of it; a missing file counts as empty."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""


def add_lines(file: Path, lines: Iterable[bytes]) -> None:
    """Add them, each with a line end; after a torn one they begin on a line of their own.

    Raises:
        OSError: They could not be written, or not all of them.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT | _AS_IT_IS, _OWNER_ONLY)
    try:
        if stat.S_IMODE(os.fstat(handle).st_mode) != _OWNER_ONLY:
            with suppress(OSError):  # some file systems have no file modes
                file.chmod(_OWNER_ONLY)
        for line in lines:
            _write_line(handle, line)
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_line(handle: int, line: bytes) -> None:
    whole = (b"\n" if _is_torn(handle) else b"") + line + b"\n"
    if os.write(handle, whole) < len(whole):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _is_torn(handle: int) -> bool:
    """Whether the last line lacks its line end; an empty file is fine."""
    if os.lseek(handle, 0, os.SEEK_END) == 0:
        return False
    os.lseek(handle, -1, os.SEEK_END)
    return os.read(handle, 1) != b"\n"

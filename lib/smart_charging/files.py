"""Replaces files atomically."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def replace_file(file: Path, content: str | bytes) -> None:
    """Write a temporary file, then rename it: nobody ever reads half a file. Only its owner may read it.

    Temporary files of earlier writes are removed first: a killed one left its own behind, and one that
    hangs must not replace the newer content later.

    Raises:
        OSError: It cannot be written; the old content stays.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    for abandoned in list(_drafts(file)):
        with suppress(OSError):
            abandoned.unlink()
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # mode 0600 from the first byte on
    try:
        with os.fdopen(handle, "wb") as draft:
            draft.write(content.encode() if isinstance(content, str) else content)
            draft.flush()
            os.fsync(draft.fileno())
        _rename(Path(name), file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _rename(draft: Path, file: Path) -> None:
    try:
        draft.replace(file)
    except FileNotFoundError:
        if not file.parent.exists():
            raise
        # else removed by a newer write, whose content counts


def _drafts(file: Path) -> Iterator[Path]:
    """The temporary files of this file; the name that `tempfile` adds has no dot in it."""
    own = re.compile(rf"\.{re.escape(file.name)}\.[^.]+")
    return (one for one in file.parent.iterdir() if own.fullmatch(one.name))

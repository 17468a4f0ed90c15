"""Reads and writes the files that people name; what fails becomes one sentence."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smart_charging.errors import ConfigError
from smart_charging.printable import reason_of

_REASONS = {
    errno.ENOENT: "no such file or folder",
    errno.EISDIR: "it is a folder",
    errno.ENOTDIR: "a part of its path is no folder",
    errno.EACCES: "permission denied",
    errno.ENOSPC: "the disk is full",
}


def text_of(path: Path) -> str:
    """The text of a file, with or without a byte order mark.

    Raises:
        ConfigError: It cannot be read, or is not UTF-8.
    """
    try:
        return bytes_of(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"cannot read {path}: it is not UTF-8 text; save it as UTF-8") from None


def bytes_of(path: Path) -> bytes:
    """What is in a file.

    Raises:
        ConfigError: It cannot be read.
    """
    with _told(f"cannot read {path}"):
        return path.read_bytes()


def write_text(path: Path, text: str) -> None:
    """Write a file anew.

    Raises:
        ConfigError: It cannot be written.
    """
    with _told(f"cannot write {path}"):
        path.write_text(text, encoding="utf-8")


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as err:
        raise ConfigError(f"{what}: {_REASONS.get(err.errno or 0) or reason_of(err)}") from None

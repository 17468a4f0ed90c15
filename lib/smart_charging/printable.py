"""Text from outside, made fit for a line of the log, a terminal or YAML."""

from __future__ import annotations

import re


def printable(text: str, *, most: int | None = None) -> str:
    """The text on one line without control characters, which could hide or forge lines of a log.

    Args:
        most: Characters to keep; None for all.
    """
    line = "".join(letter if letter.isprintable() else " " for letter in text[: most and most + 1]).strip()
    return line if most is None or len(text) <= most else f"{line[: most - 3]}..."


def reason_of(error: Exception) -> str:
    """The system's own words for what failed, without file and number as in `[Errno 2]`."""
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return re.sub(r"\[(?:Errno|WinError) -?\d+\]\s*", "", words) or type(error).__name__

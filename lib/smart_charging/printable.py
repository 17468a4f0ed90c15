"""Text from outside, made fit for a line of the log, a terminal or YAML."""

from __future__ import annotations


def printable(text: str, *, most: int | None = None) -> str:
    """The text on one line without control characters, which could hide or forge lines of a log.

    Args:
        most: Characters to keep; None for all.
    """
    line = "".join(letter if letter.isprintable() else " " for letter in text[: most and most + 1]).strip()
    return line if most is None or len(text) <= most else f"{line[: most - 3]}..."

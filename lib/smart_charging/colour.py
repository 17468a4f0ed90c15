"""Colour where a terminal can show it, plain text everywhere else."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from typing import TextIO


class Style(StrEnum):
    """How text stands out, as ECMA-48 numbers it; meaning must not hang on it alone."""

    BOLD = "1"
    DIM = "2"
    RED = "31"
    GREEN = "32"
    YELLOW = "33"


def styled(text: str, *styles: Style, stream: TextIO) -> str:
    """The text in these styles, or as it is where `stream` shows no colour."""
    if not styles or not shows_colour(stream):
        return text
    return f"\x1b[{';'.join(styles)}m{text}\x1b[0m"


def shows_colour(stream: TextIO) -> bool:
    """Whether it is a terminal with colour whose user has not declined it.

    Source: https://no-color.org, where an empty NO_COLOR declines nothing.
    """
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty():
        return False
    return sys.platform != "win32" or "WT_SESSION" in os.environ  # older consoles would print the codes

"""Prints the demo: lines of at most 80 columns, and on a terminal one more that changes while nothing happens."""

from __future__ import annotations

import os
import shutil
import textwrap
from collections.abc import Sequence
from typing import TextIO

from smart_charging.colour import Style, styled
from smart_charging.picture.terminal import can_show

WIDTH = 80
_CLEAR_LINE = "\r\x1b[K"
_STAMP = 7
"""Columns of a time of day and the space behind it."""


class Console:
    """Writes to a stream that may be a terminal, a file, or a pipe that somebody closes."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.width = min(WIDTH, shutil.get_terminal_size().columns)
        self._is_terminal = stream.isatty() and os.environ.get("TERM") != "dumb"
        self._has_progress = False

    def say(self, text: str = "", *styles: Style) -> None:
        """Print a paragraph, wrapped."""
        for line in _wrapped(text, self.width) or [""]:
            self.line(line, *styles)

    def event(self, clock: str, text: str, *styles: Style) -> None:
        """Print what happened at a time of day."""
        for number, line in enumerate(_wrapped(text, self.width - _STAMP)):
            stamp = styled(f"{clock:{_STAMP}}", Style.DIM, stream=self.stream) if number == 0 else " " * _STAMP
            self.line(stamp + styled(line, *styles, stream=self.stream))

    def line(self, text: str, *styles: Style) -> None:
        """Print a line as it is, also into a pipe without delay."""
        self._write(styled(text, *styles, stream=self.stream) + "\n")

    def lines(self, texts: Sequence[str]) -> None:
        """Print several."""
        for text in texts:
            self.line(text)

    def progress(self, text: str) -> None:
        """Show a line until the next one; only on a terminal."""
        if self._is_terminal:
            self._write(styled(text[: self.width - 1], Style.DIM, stream=self.stream))
            self._has_progress = True

    def bar(self) -> tuple[str, str]:
        """The characters of a bar: full and empty."""
        return ("█", "░") if can_show("█░", self.stream) else ("#", "-")

    def _write(self, text: str) -> None:
        """Write in place of the line of progress; what the encoding lacks becomes a question mark."""
        encoding = self.stream.encoding or "utf-8"
        shown = (_CLEAR_LINE if self._has_progress else "") + text
        self._has_progress = False
        self.stream.write(shown.encode(encoding, "replace").decode(encoding))
        self.stream.flush()


def _wrapped(text: str, width: int) -> list[str]:
    """The text in lines, with addresses and paths in one piece."""
    return textwrap.wrap(text, width, break_on_hyphens=False, break_long_words=False)

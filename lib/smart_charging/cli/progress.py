"""How far something long has come, on a terminal."""

from __future__ import annotations

from typing import TextIO

_ERASED = "\r\x1b[K"


class Progress:
    """One line that is written over; nothing where nobody looks."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream if stream.isatty() else None

    def show(self, text: str) -> None:
        """Write it in place of what stands there."""
        if self._stream:
            print(f"{_ERASED}{text}", end="", file=self._stream, flush=True)

    def clear(self) -> None:
        """Leave the line empty for what follows."""
        self.show("")

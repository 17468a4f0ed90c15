"""How far a long list is read, on a terminal."""

from __future__ import annotations

from typing import TextIO

from smart_charging.clouds.monta_partner.pages import RawPage

_ERASED = "\r\x1b[K"


class Progress:
    """One line that is written over; nothing where nobody looks."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream if stream.isatty() else None
        self._pages = self._rows = 0

    def show(self, page: RawPage) -> None:
        """Count a page in."""
        self._pages += 1
        self._rows += len(page.rows)
        of = f" of {page.page_count}" if page.page_count else ""
        self._write(f"{_ERASED}page {self._pages}{of}, {self._rows} rows")

    def clear(self) -> None:
        """Leave the line empty for what follows."""
        self._write(_ERASED)

    def _write(self, text: str) -> None:
        if self._stream:
            print(text, end="", file=self._stream, flush=True)

"""How far a long list is read, on a terminal."""

from __future__ import annotations

from typing import TextIO

from smart_charging.cli.progress import Progress
from smart_charging.clouds.monta_partner.pages import RawPage


class PageProgress:
    """Counts pages and rows in one line."""

    def __init__(self, stream: TextIO) -> None:
        self._line = Progress(stream)
        self._pages = self._rows = 0

    def show(self, page: RawPage) -> None:
        """Count a page in."""
        self._pages += 1
        self._rows += len(page.rows)
        of = f" of {page.page_count}" if page.page_count else ""
        self._line.show(f"page {self._pages}{of}, {self._rows} rows")

    def clear(self) -> None:
        """Leave the line empty for what follows."""
        self._line.clear()

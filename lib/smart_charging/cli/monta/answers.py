"""Prints answers, for people or for programs, with secrets hidden."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from typing import Protocol

from smart_charging.cli.monta.tables import field_lines, flattened, table_of
from smart_charging.clouds.monta_partner.hidden import without_secrets
from smart_charging.colour import Style, styled


class Answers(Protocol):
    """One way to print."""

    def tell(self, answer: object) -> None:
        """Print the answer of an operation whose answer has no pages; None where it is empty."""
        ...

    def add(self, rows: Sequence[object]) -> None:
        """Take the rows of a page."""
        ...

    def end(self) -> None:
        """Print what is still to be printed."""
        ...


class JsonLines:
    """A line of JSON per row, as soon as it is there; nothing for an empty answer.

    Args:
        fields: Those to print, with inner ones as `outer.inner`; empty for all, as Monta nests them.
    """

    def __init__(self, fields: Sequence[str]) -> None:
        self._fields = fields

    def tell(self, answer: object) -> None:
        """Print a line, or one per row of a list."""
        if answer is not None:
            self.add(answer if isinstance(answer, list) else [answer])

    def add(self, rows: Sequence[object]) -> None:
        """Print the rows."""
        for row in rows:
            print(json.dumps(self._chosen(without_secrets(row)), ensure_ascii=False))

    def end(self) -> None:
        """Nothing is left."""

    def _chosen(self, row: object) -> object:
        if not self._fields:
            return row
        flat = dict(flattened(row))
        return {name: flat.get(name) for name in self._fields}


class Readable:
    """A table within the terminal's width, or the fields of one thing.

    Args:
        fields: Those to show, with inner ones as `outer.inner`; empty for as many as fit.
    """

    def __init__(self, fields: Sequence[str]) -> None:
        self._fields = fields
        self._rows: list[object] = []
        self._width = shutil.get_terminal_size().columns

    def tell(self, answer: object) -> None:
        """Print the fields, or a table where it is a list."""
        if isinstance(answer, list):
            self.add(answer)
            self.end()
        elif answer is None:
            print("done")
        else:
            print(*field_lines(without_secrets(answer), width=self._width, fields=self._fields), sep="\n")

    def add(self, rows: Sequence[object]) -> None:
        """Keep them: how wide a column has to be, the last row may tell."""
        self._rows += [without_secrets(row) for row in rows]

    def end(self) -> None:
        """Print the table."""
        if not self._rows:
            print("none")
            return
        table = table_of(self._rows, width=self._width, fields=self._fields)
        heading, *lines = table.lines
        print(styled(heading, Style.BOLD, stream=sys.stdout), *lines, sep="\n")
        if table.left_out and not self._fields:
            print(f"not shown: {', '.join(table.left_out)} (--fields chooses, --json prints all)", file=sys.stderr)

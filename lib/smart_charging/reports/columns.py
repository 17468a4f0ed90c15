"""Rows of text and figures as lines of a terminal."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

INCOMPLETE = "*"
"""Stands after a sum that lacks what is unknown."""


def aligned(rows: Sequence[Sequence[str]], *, left: Collection[int]) -> Iterator[str]:
    """A line for each row, with the columns of `left` aligned to the left and figures to the right.

    The sign after a sum stands in the space between columns.
    """
    widths = [max(len(cell.rstrip(INCOMPLETE)) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = enumerate(zip(row, widths, strict=True))
        yield " ".join(_padded(cell, width, place in left) for place, (cell, width) in cells).rstrip()


def _padded(cell: str, width: int, is_left: bool) -> str:  # noqa: FBT001  # with three arguments in view
    if is_left:
        return cell.ljust(width) + " "
    return cell.rstrip(INCOMPLETE).rjust(width) + (INCOMPLETE if cell.endswith(INCOMPLETE) else " ")

"""Walks over the pages of a list, one request at a time and only as far as its rows are asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from smart_charging.clouds.http.wire import Call
from smart_charging.clouds.monta_partner.operations import Paging
from smart_charging.errors import UsageError

PAGE_SIZE = 100
"""The most that Monta allows; its default is 10."""
LOG_PAGE_SIZE = 1000
"""The most of a list that may be read either way, by cursor."""

Choice = Mapping[str, object]
"""The parameters that choose a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPage:
    """One page as it came."""

    call: Call
    """The request, for messages."""
    rows: Sequence[object]
    page_count: int | None = None
    after: str | None = None
    """The cursor of the next page; None on the last."""


class Fetch(Protocol):
    """Reads one page."""

    async def __call__(self, choice: Choice, *, is_later: bool) -> RawPage:
        """The page; `is_later` for all but the first of a walk."""
        ...


def walk(paging: Paging, fetch: Fetch, choice: Choice) -> AsyncIterator[RawPage]:
    """All pages of a list.

    Args:
        choice: Where to begin and how many rows to a page, where that is not from the first and as many as allowed.
    """
    match paging:
        case Paging.OFFSET:
            return _by_number(fetch, choice)
        case Paging.CURSOR:
            return _by_cursor(fetch, {"perPage": PAGE_SIZE, **choice})
        case Paging.EITHER:
            return _by_cursor(fetch, {"perPage": LOG_PAGE_SIZE, **choice, "paginationType": "cursor"})
        case _:
            return _at_once(fetch)


async def _at_once(fetch: Fetch) -> AsyncIterator[RawPage]:
    yield await fetch({}, is_later=False)


async def _by_number(fetch: Fetch, choice: Choice) -> AsyncIterator[RawPage]:
    """Up to the last page told of, or a short one; an empty page ends it whatever the answer claims."""
    size, first = _number(choice, "perPage", PAGE_SIZE), _number(choice, "page", 0)
    number, is_last = first, False
    while not is_last:
        page = await fetch({"page": number, "perPage": size}, is_later=number > first)
        yield page
        number += 1
        is_last = not page.rows or (number >= page.page_count if page.page_count is not None else len(page.rows) < size)


async def _by_cursor(fetch: Fetch, choice: Choice) -> AsyncIterator[RawPage]:
    """Up to a page that names no next one; a cursor that comes again ends it, too."""
    page, seen = await fetch(choice, is_later=False), set[str]()
    yield page
    while page.after and page.after not in seen:
        seen.add(page.after)
        page = await fetch({**choice, "after": page.after}, is_later=True)
        yield page


def _number(choice: Choice, name: str, default: int) -> int:
    text = str(choice.get(name, default))
    if not text.isdecimal():
        raise UsageError(f"{name}: {text!r} is not a number of pages or rows")
    return int(text)

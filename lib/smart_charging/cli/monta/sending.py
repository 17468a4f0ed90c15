"""Sends what was asked for, after a confirmation where it changes something, and prints the answer."""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections.abc import AsyncIterator

from smart_charging.cli.monta.answers import Answers, JsonLines, Readable
from smart_charging.cli.monta.options import Asked
from smart_charging.cli.monta.progress import PageProgress
from smart_charging.cli.monta.shown import as_curl, as_lines
from smart_charging.clouds.http.wire import Call
from smart_charging.clouds.monta_partner.client import BASE_URL, VERSION
from smart_charging.clouds.monta_partner.login import opened
from smart_charging.clouds.monta_partner.pages import RawPage
from smart_charging.clouds.monta_partner.requests import request_of
from smart_charging.colour import Style, styled
from smart_charging.errors import UsageError


def perform(asked: Asked) -> int:
    """Print the request, or send it and print the answer; returns the exit code.

    Raises:
        ChargingError: It was not done; which one says why.
    """
    base_url = asked.base_url or BASE_URL
    call = request_of(asked.operation, asked.given, {"Monta-Version": VERSION})
    if asked.prints_curl:
        print(as_curl(call, base_url))
    elif asked.is_rehearsal:
        print(*as_lines(asked.operation, call, base_url), sep="\n")
    elif not _is_meant(asked, call):
        print("nothing was sent", file=sys.stderr)
        return 1
    else:
        asyncio.run(_send(asked))
    return 0


def _is_meant(asked: Asked, call: Call) -> bool:
    """Whether it changes nothing, or a person has said so."""
    if not asked.operation.has_effect or asked.is_confirmed:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(f"{call} changes something: write --yes")
    question = f"{asked.operation.does}: {call}. Go on? [y/N] "
    print(styled(question, Style.BOLD, stream=sys.stderr), end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


async def _send(asked: Asked) -> None:
    async with opened(asked.credentials, asked.base_url) as partner:
        if asked.operation.paging:
            await _list(asked, partner.pages(asked.operation.name, **asked.given))
        else:
            _answers(asked).tell(await partner.call(asked.operation.name, **asked.given))


async def _list(asked: Asked, pages: AsyncIterator[RawPage]) -> None:
    answers, progress = _answers(asked), PageProgress(sys.stderr)
    last: RawPage | None = None
    async for last in pages:
        answers.add(last.rows)
        if not asked.reads_all:
            break
        progress.show(last)
    progress.clear()
    answers.end()
    if last and not asked.reads_all and (hint := _further(asked, last)):
        print(hint, file=sys.stderr)


def _further(asked: Asked, page: RawPage) -> str | None:
    """What to write for the rows behind this page; None where there are none."""
    if page.after:
        return f"there is more: --all reads everything, --after {shlex.quote(page.after)} the next page"
    number = int(str(asked.given.get("page", 0)))
    if page.page_count is not None and number + 1 < page.page_count:
        return f"page {number} of 0 to {page.page_count - 1}: --all reads everything, --page {number + 1} the next page"
    return None


def _answers(asked: Asked) -> Answers:
    return JsonLines(asked.fields) if asked.prints_json else Readable(asked.fields)

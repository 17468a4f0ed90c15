"""A report as a table for a terminal of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from smart_charging.printable import printable
from smart_charging.reports.columns import aligned
from smart_charging.reports.statement import Line, Statement, Sums
from smart_charging.reports.words import (
    all_title,
    amount,
    count,
    day_and_time,
    footnotes,
    paid_back_title,
    party_title,
    title,
)

_WIDTH = 80
_TIMES = (0, 1)
"""The columns of text, and so is that of the currency, after those of figures."""
Cells = Sequence[str]


def as_text(statement: Statement, emphasised: Callable[[str], str] = str) -> Iterator[str]:
    """Title, sessions and sums by charger, driver or card, the total, and how the figures came about.

    Args:
        statement: The report.
        emphasised: Makes a heading stand out, where a terminal can.
    """
    yield emphasised(title(statement))
    if statement.parties:
        yield ""
        yield from _body(statement, emphasised)
    yield ""
    for note in footnotes(statement):
        yield from textwrap.wrap(note, _WIDTH)


def _body(statement: Statement, emphasised: Callable[[str], str]) -> Iterator[str]:
    kind, columns = statement.kind, statement.columns
    titles = [kind.began, kind.ended, "kWh", *(column.heading for column in columns), ""]
    titles += [paid_back_title(statement.rate)] if statement.rate else []
    parts = [
        (party_title(each), [*(_cells(line, statement) for line in each.lines), *_sums(each.sums, statement)])
        for each in statement.parties
    ]
    if len(parts) > 1:
        parts.append((all_title(statement), list(_sums(statement.total, statement))))
    left = {*_TIMES, titles.index("")}
    lines = aligned([titles, *(row for _, part in parts for row in part)], left=left)
    yield next(lines)
    for number, (name, part) in enumerate(parts):
        yield from [""] * bool(number)
        yield emphasised(textwrap.shorten(name, _WIDTH, placeholder="..."))
        yield from islice(lines, len(part))


def _cells(line: Line, statement: Statement) -> Cells:
    session = line.session
    times = [day_and_time(moment, statement) for moment in (session.began_at, session.ended_at)]
    money = [amount(line.money[column]) for column in statement.columns]
    return [*times, amount(line.energy_kwh), *money, printable(session.currency or ""), *_paid_back(line)]


def _sums(sums: Sums, statement: Statement) -> Iterator[Cells]:
    """A row for each currency; what has none stands in the first."""
    begin = [count(sums.sessions, statement), "", amount(sums.energy_kwh)]
    paid_back = _paid_back(sums)
    for money in sums.money:
        amounts = [
            amount(money.amounts[column], is_complete=column not in money.incomplete) for column in statement.columns
        ]
        yield [*begin, *amounts, printable(money.currency or ""), *paid_back]
        begin, paid_back = ["", "", ""], [""] * len(paid_back)


def _paid_back(row: Line | Sums) -> list[str]:
    return [] if row.paid_back is None else [amount(row.paid_back)]

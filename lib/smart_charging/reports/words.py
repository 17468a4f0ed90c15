"""What the table and the page say alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from smart_charging.printable import printable
from smart_charging.reports.columns import INCOMPLETE
from smart_charging.reports.statement import PartyStatement, Rate, Statement

UNKNOWN = "unknown"


def title(statement: Statement) -> str:
    """The month, and that it goes on where it does."""
    return statement.month.title + ("" if statement.is_over else ", so far")


def party_title(each: PartyStatement) -> str:
    """Name and id, for two may be called the same; only a name where there is no id."""
    party = each.party
    name, shown_id = printable(party.name, most=60), printable(party.id, most=40)
    return f"{name or shown_id} ({shown_id})" if shown_id else name


def all_title(statement: Statement) -> str:
    """Over the sums of all."""
    return f"All {statement.by}s"


def count(sessions: int, statement: Statement) -> str:
    """Such as 1 session."""
    return f"{sessions} {statement.kind.noun}{'' if sessions == 1 else 's'}"


def amount(value: Decimal | None, *, is_complete: bool = True) -> str:
    """A figure with two decimals."""
    return UNKNOWN if value is None else f"{value:.2f}{'' if is_complete else INCOMPLETE}"


def day_and_time(moment: datetime, statement: Statement) -> str:
    """Without the year, which stands in the title."""
    return f"{moment.astimezone(statement.zone):%m-%d %H:%M}"


def paid_back_title(rate: Rate) -> str:
    """With the currency, which need not be that of the cost."""
    return printable(f"paid back {rate.currency or ''}", most=20)


def footnotes(statement: Statement) -> Iterator[str]:
    """How the figures came about."""
    total, kind = statement.total, statement.kind
    if not total.sessions:
        yield f"No {kind.noun} in {statement.month.title}{'' if statement.is_over else ' yet'}."
    elif any(total.unknown.values()):
        yield f"{INCOMPLETE} without the {kind.noun}s of which it is unknown"
    yield from kind.notes
    if statement.vat_percent is not None:
        yield f"VAT: what of the {statement.columns[0].heading} is tax, at {statement.vat_percent.normalize():f} %."
    if rate := statement.rate:
        money = printable(f"{rate.per_kwh} {rate.currency or ''}", most=40)
        yield f"Paid back: the {kind.noun}'s kWh as shown here, times {money} per kWh."
    counted = f"A {kind.noun} counts in the month in which {kind.counted_by}."
    yield f"Times are those of {statement.zone}. {counted}"
    yield "Each figure is rounded to hundredths, and sums are of the rounded figures."

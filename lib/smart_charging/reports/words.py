"""What the table and the page say alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from smart_charging.printable import printable
from smart_charging.reports.columns import INCOMPLETE
from smart_charging.reports.statement import ChargerStatement, Rate, Statement

UNKNOWN = "unknown"


def title(statement: Statement) -> str:
    """The month, and that it goes on where it does."""
    return statement.month.title + ("" if statement.is_over else ", so far")


def charger_title(charger: ChargerStatement) -> str:
    """Name and id, for two chargers may be called the same."""
    return f"{printable(charger.charger, most=60) or charger.charger_id} ({printable(charger.charger_id, most=40)})"


def count(sessions: int) -> str:
    """Such as 1 session."""
    return f"{sessions} session{'' if sessions == 1 else 's'}"


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
    total = statement.total
    if not total.sessions:
        yield f"No session ended in {statement.month.title}{'' if statement.is_over else ' yet'}."
    elif total.unknown_costs or total.unknown_savings:
        yield f"{INCOMPLETE} without the sessions of which it is unknown"
    if rate := statement.rate:
        money = printable(f"{rate.per_kwh} {rate.currency or ''}", most=40)
        yield f"Paid back: the session's kWh as shown here, times {money} per kWh."
    yield f"Times are those of {statement.zone}. A session counts in the month in which {statement.counted_by}."
    yield "Each figure is rounded to hundredths, and sums are of the rounded figures."

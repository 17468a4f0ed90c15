"""A report for programs: figures with a decimal point, times in ISO 8601, nothing or null for what is unknown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from smart_charging.reports.source import By, Party
from smart_charging.reports.statement import Line, PartyStatement, Statement, Sums


def as_json(statement: Statement) -> Mapping[str, object]:
    """The whole report."""
    rate = statement.rate
    return {
        "month": str(statement.month),
        "is_over": statement.is_over,
        "time_zone": str(statement.zone),
        "rate_per_kwh": rate and _number(rate.per_kwh),
        "rate_currency": rate and rate.currency,
        f"{statement.by}s": [_of_party(each, statement) for each in statement.parties],
        "total": _of_sums(statement.total, statement),
    }


def as_rows(statement: Statement) -> Iterator[Sequence[object]]:
    """A header and a row per session, for CSV."""
    parties = list(dict.fromkeys([By.CHARGER, statement.by]))
    columns = [name for by in parties for name in (f"{by}_id", f"{by}")]
    columns += ["began_at", "ended_at", "energy_kwh", *statement.columns, "currency"]
    columns += ["paid_back", "rate_currency"] if statement.rate else []
    yield columns
    for each in statement.parties:
        for line in each.lines:
            facts = _of_line(line, statement)
            for by in parties:
                facts |= _named(by, line.session.party(by))
            facts["rate_currency"] = statement.rate and statement.rate.currency
            yield [facts[column] for column in columns]


def _of_party(each: PartyStatement, statement: Statement) -> Mapping[str, object]:
    return {
        **_named(statement.by, each.party),
        "sessions": [_of_session(line, statement) for line in each.lines],
        "total": _of_sums(each.sums, statement),
    }


def _named(by: By, party: Party) -> dict[str, object]:
    return {f"{by}_id": party.id, f"{by}": party.name}


def _of_session(line: Line, statement: Statement) -> Mapping[str, object]:
    charger = {} if statement.by is By.CHARGER else _named(By.CHARGER, line.session.party(By.CHARGER))
    return charger | _of_line(line, statement)


def _of_line(line: Line, statement: Statement) -> dict[str, object]:
    return {
        "began_at": _stamp(line.session.began_at, statement),
        "ended_at": _stamp(line.session.ended_at, statement),
        "energy_kwh": _number(line.energy_kwh),
        **{column: _number(line.money[column]) for column in statement.columns},
        "currency": line.session.currency,
        "paid_back": _number(line.paid_back),
    }


def _of_sums(sums: Sums, statement: Statement) -> Mapping[str, object]:
    return {
        "sessions": sums.sessions,
        "energy_kwh": _number(sums.energy_kwh),
        "money": [
            {"currency": each.currency, **{column: _number(each.amounts[column]) for column in statement.columns}}
            for each in sums.money
        ],
        **{f"sessions_of_unknown_{column}": sums.unknown[column] for column in statement.columns},
        "paid_back": _number(sums.paid_back),
    }


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _stamp(moment: datetime, statement: Statement) -> str:
    return moment.astimezone(statement.zone).isoformat(timespec="seconds")

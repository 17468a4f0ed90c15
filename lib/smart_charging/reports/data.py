"""A report for programs: figures with a decimal point, times in ISO 8601, nothing or null for what is unknown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from smart_charging.reports.statement import ChargerStatement, Line, Statement, Sums


def as_json(statement: Statement) -> Mapping[str, object]:
    """The whole report."""
    rate = statement.rate
    return {
        "month": str(statement.month),
        "is_over": statement.is_over,
        "time_zone": str(statement.zone),
        "rate_per_kwh": rate and _number(rate.per_kwh),
        "rate_currency": rate and rate.currency,
        "chargers": [_of_charger(charger, statement) for charger in statement.chargers],
        "total": _of_sums(statement.total),
    }


def as_rows(statement: Statement) -> Iterator[Sequence[object]]:
    """A header and a row per session, for CSV."""
    columns = ["charger_id", "charger", "began_at", "ended_at", "energy_kwh", "cost", "saving", "currency"]
    columns += ["paid_back", "rate_currency"] if statement.rate else []
    yield columns
    for charger in statement.chargers:
        for line in charger.lines:
            facts = {"charger_id": charger.charger_id, "charger": line.session.charger, **_of_line(line, statement)}
            facts["rate_currency"] = statement.rate and statement.rate.currency
            yield [facts[column] for column in columns]


def _of_charger(charger: ChargerStatement, statement: Statement) -> Mapping[str, object]:
    return {
        "charger_id": charger.charger_id,
        "charger": charger.charger,
        "sessions": [_of_line(line, statement) for line in charger.lines],
        "total": _of_sums(charger.sums),
    }


def _of_line(line: Line, statement: Statement) -> dict[str, object]:
    return {
        "began_at": _stamp(line.session.began_at, statement),
        "ended_at": _stamp(line.session.ended_at, statement),
        "energy_kwh": _number(line.energy_kwh),
        "cost": _number(line.cost),
        "saving": _number(line.saving),
        "currency": line.session.currency,
        "paid_back": _number(line.paid_back),
    }


def _of_sums(sums: Sums) -> Mapping[str, object]:
    return {
        "sessions": sums.sessions,
        "energy_kwh": _number(sums.energy_kwh),
        "money": [
            {"currency": each.currency, "cost": _number(each.cost), "saving": _number(each.saving)}
            for each in sums.money
        ],
        "sessions_of_unknown_cost": sums.unknown_costs,
        "sessions_of_unknown_saving": sums.unknown_savings,
        "paid_back": _number(sums.paid_back),
    }


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _stamp(moment: datetime, statement: Statement) -> str:
    return moment.astimezone(statement.zone).isoformat(timespec="seconds")

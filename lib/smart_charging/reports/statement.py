"""The sums of a report, made of rounded figures so that whoever adds up the rows gets the printed total."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from decimal import ROUND_HALF_UP, Decimal

from smart_charging.errors import ConfigError
from smart_charging.reports.month import Month
from smart_charging.reports.source import ReportedSession

_STEP = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What somebody is paid back for a kWh."""

    per_kwh: Decimal
    currency: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A session in rounded figures."""

    session: ReportedSession
    energy_kwh: Decimal
    cost: Decimal | None
    saving: Decimal | None
    paid_back: Decimal | None
    """The rounded energy at the rate, rounded; None without a rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneySums:
    """Sums in one currency; None where not one of the amounts is known."""

    currency: str | None
    cost: Decimal | None
    saving: Decimal | None
    is_cost_complete: bool
    """False if there are sessions of unknown cost, in this or an unknown currency."""
    is_saving_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Sums of several sessions; those of money are kept apart by currency."""

    sessions: int
    energy_kwh: Decimal
    money: Sequence[MoneySums]
    """At least one, by currency."""
    unknown_costs: int
    """How many sessions have an unknown cost, which is missing in the sums."""
    unknown_savings: int
    paid_back: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerStatement:
    """One charger's sessions, in the order they ended."""

    charger_id: str
    charger: str
    """Its newest name."""
    lines: Sequence[Line]
    sums: Sums


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A month's sessions by charger."""

    month: Month
    zone: tzinfo
    is_over: bool
    """Whether the month is, so that nothing can be added."""
    counted_by: str
    rate: Rate | None
    chargers: Sequence[ChargerStatement]
    """By name."""
    total: Sums


def statement_of(
    sessions: Sequence[ReportedSession],
    *,
    month: Month,
    zone: tzinfo,
    is_over: bool,
    counted_by: str,
    rate: Rate | None = None,
) -> Statement:
    """Sum up the sessions of a month; a rate without a currency is in that of the sessions.

    Raises:
        ConfigError: The sessions have several currencies, and the rate does not say in which it is.
    """
    if rate and rate.currency is None:
        rate = Rate(per_kwh=rate.per_kwh, currency=_only_currency(sessions))
    by_charger: defaultdict[str, list[ReportedSession]] = defaultdict(list)
    for session in sorted(sessions, key=lambda one: one.ended_at):
        by_charger[session.charger_id].append(session)
    chargers = [_of_charger([_line(session, rate) for session in each], rate) for each in by_charger.values()]
    chargers.sort(key=lambda one: (one.charger.casefold(), one.charger_id))
    return Statement(
        month=month,
        zone=zone,
        is_over=is_over,
        counted_by=counted_by,
        rate=rate,
        chargers=chargers,
        total=_sums([line for charger in chargers for line in charger.lines], rate),
    )


def _only_currency(sessions: Sequence[ReportedSession]) -> str | None:
    currencies = sorted({session.currency for session in sessions if session.currency})
    if len(currencies) > 1:
        raise ConfigError(f"--rate: the sessions are in {' and '.join(currencies)}; write --currency and the rate's")
    return next(iter(currencies), None)


def _of_charger(lines: Sequence[Line], rate: Rate | None) -> ChargerStatement:
    newest = lines[-1].session
    return ChargerStatement(charger_id=newest.charger_id, charger=newest.charger, lines=lines, sums=_sums(lines, rate))


def _line(session: ReportedSession, rate: Rate | None) -> Line:
    energy_kwh = _rounded(Decimal(str(session.energy_kwh)))
    return Line(
        session=session,
        energy_kwh=energy_kwh,
        cost=_rounded_or_unknown(session.cost),
        saving=_rounded_or_unknown(session.saving),
        paid_back=_rounded(energy_kwh * rate.per_kwh) if rate else None,
    )


def _sums(lines: Sequence[Line], rate: Rate | None) -> Sums:
    return Sums(
        sessions=len(lines),
        energy_kwh=_total(line.energy_kwh for line in lines),
        money=_money(lines),
        unknown_costs=sum(line.cost is None for line in lines),
        unknown_savings=sum(line.saving is None for line in lines),
        paid_back=_total(line.paid_back or Decimal(0) for line in lines) if rate else None,
    )


def _money(lines: Sequence[Line]) -> Sequence[MoneySums]:
    """By currency; sessions of which no amount is known need none of their own."""
    known = [line for line in lines if line.cost is not None or line.saving is not None]
    currencies = {line.session.currency for line in known or lines} or {None}
    return [_money_in(currency, lines) for currency in sorted(currencies, key=lambda currency: currency or "")]


def _money_in(currency: str | None, lines: Sequence[Line]) -> MoneySums:
    lines = [line for line in lines if line.session.currency in {currency, None}]
    own = [line for line in lines if line.session.currency == currency]
    return MoneySums(
        currency=currency,
        cost=_known_total(line.cost for line in own),
        saving=_known_total(line.saving for line in own),
        is_cost_complete=all(line.cost is not None for line in lines),
        is_saving_complete=all(line.saving is not None for line in lines),
    )


def _known_total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return _total(known) if known else None


def _total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal("0.00"))


def _rounded_or_unknown(amount: float | None) -> Decimal | None:
    return None if amount is None else _rounded(Decimal(str(amount)))


def _rounded(amount: Decimal) -> Decimal:
    """To hundredths, halves away from zero; 0.00 rather than -0.00."""
    return amount.quantize(_STEP, ROUND_HALF_UP) + 0

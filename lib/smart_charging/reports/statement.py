"""The sums of a report, made of rounded figures so that whoever adds up the rows gets the printed total."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import tzinfo
from decimal import ROUND_HALF_UP, Decimal

from smart_charging.errors import ConfigError
from smart_charging.reports.month import Month
from smart_charging.reports.source import Amount, By, Kind, Money, Party, ReportedSession

_STEP = Decimal("0.01")
_PERCENT = 100


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
    money: Mapping[Money, Decimal | None]
    paid_back: Decimal | None
    """The rounded energy at the rate, rounded; None without a rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneySums:
    """Sums in one currency; None where not one of the amounts is known."""

    currency: str | None
    amounts: Mapping[Money, Decimal | None]
    incomplete: Set[Money]
    """Of which amounts are unknown in sessions of this or an unknown currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Sums of several sessions; those of money are kept apart by currency."""

    sessions: int
    energy_kwh: Decimal
    money: Sequence[MoneySums]
    """At least one, by currency."""
    unknown: Mapping[Money, int]
    """Of how many sessions an amount is unknown, which is missing in the sums."""
    paid_back: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyStatement:
    """The sessions of one charger, driver or card, in the order they ended."""

    party: Party
    """By its newest name."""
    lines: Sequence[Line]
    sums: Sums


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A month's sessions by charger, driver or card."""

    month: Month
    zone: tzinfo
    is_over: bool
    """Whether the month is, so that nothing can be added."""
    kind: Kind
    by: By
    columns: Sequence[Money]
    rate: Rate | None
    vat_percent: Decimal | None
    parties: Sequence[PartyStatement]
    """By name."""
    total: Sums


def statement_of(
    sessions: Sequence[ReportedSession],
    *,
    month: Month,
    zone: tzinfo,
    is_over: bool,
    kind: Kind,
    by: By = By.CHARGER,
    rate: Rate | None = None,
    vat_percent: Decimal | None = None,
) -> Statement:
    """Sum up the sessions of a month; a rate without a currency is in that of the sessions.

    Args:
        vat_percent: How much VAT there is in the first column of money.

    Raises:
        ConfigError: The sessions have several currencies, and the rate does not say in which it is.
    """
    if rate and rate.currency is None:
        rate = Rate(per_kwh=rate.per_kwh, currency=_only_currency(sessions))
    columns = list(_columns(sessions, kind, vat_percent))
    by_party: defaultdict[str, list[Line]] = defaultdict(list)
    for session in sorted(sessions, key=lambda one: one.ended_at):
        by_party[session.party(by).key].append(_line(session, columns, rate, vat_percent))
    parties = [_of_party(lines, by, columns, rate) for lines in by_party.values()]
    parties.sort(key=lambda one: (one.party.name.casefold(), one.party.key))
    return Statement(
        month=month,
        zone=zone,
        is_over=is_over,
        kind=kind,
        by=by,
        columns=columns,
        rate=rate,
        vat_percent=vat_percent,
        parties=parties,
        total=_sums([line for each in parties for line in each.lines], columns, rate),
    )


def _only_currency(sessions: Sequence[ReportedSession]) -> str | None:
    currencies = sorted({session.currency for session in sessions if session.currency})
    if len(currencies) > 1:
        raise ConfigError(f"--rate: the sessions are in {' and '.join(currencies)}; write --currency and the rate's")
    return next(iter(currencies), None)


def _columns(sessions: Sequence[ReportedSession], kind: Kind, vat_percent: Decimal | None) -> Iterator[Money]:
    first, *others = kind.money
    yield first
    if vat_percent is not None:
        yield Money.VAT
    for column in others:
        if column not in kind.optional or any(_amount(session, column) is not None for session in sessions):
            yield column


def _of_party(lines: Sequence[Line], by: By, columns: Sequence[Money], rate: Rate | None) -> PartyStatement:
    return PartyStatement(party=lines[-1].session.party(by), lines=lines, sums=_sums(lines, columns, rate))


def _line(session: ReportedSession, columns: Sequence[Money], rate: Rate | None, vat_percent: Decimal | None) -> Line:
    energy_kwh = _rounded(Decimal(str(session.energy_kwh)))
    money: dict[Money, Decimal | None]
    money = {column: _rounded_or_unknown(_amount(session, column)) for column in columns if column is not Money.VAT}
    if vat_percent is not None:
        gross = money[columns[0]]
        money[Money.VAT] = None if gross is None else _rounded(gross * vat_percent / (_PERCENT + vat_percent))
    return Line(
        session=session,
        energy_kwh=energy_kwh,
        money=money,
        paid_back=_rounded(energy_kwh * rate.per_kwh) if rate else None,
    )


def _amount(session: ReportedSession, column: Money) -> Amount | None:
    return {Money.PRICE: session.price, Money.COST: session.cost, Money.SAVING: session.saving}[column]


def _sums(lines: Sequence[Line], columns: Sequence[Money], rate: Rate | None) -> Sums:
    return Sums(
        sessions=len(lines),
        energy_kwh=_total(line.energy_kwh for line in lines),
        money=_money(lines, columns),
        unknown={column: sum(line.money[column] is None for line in lines) for column in columns},
        paid_back=_total(line.paid_back or Decimal(0) for line in lines) if rate else None,
    )


def _money(lines: Sequence[Line], columns: Sequence[Money]) -> Sequence[MoneySums]:
    """By currency; sessions of which no amount is known need none of their own."""
    known = [line for line in lines if any(amount is not None for amount in line.money.values())]
    currencies = {line.session.currency for line in known or lines} or {None}
    ordered = sorted(currencies, key=lambda currency: currency or "")
    return [_money_in(currency, lines, columns) for currency in ordered]


def _money_in(currency: str | None, lines: Sequence[Line], columns: Sequence[Money]) -> MoneySums:
    lines = [line for line in lines if line.session.currency in {currency, None}]
    own = [line for line in lines if line.session.currency == currency]
    return MoneySums(
        currency=currency,
        amounts={column: _known_total(line.money[column] for line in own) for column in columns},
        incomplete={column for column in columns if any(line.money[column] is None for line in lines)},
    )


def _known_total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return _total(known) if known else None


def _total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal("0.00"))


def _rounded_or_unknown(amount: Amount | None) -> Decimal | None:
    return None if amount is None else _rounded(Decimal(str(amount)))


def _rounded(amount: Decimal) -> Decimal:
    """To hundredths, halves away from zero; 0.00 rather than -0.00."""
    return amount.quantize(_STEP, ROUND_HALF_UP) + 0

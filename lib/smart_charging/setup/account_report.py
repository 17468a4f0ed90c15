"""What the check of an account has found, as lines for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from smart_charging.charger import Charger
from smart_charging.clouds.link import Account, Scope
from smart_charging.clouds.opening import words_of
from smart_charging.clouds.words import CloudWords
from smart_charging.printable import printable

_SAME_CLOCK_WITHIN = timedelta(seconds=2)
"""The cloud's time comes in whole seconds, and the answer takes a moment."""


@dataclass(slots=True, kw_only=True)
class Report:
    """What is known of the account; the check fills it while it reads."""

    cloud: str
    """As `cloud:` in apps.yaml."""
    chargers: Sequence[Charger] = ()
    account: Account | None = None
    """None for a cloud that does not tell, and while it has not been read."""
    wallet: str | None = None
    """What there is to say about the wallet."""
    wallet_currency: str | None = None
    notes: list[str] = field(default_factory=list)
    """Sentences of the cloud's own, about the login and where the ids are."""
    apps: list[str] = field(default_factory=list)
    """The lines of a first apps.yaml."""
    problems: list[str] = field(default_factory=list)
    """Each one says what to do."""


def as_lines(report: Report) -> Iterator[str]:
    """All but the problems."""
    if report.chargers:
        yield from _table(report.chargers, report.account)
        yield ""
    if report.wallet:
        yield f"wallet: {report.wallet}"
    if report.account:
        yield from _connection(report.account, words_of(report.cloud))
    yield from report.notes
    if report.apps:
        yield from ("", "# apps.yaml", *report.apps)


def as_json(report: Report) -> Mapping[str, object]:
    """All of it; null for what the cloud does not tell."""
    account = report.account
    ahead = account.clock_ahead if account else None
    return {
        "cloud": report.cloud,
        "is_ok": not report.problems,
        "chargers": [_charger_facts(charger, account) for charger in report.chargers],
        "wallet_currency": report.wallet_currency,
        "quota_requests": account.quota if account else None,
        "quota_window_s": account.window.total_seconds() if account and account.window else None,
        "clock_ahead_s": None if ahead is None else ahead.total_seconds(),
        "notes": report.notes,
        "problems": report.problems,
        "apps_yaml": "\n".join([*report.apps, ""]) if report.apps else None,
    }


def _charger_facts(charger: Charger, account: Account | None) -> Mapping[str, object]:
    return {
        "charger_id": charger.id,
        "name": charger.name,
        "state": charger.state,
        "is_plugged_in": charger.is_plugged_in,
        "is_for_cars": charger.is_for_cars,
        "may_see_charges": charger.may_see_charges,
        "may_start_and_stop": _may_control(charger, account),
    }


def _table(chargers: Sequence[Charger], account: Account | None) -> Iterator[str]:
    rows = [("id", "name", "state", "cable", "you may")]
    rows += [(c.id, printable(c.name), c.state, "in" if c.is_plugged_in else "out", _may(c, account)) for c in chargers]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _may(charger: Charger, account: Account | None) -> str:
    """What the login may do; taken to include commands for a cloud that does not report it."""
    look = "look" if charger.may_see_charges else "look, but not at charges"
    allowed = f"{look}, start and stop" if _may_control(charger, account) else look
    return allowed if charger.is_for_cars else f"{allowed} (a socket)"


def _may_control(charger: Charger, account: Account | None) -> bool:
    return charger.may_be_commanded and (account is None or Scope.CONTROL in account.scopes)


def _connection(account: Account, words: CloudWords) -> Iterator[str]:
    if account.quota and account.window:
        yield f"quota: {account.quota} requests in {account.window.total_seconds():g} s, for all programs together"
    yield f"clock: {clock_text(account.clock_ahead, words)}"


def clock_text(ahead: timedelta | None, words: CloudWords) -> str:
    """This machine's clock beside the cloud's."""
    if ahead is None:
        return f"{words.name} does not report its time"
    if abs(ahead) < _SAME_CLOCK_WITHIN:
        return f"the same as {words.name}'s"
    difference = timedelta(seconds=round(abs(ahead).total_seconds()))
    return f"{difference} {'ahead of' if ahead > timedelta(0) else 'behind'} {words.name}'s"

"""Checks an account before anything is installed: its chargers, and what the credentials may do."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from smart_charging.charger import CLOCKS_MAY_DIFFER_BY, Charger
from smart_charging.clouds.link import Account, Scope
from smart_charging.clouds.opening import open_cloud, settings_of, words_of
from smart_charging.clouds.protocol import ChargerCloud, HasAccount, HasFindings, HasWallet, LogsIn
from smart_charging.clouds.words import CloudWords
from smart_charging.config.arguments import parse
from smart_charging.config.defaults import TOKEN_FILE
from smart_charging.entities.names import AccountNames
from smart_charging.errors import (
    AuthError,
    ChargingError,
    CloudError,
    ConfigError,
    NotPermittedError,
    RateLimitedError,
    TransportError,
)
from smart_charging.printable import printable
from smart_charging.setup.apps_yaml import first_apps
from smart_charging.setup.asked_account import AskedAccount, AskedLogin

NO_CHARGERS = (
    "these credentials are given no charge points, as happens to mere members of somebody else's team; "
    "use an application made by the charge points' owner"
)
_SAME_CLOCK_WITHIN = timedelta(seconds=2)
"""The cloud's time comes in whole seconds, and the answer takes a moment."""


@dataclass(slots=True, kw_only=True)
class Report:
    """The lines to print."""

    findings: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Each one says what to do."""


async def check_account(asked: AskedAccount) -> Report:
    """Log in and read everything; nothing is changed and nothing is stored, not even tokens."""
    report = Report()
    try:
        async with aclosing(opened(asked)) as cloud:
            if asked.login:
                report.findings.append(await _log_in(cloud, asked.login))
            await _read_all(cloud, report, asked)
    except ChargingError as err:
        report.problems.append(_what_to_do(err, asked))
    return report


async def chargers_of_account(asked: AskedAccount) -> Sequence[Charger]:
    """The account's chargers, at least one.

    Raises:
        ConfigError: There are none, or they cannot be read; the message says what to do.
    """
    report = Report()
    chargers: Sequence[Charger] = ()
    try:
        async with aclosing(opened(asked)) as cloud:
            chargers = await _chargers(cloud, report)
    except ChargingError as err:
        report.problems.append(_what_to_do(err, asked))
    if report.problems:
        raise ConfigError(report.problems[0])
    return _for_cars(chargers)


def opened(asked: AskedAccount) -> ChargerCloud:
    """A connection that the caller has to close; it logs nothing.

    Raises:
        ConfigError: The arguments or credentials are missing or wrong.
    """
    silent = logging.getLogger("smart_charging.check")
    silent.setLevel(logging.CRITICAL + 1)  # the report says the same
    settings = parse(settings_of(asked.cloud), {**asked.arguments, "cloud": asked.cloud, "base_url": asked.base_url})
    token_file = _token_file(asked) if asked.login else None
    return open_cloud(settings, asked.credentials_file, token_file=token_file, log=silent)


def _token_file(asked: AskedAccount) -> Path:
    """The monitor's, so that it goes on with the session."""
    suffix = AccountNames(words=words_of(asked.cloud), account=asked.account).suffix
    return asked.credentials_file.parent / TOKEN_FILE.format(suffix=suffix)


async def _log_in(cloud: ChargerCloud, login: AskedLogin) -> str:
    if not isinstance(cloud, LogsIn):
        raise ConfigError(f"{cloud.words.name} needs no login by hand; leave --login out")
    return await cloud.log_in(password=login.password, code=login.code)


async def _read_all(cloud: ChargerCloud, report: Report, asked: AskedAccount) -> None:
    account = await cloud.account() if isinstance(cloud, HasAccount) else None
    if isinstance(cloud, HasWallet):
        report.findings.append(f"wallet: {await _wallet(cloud, report)}")
    if account:
        report.findings += _connection(account, cloud.words)
    if isinstance(cloud, HasFindings):
        report.findings += await cloud.findings()
    chargers = await _chargers(cloud, report)
    report.problems += _shortcomings(chargers, account, cloud.words)
    if chargers:
        report.findings[:0] = [*_table(chargers, account), ""]
        apps = first_apps(
            [one for one in _for_cars(chargers) if one.may_be_commanded] or _for_cars(chargers),
            cloud=asked.cloud,
            credentials_file=asked.credentials_file.name,
            base_url=asked.base_url,
            arguments={**({"account": asked.account} if asked.account else {}), **asked.arguments},
        )
        report.findings += ["", "# apps.yaml", *apps]


async def _chargers(cloud: ChargerCloud, report: Report) -> Sequence[Charger]:
    try:
        chargers = await cloud.chargers()
    except NotPermittedError:
        problem = _not_permitted("see charge points", Scope.CHARGERS, cloud.words)
        report.problems.append(f"{problem}, or ask the team that owns them")
        return ()
    if not chargers:
        report.problems.append(NO_CHARGERS)
    return chargers


def _for_cars(chargers: Sequence[Charger]) -> Sequence[Charger]:
    """Without household sockets, unless there is nothing else."""
    return [charger for charger in chargers if charger.is_for_cars] or chargers


async def _wallet(cloud: HasWallet, report: Report) -> str:
    """A line about the wallet's currency; charging works without a wallet."""
    try:
        wallet = await cloud.wallet(transactions=0)
    except NotPermittedError:
        return f"not to be seen without the scope {Scope.WALLET}; charging works all the same"
    except (TransportError, AuthError):
        raise
    except CloudError as err:
        report.problems.append(f"{err}; charging works all the same, please report this line")
        return "cannot be read"
    return f"in {wallet.currency}" if wallet.currency else "without a currency"


def _table(chargers: Sequence[Charger], account: Account | None) -> Iterator[str]:
    rows = [("id", "name", "state", "cable", "you may")]
    rows += [(c.id, printable(c.name), c.state, "in" if c.is_plugged_in else "out", _may(c, account)) for c in chargers]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _may(charger: Charger, account: Account | None) -> str:
    """What the login may do; taken to include commands for a cloud that does not report it."""
    look = "look" if charger.may_see_charges else "look, but not at charges"
    may_control = charger.may_be_commanded and (account is None or Scope.CONTROL in account.scopes)
    allowed = f"{look}, start and stop" if may_control else look
    return allowed if charger.is_for_cars else f"{allowed} (a socket)"


def _connection(account: Account, words: CloudWords) -> Iterator[str]:
    if account.quota and account.window:
        yield f"quota: {account.quota} requests in {account.window.total_seconds():g} s, for all programs together"
    yield f"clock: {_clock(account.clock_ahead, words)}"


def _clock(ahead: timedelta | None, words: CloudWords) -> str:
    if ahead is None:
        return f"{words.name} does not report its time"
    if abs(ahead) < _SAME_CLOCK_WITHIN:
        return f"the same as {words.name}'s"
    difference = timedelta(seconds=round(abs(ahead).total_seconds()))
    return f"{difference} {'ahead of' if ahead > timedelta(0) else 'behind'} {words.name}'s"


def _shortcomings(chargers: Sequence[Charger], account: Account | None, words: CloudWords) -> Iterator[str]:
    if not all(charger.may_see_charges for charger in chargers):
        yield _not_permitted("see charges", Scope.CHARGES, words)
    if account is None:
        return
    if Scope.CONTROL not in account.scopes:
        yield _not_permitted("start and stop", Scope.CONTROL, words)
    if account.clock_ahead and abs(account.clock_ahead) > CLOCKS_MAY_DIFFER_BY:
        clock = _clock(account.clock_ahead, words)
        yield f"this machine's clock is {clock}; set it right (NTP), or charging starts too late"


def _not_permitted(what: str, scope: Scope, words: CloudWords) -> str:
    return f"not permitted to {what}; {words.scope_hint.format(scope=scope)}"


def _what_to_do(error: ChargingError, asked: AskedAccount) -> str:
    match error:
        case RateLimitedError():
            until = error.retry_at.astimezone()
            return f"rate limited until {until:%H:%M:%S}, by all programs with these credentials; try again then"
        case TransportError():
            return f"{error}; look at this machine's network, and try again later"
        case AuthError() if not error.says_what_to_do:
            words = words_of(asked.cloud)
            return f"{words.name} refuses the login in {asked.credentials_file}; {words.login_hint}"
        case AuthError() | ConfigError() | NotPermittedError():
            return str(error)
        case _:
            return f"{error}; please report this line"

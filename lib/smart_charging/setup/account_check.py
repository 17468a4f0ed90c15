"""Checks an account before anything is installed: its chargers, and what the credentials may do."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import aclosing
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
    NoWalletError,
    RateLimitedError,
    TransportError,
)
from smart_charging.setup.account_report import Report, clock_text
from smart_charging.setup.apps_yaml import first_apps
from smart_charging.setup.asked_account import AskedAccount, AskedLogin

NO_CHARGERS = (
    "these credentials are given no charge points, as happens to mere members of somebody else's team; "
    "use an application made by the charge points' owner"
)


async def check_account(asked: AskedAccount) -> Report:
    """Log in and read everything; nothing is changed and nothing is stored, not even tokens."""
    report = Report(cloud=asked.cloud)
    try:
        async with aclosing(opened(asked)) as cloud:
            if asked.login:
                report.notes.append(await _log_in(cloud, asked.login))
            await _read_all(cloud, report, asked)
    except ChargingError as err:
        report.problems.append(_what_to_do(err, asked))
    return report


async def chargers_of_account(asked: AskedAccount) -> Sequence[Charger]:
    """The account's chargers, at least one.

    Raises:
        ConfigError: There are none, or they cannot be read; the message says what to do.
    """
    report = Report(cloud=asked.cloud)
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
    report.account = account = await cloud.account() if isinstance(cloud, HasAccount) else None
    if isinstance(cloud, HasWallet):
        report.wallet = await _wallet(cloud, report)
    if isinstance(cloud, HasFindings):
        report.notes += await cloud.findings()
    report.chargers = chargers = await _chargers(cloud, report)
    report.problems += _shortcomings(chargers, account, cloud.words)
    if chargers:
        report.apps += first_apps(
            [one for one in _for_cars(chargers) if one.may_be_commanded] or _for_cars(chargers),
            cloud=asked.cloud,
            credentials_file=asked.credentials_file.name,
            base_url=asked.base_url,
            arguments={**({"account": asked.account} if asked.account else {}), **asked.arguments},
        )


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
    except NoWalletError as err:
        return f"none is shown: {err}"
    except (TransportError, AuthError):
        raise
    except CloudError as err:
        report.problems.append(f"{err}; charging works all the same, please report this line")
        return "cannot be read"
    report.wallet_currency = wallet.currency
    return f"in {wallet.currency}" if wallet.currency else "without a currency"


def _shortcomings(chargers: Sequence[Charger], account: Account | None, words: CloudWords) -> Iterator[str]:
    if not all(charger.may_see_charges for charger in chargers):
        yield _not_permitted("see charges", Scope.CHARGES, words)
    if account is None:
        return
    if Scope.CONTROL not in account.scopes:
        yield _not_permitted("start and stop", Scope.CONTROL, words)
    if account.clock_ahead and abs(account.clock_ahead) > CLOCKS_MAY_DIFFER_BY:
        clock = clock_text(account.clock_ahead, words)
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

"""Print a Home Assistant package for your chargers: scripts that answer, switches, buttons, helpers; or a dashboard.

Reads the chargers from the account, unless they are given. Changes nothing and stores nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import re
from collections.abc import Sequence

from smart_charging.charger import Charger
from smart_charging.cli.account import add_account_arguments, asked_of
from smart_charging.cli.complaints import complain
from smart_charging.clouds.opening import words_of
from smart_charging.entities.names import AccountNames
from smart_charging.errors import ConfigError
from smart_charging.setup.ha_dashboard import ha_dashboard
from smart_charging.setup.ha_package import ha_package


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `package`."""
    parser.epilog = "Such as: smart-charging package --credentials secrets.yaml > monta.yaml, in the folder packages."
    parser.add_argument(
        "--charger",
        action="append",
        default=[],
        type=_charger,
        metavar="ID=NAME",
        help="a charge point's id, and its name or alias; once per charger, instead of asking the account",
    )
    parser.add_argument(
        "--mqtt", action="store_true", help="leave out what the apps bring themselves where they say writer: mqtt"
    )
    parser.add_argument(
        "--dashboard", action="store_true", help="print the dashboard instead; its first lines say where to save it"
    )
    add_account_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the package or the dashboard; returns 1, with the reason on stderr, if there are no chargers."""
    try:
        chargers = _once(arguments.charger) if arguments.charger else _of_account(arguments)
    except ConfigError as err:
        complain("smart-charging package", str(err))
        return 1
    made = ha_dashboard if arguments.dashboard else ha_package
    names = AccountNames(words=words_of(arguments.cloud), account=arguments.account)
    print(made(chargers, names, mqtt=arguments.mqtt), end="")
    return 0


def _of_account(arguments: argparse.Namespace) -> Sequence[Charger]:
    from smart_charging.setup.account_check import chargers_of_account  # noqa: PLC0415  # given chargers need no HTTP

    return asyncio.run(chargers_of_account(asked_of(arguments)))


def _once(chargers: Sequence[Charger]) -> Sequence[Charger]:
    ids = [charger.id for charger in chargers]
    if twice := {charger_id for charger_id in ids if ids.count(charger_id) > 1}:
        raise ConfigError(f"--charger {min(twice)} is there twice; write every id once")
    return chargers


def _charger(text: str) -> Charger:
    """A charger of which only id and name are known."""
    charger_id, _, name = (part.strip() for part in text.partition("="))
    if not re.fullmatch(r"[\w:.-]+", charger_id, re.ASCII) or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not an id and a name such as 410002=Garage")
    return Charger.named(charger_id, name)

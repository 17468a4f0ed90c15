"""Check the credentials: what the account holds, what may be done there, and an apps.yaml for it.

Changes nothing and stores nothing, but the session of a login that was asked for. The exit code is 0 only if nothing
prevents charging.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from dataclasses import replace
from getpass import getpass

from smart_charging.cli.account import add_account_arguments, asked_of
from smart_charging.cli.complaints import complain
from smart_charging.errors import ConfigError
from smart_charging.setup.account_check import check_account
from smart_charging.setup.account_report import as_json, as_lines
from smart_charging.setup.asked_account import AskedLogin


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `check`."""
    parser.epilog = "Such as: smart-charging check --credentials secrets.yaml; with exit code 0 nothing is in the way."
    add_account_arguments(parser)
    parser.add_argument(
        "--login",
        action="store_true",
        help="log in once and store the session for the apps, at clouds where that can be done by hand; asks for the "
        "password, which is not stored",
    )
    parser.add_argument("--code", metavar="CODE", help="with --login: the one-time code that the cloud asked for")
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")


def run(arguments: argparse.Namespace) -> int:
    """Print what was found; returns 1 if something is wrong, with a line on stderr for each problem."""
    asked = asked_of(arguments)
    if arguments.login:
        asked = replace(asked, login=AskedLogin(password=_typed_password(arguments), code=arguments.code))
    report = asyncio.run(check_account(asked))
    if arguments.json:
        print(json.dumps(as_json(report), indent=2, ensure_ascii=False))
    else:
        for line in as_lines(report):
            print(line)
    for problem in report.problems:
        complain("smart-charging check", problem)
    return 1 if report.problems else 0


def _typed_password(arguments: argparse.Namespace) -> str | None:
    try:
        return getpass(f"password (empty: the one in {arguments.credentials}): ") or None
    except EOFError:
        raise ConfigError("--login asks for a password; call it in a terminal") from None

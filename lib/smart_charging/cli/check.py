"""Check the credentials: what the account holds, what may be done there, and an apps.yaml for it.

Changes nothing and keeps nothing. Exit code 0 only if nothing is in the way of charging.
"""

from __future__ import annotations

import argparse
import asyncio
import sys

from smart_charging.cli.account import add_account_arguments, asked_of
from smart_charging.setup.account_check import check_account


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The check's options."""
    add_account_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print what was found; if something is wrong, a line of it on stderr for each, and 1."""
    report = asyncio.run(check_account(asked_of(arguments)))
    for line in report.findings:
        print(line)
    for problem in report.problems:
        print(f"smart-charging check: {problem}", file=sys.stderr)
    return 1 if report.problems else 0

"""Check the credentials: what the account holds, what may be done there, and an apps.yaml for it.

Changes nothing and stores nothing. The exit code is 0 only if nothing prevents charging.
"""

from __future__ import annotations

import argparse
import asyncio
import sys

from smart_charging.cli.account import add_account_arguments, asked_of
from smart_charging.setup.account_check import check_account


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `check`."""
    add_account_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print what was found; returns 1, with a line on stderr for each problem, if something is wrong."""
    report = asyncio.run(check_account(asked_of(arguments)))
    for line in report.findings:
        print(line)
    for problem in report.problems:
        print(f"smart-charging check: {problem}", file=sys.stderr)
    return 1 if report.problems else 0

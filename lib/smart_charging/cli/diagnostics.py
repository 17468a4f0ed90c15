"""Print a report to send along with a fault: versions, and what the cloud answers, without anything private.

Changes nothing and stores nothing. With the apps running, the service smart_charging/diagnostics tells more.
"""

from __future__ import annotations

import argparse
import asyncio
import json

from smart_charging import __version__
from smart_charging.cli.account import add_account_arguments, asked_of
from smart_charging.cli.complaints import complain
from smart_charging.setup.diagnostics import account_diagnostics


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `diagnostics`."""
    add_account_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the report as JSON; returns 1 if the account could not be read."""
    report = asyncio.run(account_diagnostics(asked_of(arguments), version=__version__))
    print(json.dumps(report, indent=2, default=str))
    if problem := report.get("problem"):
        complain("smart-charging diagnostics", f"the account could not be read, which is in the report, too: {problem}")
    return 1 if problem else 0

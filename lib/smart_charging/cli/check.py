"""Check Monta's credentials: what the account holds, what may be done there, and an apps.yaml for it.

Changes nothing and keeps nothing. Exit code 0 only if nothing is in the way of charging.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from smart_charging.config import CREDENTIALS_FILE
from smart_charging.services.setup_check import check_setup


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The check's options."""
    parser.add_argument(
        "--credentials",
        type=Path,
        default=Path(CREDENTIALS_FILE),
        metavar="FILE",
        help=f"the file with the client id and secret (default: {CREDENTIALS_FILE} in this folder)",
    )
    parser.add_argument("--base-url", metavar="URL", help="where the cloud answers (default: Monta's own address)")


def run(arguments: argparse.Namespace) -> int:
    """Print what was found; if something is wrong, a line of it on stderr for each, and 1."""
    report = asyncio.run(check_setup(arguments.credentials, arguments.base_url))
    for line in report.findings:
        print(line)
    for problem in report.problems:
        print(f"smart-charging check: {problem}", file=sys.stderr)
    return 1 if report.problems else 0

"""The options of every command that logs in at a cloud."""

from __future__ import annotations

import argparse
from pathlib import Path

from smart_charging.config.defaults import CREDENTIALS_FILE


def add_login_arguments(parser: argparse.ArgumentParser) -> None:
    """Add `--credentials` and `--base-url`."""
    add_credentials_argument(parser)
    parser.add_argument("--base-url", metavar="URL", help="where the cloud answers (default: the cloud's own address)")


def add_credentials_argument(parser: argparse.ArgumentParser) -> None:
    """Add `--credentials`, a path."""
    parser.add_argument(
        "--credentials",
        type=Path,
        default=Path(CREDENTIALS_FILE),
        metavar="FILE",
        help=f"the file with the login (default: {CREDENTIALS_FILE} in this folder)",
    )

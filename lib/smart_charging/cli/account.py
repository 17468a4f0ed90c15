"""The options of every command that asks the account itself."""

from __future__ import annotations

import argparse
from pathlib import Path

from smart_charging.config.file_names import CREDENTIALS_FILE


def add_account_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the credentials are, and where the cloud answers: `credentials` and `base_url`."""
    parser.add_argument(
        "--credentials",
        type=Path,
        default=Path(CREDENTIALS_FILE),
        metavar="FILE",
        help=f"the file with the client id and secret (default: {CREDENTIALS_FILE} in this folder)",
    )
    parser.add_argument("--base-url", metavar="URL", help="where the cloud answers (default: Monta's own address)")

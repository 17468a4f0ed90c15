"""The options of every command that reads the account."""

from __future__ import annotations

import argparse
from pathlib import Path

from smart_charging.clouds.opening import KNOWN_CLOUDS
from smart_charging.config.defaults import CREDENTIALS_FILE, DEFAULT_CLOUD
from smart_charging.setup.asked_account import AskedAccount


def add_account_arguments(parser: argparse.ArgumentParser) -> None:
    """Add `--cloud`, `--credentials` and `--base-url`."""
    parser.add_argument(
        "--cloud", default=DEFAULT_CLOUD, choices=KNOWN_CLOUDS, help=f"whose chargers (default: {DEFAULT_CLOUD})"
    )
    parser.add_argument(
        "--credentials",
        type=Path,
        default=Path(CREDENTIALS_FILE),
        metavar="FILE",
        help=f"the file with the login (default: {CREDENTIALS_FILE} in this folder)",
    )
    parser.add_argument("--base-url", metavar="URL", help="where the cloud answers (default: the cloud's own address)")


def asked_of(arguments: argparse.Namespace) -> AskedAccount:
    """The account that the options name."""
    return AskedAccount(cloud=arguments.cloud, credentials_file=arguments.credentials, base_url=arguments.base_url)

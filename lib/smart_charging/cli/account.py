"""The options of every command that reads the account."""

from __future__ import annotations

import argparse

from smart_charging.cli.login import add_login_arguments
from smart_charging.clouds.opening import KNOWN_CLOUDS
from smart_charging.config.defaults import DEFAULT_CLOUD
from smart_charging.setup.asked_account import AskedAccount


def add_account_arguments(parser: argparse.ArgumentParser) -> None:
    """Add `--cloud`, `--credentials`, `--base-url`, `--set` and `--account`."""
    parser.add_argument(
        "--cloud",
        default=DEFAULT_CLOUD,
        choices=KNOWN_CLOUDS,
        help=f"whose chargers (default: {DEFAULT_CLOUD})",
    )
    add_login_arguments(parser)
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        type=_argument,
        metavar="NAME=VALUE",
        help="an argument of the monitor that only this cloud has, such as site_id=123456; once per argument",
    )
    parser.add_argument("--account", metavar="NAME", help="the monitor's argument account, where it has one")


def asked_of(arguments: argparse.Namespace) -> AskedAccount:
    """The account that the options name."""
    return AskedAccount(
        cloud=arguments.cloud,
        credentials_file=arguments.credentials,
        base_url=arguments.base_url,
        account=arguments.account,
        arguments=dict(arguments.set),
    )


def _argument(text: str) -> tuple[str, object]:
    """As apps.yaml would have it."""
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise argparse.ArgumentTypeError(f"{text!r} is not a name and a value such as site_id=123456")
    import yaml  # noqa: PLC0415  # most commands are called without

    try:
        return name, yaml.safe_load(value)
    except yaml.YAMLError:
        return name, value

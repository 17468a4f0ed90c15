"""`smart-charging`, with a word behind it that says what to do."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Protocol, cast

from smart_charging import __version__


class Command(Protocol):
    """A module of this folder that is one word of the command line."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Say which options there are."""
        ...

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it; the exit code."""
        ...


COMMANDS: Mapping[str, str] = {
    "check": "Check the credentials: what the account holds, what may be done there, and an apps.yaml for it.",
    "demo": "Play a night in two minutes: a stand-in for Monta's cloud, a real AppDaemon, these apps.",
    "package": "Print a Home Assistant package for your chargers: "
    "scripts that answer, switches, buttons, helpers; or a dashboard.",
    "plan": "Plan the cheapest charging of one car, from a file of prices.",
    "prices": "Print what is understood of a price source, and what its prices are with the tariff.",
    "sessions": "List the sessions that were booked, and sum them by month.",
}
"""The modules and the first lines of their docstrings, written down so that listing them imports none."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the answer is the exit code."""
    written = sys.argv[1:] if arguments is None else arguments
    wanted = next((text for text in written if not text.startswith("-")), None)  # no option before it takes a value
    parser = argparse.ArgumentParser(prog="smart-charging", description=__doc__)
    parser.add_argument("--version", action="version", version=__version__)
    words = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for word, summary in COMMANDS.items():
        options = words.add_parser(word, help=summary, description=summary)
        if word == wanted:
            _command(word).add_arguments(options)
    return _run(parser.parse_args(written))


def _command(word: str) -> Command:
    """Only what the one command needs is imported, so that none waits for the others or fails with them."""
    return cast("Command", import_module(f"smart_charging.cli.{word}"))


def _run(chosen: argparse.Namespace) -> int:
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        # Home Assistant reads UTF-8, and CSV brings its own line ends; Windows would write neither into a file.
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    try:
        return _command(chosen.command).run(chosen)
    except BrokenPipeError:  # whoever read us has seen enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    sys.exit(main())

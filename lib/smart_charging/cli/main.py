"""`smart-charging`, with a word behind it that says what to do."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Protocol

from smart_charging import __version__
from smart_charging.cli import check, demo, package, plan, sessions


class Command(Protocol):
    """A module of this folder that is one word of the command line."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Say which options there are."""
        ...

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it; the exit code."""
        ...


COMMANDS: Mapping[str, Command] = {
    "check": check,
    "demo": demo,
    "package": package,
    "plan": plan,
    "sessions": sessions,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the answer is the exit code."""
    parser = argparse.ArgumentParser(prog="smart-charging", description=__doc__)
    parser.add_argument("--version", action="version", version=__version__)
    words = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for word, module in COMMANDS.items():
        summary = (module.__doc__ or "").splitlines()[0]
        module.add_arguments(words.add_parser(word, help=summary, description=summary))
    chosen = parser.parse_args(arguments)
    try:
        return COMMANDS[chosen.command].run(chosen)
    except BrokenPipeError:  # whoever read us has seen enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    sys.exit(main())

"""`smart-charging` with a command behind it."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Protocol, cast

from smart_charging import __version__
from smart_charging.cli.complaints import complain, did_you_mean, fault
from smart_charging.cli.parser import Parser
from smart_charging.errors import ChargingError
from smart_charging.printable import reason_of

PROGRAM = "smart-charging"
_ABOUT = "Tries out and sets up what charges the car when electricity is cheapest."
_HOW = "`smart-charging COMMAND --help` explains a command. `demo` shows what it is about, `check` begins the set-up."


class Command(Protocol):
    """A module of this folder that implements one command."""

    def add_arguments(self, parser: Parser) -> None:
        """Add the command's options."""
        ...

    def run(self, arguments: argparse.Namespace) -> int:
        """Run the command; returns the exit code.

        Raises:
            ChargingError: One sentence for the person; the exit code is 2.
        """
        ...


COMMANDS: Mapping[str, str] = {
    "check": "Check the credentials: what the account holds, what may be done there, and an apps.yaml for it.",
    "completion": "Print a script with which bash, zsh or fish completes commands, options and files.",
    "demo": "Play a night in two minutes: a stand-in for a cloud, a real AppDaemon, these apps.",
    "diagnostics": "Print a report to send along with a fault: "
    "versions, and what the cloud answers, without anything private.",
    "mcp": "Offer chargers, plans and Monta's operations as tools to a language model, by the Model Context Protocol.",
    "monta": "Call any operation of Monta's Partner API, by its group and name.",
    "package": "Print a Home Assistant package for your chargers: "
    "scripts that answer, switches, buttons, helpers; or a dashboard.",
    "plan": "Plan the cheapest charging of one car, from a file of prices.",
    "prices": "Print what is understood of a price source, and what its prices are with the tariff.",
    "report": "Sum up a month by charger: sessions, energy, cost and saving, to print or to hand in.",
    "sessions": "List the sessions that were booked, and sum them by month.",
}
"""The commands with the first lines of their docstrings, repeated here so that `--help` need not import them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. Whatever goes wrong is told in one line."""
    written = list(sys.argv[1:] if arguments is None else arguments)
    wanted = next((text for text in written if not text.startswith("-")), None)  # no option before it takes a value
    try:
        return _run(written, wanted)
    except BrokenPipeError:  # the reader has closed the pipe, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    except ChargingError as err:
        problem, code = str(err), 2
    except OSError as err:
        problem, code = f"{err.filename or 'the system'}: {reason_of(err)}", 2
    except ModuleNotFoundError as err:
        problem, code = f"the Python package {err.name} is missing; install this program anew, with pip", 1
    except Exception as err:  # noqa: BLE001  # whatever it is, a traceback tells people nothing to do
        problem, code = fault(err), 1
    complain(f"{PROGRAM} {wanted}", problem)
    return code


def _run(written: Sequence[str], wanted: str | None) -> int:
    parser, commands = parsers([wanted] if wanted and wanted in COMMANDS else [])
    if wanted is not None and wanted not in COMMANDS:
        parser.error(f"{wanted!r} is none of the commands {', '.join(COMMANDS)}{did_you_mean(wanted, COMMANDS)}")
    chosen, unknown = parser.parse_known_args(written)
    if unknown:
        commands.get(chosen.command, parser).refuse(unknown)
    if chosen.command is None:
        parser.print_help(sys.stderr)
        return 2
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        # Home Assistant reads UTF-8, and CSV brings its own line ends; Windows would write neither into a file.
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    return _command(chosen.command).run(chosen)


def parsers(with_options: Sequence[str]) -> tuple[Parser, Mapping[str, Parser]]:
    """The parser of all commands, and that of each; to know its options, a command has to be imported."""
    parser = Parser(prog=PROGRAM, description=_ABOUT, epilog=_HOW)
    parser.add_argument("--version", action="version", version=__version__)
    added = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands = {name: added.add_parser(name, help=text, description=text) for name, text in COMMANDS.items()}
    for name in with_options:
        _command(name).add_arguments(commands[name])
    return parser, commands


def _command(name: str) -> Command:
    """Import only the one command, so that it neither waits for the others nor fails with them."""
    return cast("Command", import_module(f"smart_charging.cli.{name}"))


if __name__ == "__main__":
    sys.exit(main())

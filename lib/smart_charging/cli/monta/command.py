"""`smart-charging monta GROUP OPERATION`, with a parser that is made only of what was asked for."""

from __future__ import annotations

import argparse
import shutil
import textwrap
from collections.abc import Iterator, Mapping, Sequence

from smart_charging.cli.complaints import complain
from smart_charging.cli.monta.names import WEBHOOK, WEBHOOK_ACTIONS, by_group
from smart_charging.cli.monta.options import Asked, asked_for
from smart_charging.cli.parser import Parser
from smart_charging.clouds.monta_partner.operations import Operation
from smart_charging.errors import (
    AuthError,
    ChargingError,
    CloudError,
    ConfigError,
    NotPermittedError,
    RateLimitedError,
    UsageError,
)

_PROGRAM = "smart-charging monta"
_REFUSED, _MISUSED, _NO_ACCESS, _LATER = 1, 2, 3, 4
_INDENT = 4


def add_arguments(parser: Parser) -> None:
    """Add group and operation; what stands behind them is for the operation's own parser."""
    parser.following = {**by_group(), WEBHOOK: WEBHOOK_ACTIONS}
    _describe(parser, "groups and their operations:", _group_lines())
    parser.add_argument("group", nargs="?", metavar="GROUP", choices=[*by_group(), WEBHOOK], help="such as charges")
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="OPERATION", help="such as list, with its options")


def run(arguments: argparse.Namespace) -> int:
    """Call the operation; returns 0, 1 (not done), 2 (wrong words), 3 (credentials) or 4 (try later)."""
    if arguments.group is None:
        raise ConfigError("write a group and an operation, such as charges list; --help names them all")
    prog = f"{_PROGRAM} {arguments.group}"
    try:
        return _performed(prog, arguments.group, arguments.words)
    except ChargingError as err:
        complain(prog, str(err))
        return _exit_code(err)


def _performed(prog: str, group: str, words: Sequence[str]) -> int:
    if group == WEBHOOK:
        from smart_charging.cli.monta import webhook  # noqa: PLC0415  # help needs no HTTP

        return webhook.perform(prog, words)
    asked = _asked(prog, by_group()[group], words)
    from smart_charging.cli.monta.sending import perform  # noqa: PLC0415  # as above

    return perform(asked)


def _asked(prog: str, operations: Mapping[str, Operation], words: Sequence[str]) -> Asked:
    parser = Parser(prog=prog)
    _describe(parser, "operations:", [f"{name:28}{one.does}" for name, one in operations.items()])
    parser.add_argument("operation", nargs="?", metavar="OPERATION", choices=operations, help="such as list")
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="OPTIONS", help="those that OPERATION --help lists")
    chosen = parser.parse_args(words)
    if chosen.operation is None:
        raise UsageError(f"write an operation behind it, one of {', '.join(operations)}")
    return asked_for(operations[chosen.operation], f"{prog} {chosen.operation}", chosen.words)


def _exit_code(error: ChargingError) -> int:
    match error:
        case RateLimitedError():
            return _LATER
        case AuthError() | NotPermittedError():
            return _NO_ACCESS
        case CloudError():
            return _REFUSED
        case _:
            return _MISUSED


def _describe(parser: argparse.ArgumentParser, title: str, lines: Sequence[str]) -> None:
    """Put the lines behind the options, as they are."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "\n".join([title, *(f"  {line}" for line in lines)])


def _group_lines() -> Sequence[str]:
    width = shutil.get_terminal_size().columns - _INDENT
    return [line for group, operations in by_group().items() for line in _wrapped(f"{group}: ", operations, width)]


def _wrapped(begin: str, names: Mapping[str, Operation], width: int) -> Iterator[str]:
    yield from textwrap.wrap(begin + ", ".join(names), width, subsequent_indent=" " * _INDENT, break_on_hyphens=False)

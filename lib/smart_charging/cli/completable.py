"""What a shell has to know of a command to complete it."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from smart_charging.cli.parser import Parser

_FILE = "FILE"
_MOST = 70
"""Characters of a description, so that it stays on a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option such as `--zone`."""

    name: str
    """The long one."""
    summary: str
    value: str | None
    """What stands for its value in the help; None for a flag."""
    choices: Sequence[str]
    """The values there are; empty where any will do."""
    may_repeat: bool

    @property
    def takes_file(self) -> bool:
        """Whether its value is a file's name."""
        return self.value == _FILE


@dataclass(frozen=True, slots=True, kw_only=True)
class Completable:
    """A command with its options."""

    name: str
    summary: str
    options: Sequence[Option]
    words: Sequence[str]
    """What may stand without an option before it, of a few choices."""
    following: Mapping[str, Sequence[str]]
    """What may stand right behind each of `words`; where there is any, `words` stand right behind the command only."""
    takes_files: bool
    """Whether names of files may, or several behind one option."""


def completable(name: str, parser: Parser, summary: str) -> Completable:
    """The command as its parser knows it."""
    options = [action for action in parser.arguments if action.option_strings]
    positional = [action for action in parser.arguments if not action.option_strings]
    several = [*positional, *(action for action in options if action.nargs == "+")]
    return Completable(
        name=name,
        summary=_short(summary),
        options=[_option(action) for action in options],
        words=[choice for action in positional for choice in action.choices or ()],
        following={word: list(words) for word, words in parser.following.items()},
        takes_files=any(action.metavar == _FILE for action in several),
    )


def _option(action: argparse.Action) -> Option:
    choices = [str(choice) for choice in action.choices or ()]
    return Option(
        name=action.option_strings[-1],
        summary=_short(action.help or ""),
        value=None if action.nargs == 0 else str(action.metavar or action.dest.upper()),
        choices=choices,
        may_repeat=isinstance(action.default, list) or action.nargs == "+",
    )


def _short(text: str) -> str:
    return textwrap.shorten(text, _MOST, placeholder="...")

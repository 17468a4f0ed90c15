"""Print a script with which bash, zsh or fish completes commands, options and files.

The script is made from the commands' own options, so it is printed anew after an update; it starts no Python itself.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence

from smart_charging.cli.completable import Completable, completable
from smart_charging.cli.shells import bash, fish, zsh
from smart_charging.errors import ConfigError

_SHELLS: Mapping[str, Callable[[Sequence[Completable]], str]] = {"bash": bash, "zsh": zsh, "fish": fish}
_WHERE = (
    'bash: put eval "$(smart-charging completion bash)" into ~/.bashrc; zsh: save it as _smart-charging in a folder '
    "of $fpath; fish: save it as ~/.config/fish/completions/smart-charging.fish"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the argument of `completion`."""
    parser.add_argument("shell", nargs="?", metavar="SHELL", choices=_SHELLS, help=_WHERE)


def run(arguments: argparse.Namespace) -> int:
    """Print the script."""
    if arguments.shell is None:
        raise ConfigError(f"write the shell's name behind it, one of {', '.join(_SHELLS)}")
    from smart_charging.cli.main import COMMANDS, parsers  # noqa: PLC0415  # it is what imports this module

    _, commands = parsers(list(COMMANDS))
    print(_SHELLS[arguments.shell]([completable(name, commands[name], COMMANDS[name]) for name in commands]), end="")
    return 0

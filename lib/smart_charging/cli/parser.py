"""argparse with shorter complaints, and with a memory of what was added."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NoReturn

from smart_charging.cli.complaints import complain, did_you_mean

_USAGE_ERROR = 2


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong and what may have been meant, instead of the whole usage."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.arguments: list[argparse.Action] = []
        """In the order added, with `--help` first."""
        self.following: Mapping[str, Collection[str]] = {}
        """What may stand right behind each word of the first argument."""
        super().__init__(*args, **kwargs)

    def add_argument(self, *args: Any, **kwargs: Any) -> argparse.Action:
        """As in argparse, save that a wrong choice is answered with the likely one; groups would escape the memory."""
        if choices := kwargs.get("choices"):
            kwargs.setdefault("type", _one_of(list(choices)))
        action = super().add_argument(*args, **kwargs)
        self.arguments.append(action)
        return action

    @property
    def options(self) -> Sequence[str]:
        """All options, such as `--zone`."""
        return [option for action in self.arguments for option in action.option_strings]

    def error(self, message: str) -> NoReturn:
        """Complain and exit with code 2."""
        complain(self.prog, f"{message.removeprefix('argument ')} ({self.prog} --help lists what can be written)")
        raise SystemExit(_USAGE_ERROR)

    def refuse(self, unknown: Sequence[str]) -> NoReturn:
        """Complain about words that nothing takes: of the first option among them, for other words may be its value."""
        word = next((word for word in unknown if word.startswith("-")), unknown[0])
        if not word.startswith("-"):
            self.error(f"{word!r} is one word too many")
        option = word.partition("=")[0]
        self.error(f"{option} is no option here{did_you_mean(option, self.options)}")


def _one_of(names: Sequence[str]) -> Callable[[str], str]:
    def chosen(text: str) -> str:
        if text not in names:
            raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(names)}{did_you_mean(text, names)}")
        return text

    return chosen

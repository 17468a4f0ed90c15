"""Lets whoever waits for a long search have a word between its steps, or end it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


def _nothing() -> None:
    """What is done between steps where nobody has a word."""


_between_steps: ContextVar[Callable[[], None]] = ContextVar("between_steps", default=_nothing)


class GivenUpError(BaseException):
    """Nobody needs the result any more; no `Exception`, as it is no bug that anything could go on after."""


def checkpoint() -> None:
    """Called between the steps of what takes long, such as the chargers of a plan.

    Raises:
        GivenUpError: It need not go on.
    """
    _between_steps.get()()


@contextmanager
def between_steps(call: Callable[[], None]) -> Iterator[None]:
    """Have this called at each checkpoint of what is done meanwhile, in this thread."""
    token = _between_steps.set(call)
    try:
        yield
    finally:
        _between_steps.reset(token)

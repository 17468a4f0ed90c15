"""The stand-in's bad days."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from enum import Enum, auto


class Failure(Enum):
    """What can go wrong with a request."""

    SERVER_ERROR = auto()
    HTML = auto()
    """A proxy's page, with status 200."""
    ERROR_ENVELOPE = auto()
    """An error in a body, with status 200."""
    RATE_LIMITED = auto()
    FORBIDDEN = auto()
    HANG = auto()
    """No answer ever, and nothing done."""
    CUT = auto()
    """The line goes dead before anything is done."""
    CUT_AFTER_ACTING = auto()
    """It is done, but the answer gets lost."""


class Failures:
    """What is to fail next, and for how long."""

    def __init__(self) -> None:
        self.outage: Failure | None = None
        """What happens to every request, until set to None."""
        self.done: Counter[Failure] = Counter()
        """How many requests failed which way."""
        self._next: deque[_Planned] = deque()

    def add(self, failure: Failure, target: str, times: int, method: str = "") -> None:
        """Let so many of the coming requests fail whose path and query begin like this; no method means any."""
        self._next.extend(_Planned(failure, target, method) for _ in range(times))

    def due(self, method: str, target: str) -> Failure | None:
        """What happens to this request, if anything; what was added happens once."""
        if failure := self.outage or self._planned(method, target):
            self.done[failure] += 1
        return failure

    def _planned(self, method: str, target: str) -> Failure | None:
        found = next((planned for planned in self._next if planned.fits(method, target)), None)
        if found is None:
            return None
        self._next.remove(found)
        return found.failure


@dataclass(frozen=True, slots=True)
class _Planned:
    failure: Failure
    target: str
    method: str

    def fits(self, method: str, target: str) -> bool:
        return target.startswith(self.target) and self.method in {"", method}

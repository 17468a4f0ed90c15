"""Failures that the stand-in can simulate."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from enum import Enum, auto


class Failure(Enum):
    """What can go wrong with a request."""

    SERVER_ERROR = auto()
    HTML = auto()
    """A proxy's HTML page with status 200."""
    ERROR_ENVELOPE = auto()
    """An error envelope with status 200."""
    RATE_LIMITED = auto()
    FORBIDDEN = auto()
    HANG = auto()
    """Never answers and does nothing."""
    CUT = auto()
    """The connection is cut before anything is done."""
    CUT_AFTER_ACTING = auto()
    """The request is carried out, but the answer is lost."""


class Failures:
    """Which of the next requests fail, and how."""

    def __init__(self) -> None:
        self.outage: Failure | None = None
        """Happens to every request until set to None."""
        self.done: Counter[Failure] = Counter()
        """How many requests have failed in which way."""
        self._next: deque[_Planned] = deque()

    def add(self, failure: Failure, target: str, times: int, method: str = "") -> None:
        """Let the next `times` requests fail whose path and query begin like this; no method means any."""
        self._next.extend(_Planned(failure, target, method) for _ in range(times))

    def due(self, method: str, target: str) -> Failure | None:
        """The failure for this request, if any; each added one happens once."""
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

"""Failures that tests plan for the next requests to a stand-in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from smart_charging.clouds.http.stand_in.messages import Request

How = TypeVar("How")


@dataclass(slots=True)
class _Planned(Generic[How]):
    how: How
    fits: Callable[[Request], bool]
    times: int


class PlannedFailures(Generic[How]):
    """Which of the next requests fail, and how; each planned failure happens so many times."""

    def __init__(self) -> None:
        self._planned: list[_Planned[How]] = []

    def add(self, how: How, fits: Callable[[Request], bool], times: int = 1) -> None:
        """Let the next requests that fit fail."""
        self._planned.append(_Planned(how, fits, times))

    def due(self, request: Request) -> How | None:
        """The failure for this request, if any."""
        for planned in self._planned:
            if planned.times > 0 and planned.fits(request):
                planned.times -= 1
                return planned.how
        return None

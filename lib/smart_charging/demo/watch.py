"""Prints entities as they change."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from smart_charging.demo.house import State

Say = Callable[[str], None]
_PRINTED_ATTRIBUTES = ("sentence", "reason", "pending", "consumed_kwh")
_PRINTED_ONCE = "_cloud_"
"""Sensors of the connection, which change with every poll."""
_PICTURE = "_chart"
_NUMBERS_EVERY = timedelta(seconds=5)
"""Shortest time between lines for numbers and times that change all the time."""
_TIME = re.compile(r"\d{4}-\d\d-\d\dT")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Printed:
    """What was last printed of an entity."""

    state: str
    attributes: Mapping[str, object]
    at: datetime


class Watch:
    """Prints our entities when they differ from what was printed last.

    Args:
        prefix: What the entity ids of the cloud begin with, after the domain.
    """

    def __init__(self, say: Say, started_at: datetime, log: Callable[[], str], *, prefix: str) -> None:
        self._say = say
        self._prefix = prefix
        self._started_at = started_at
        self._log = log
        self._printed: dict[str, _Printed] = {}
        self._log_lines_seen = 0

    def show(self, what: str, now: datetime) -> None:
        """Print one line, with the time since the start before it."""
        passed = (now - self._started_at).total_seconds()
        self._say(f"{passed:6.1f} s  {what}")

    def update(self, states: Mapping[str, State], now: datetime) -> None:
        """Print what has changed since the last update."""
        for entity_id, state in sorted(states.items()):
            if f".{self._prefix}_" not in entity_id or entity_id.endswith(_PICTURE):
                continue
            news = _Printed(state=state.state, attributes=_attributes(state), at=now)
            before = self._printed.get(entity_id)
            if before is None or (_PRINTED_ONCE not in entity_id and _is_worth_printing(before, news)):
                self._printed[entity_id] = news
                self.show(_line(entity_id, before, news, state.attributes.get("unit_of_measurement", "")), now)

    def listen(self, now: datetime) -> None:
        """Print warnings and errors that the apps have logged since the last call."""
        lines = self._log().splitlines()
        for line in lines[self._log_lines_seen :]:
            if found := re.search(r"(WARNING|ERROR) (charging_.*)", line):
                self.show(f"{found[1]} {found[2]}", now)
        self._log_lines_seen = len(lines)


def _attributes(state: State) -> Mapping[str, object]:
    return {key: state.attributes[key] for key in _PRINTED_ATTRIBUTES if key in state.attributes}


def _is_worth_printing(before: _Printed, news: _Printed) -> bool:
    if before.state == news.state and before.attributes == news.attributes:
        return False
    if before.state != news.state and not (_moves(before.state) and _moves(news.state)):
        return True
    if before.attributes.get("pending") != news.attributes.get("pending"):
        return True
    return news.at - before.at >= _NUMBERS_EVERY


def _moves(text: str) -> bool:
    """Whether it is a number or a time, which may change all the time."""
    return text.replace(".", "", 1).removeprefix("-").isdigit() or _TIME.match(text) is not None


def _line(entity_id: str, before: _Printed | None, news: _Printed, unit: str) -> str:
    change = news.state if before is None or before.state == news.state else f"{before.state} -> {news.state}"
    details = ", ".join(f"{key}: {value}" for key, value in news.attributes.items())
    return f"{entity_id:<40} {change} {unit}".rstrip() + (f"  ({details})" if details else "")

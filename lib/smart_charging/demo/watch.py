"""Prints entities as they change, and what the apps warn of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from smart_charging.demo.house import State

_PRINTED_ATTRIBUTES = ("sentence", "reason", "pending", "consumed_kwh")
_PRINTED_ONCE = "_cloud_"
"""Sensors of the connection, which change with every poll."""
_PICTURE = "_chart"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Printed:
    """What was last printed of an entity."""

    state: str
    attributes: Mapping[str, object]


class Watch:
    """Tells of our entities when they differ from what it told last.

    Args:
        prefix: What the entity ids of the cloud begin with, after the domain.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._printed: dict[str, _Printed] = {}

    def changes(self, states: Mapping[str, State]) -> Iterator[str]:
        """A line for each entity that has changed."""
        for entity_id, state in sorted(states.items()):
            if f".{self._prefix}_" not in entity_id or entity_id.endswith(_PICTURE):
                continue
            news = _Printed(state=state.state, attributes=_attributes(state))
            before = self._printed.get(entity_id)
            if before is None or (_PRINTED_ONCE not in entity_id and before != news):
                self._printed[entity_id] = news
                yield _line(entity_id, before, news, state.attributes.get("unit_of_measurement", ""))


class Warnings:
    """What the apps have logged as a warning or an error.

    Args:
        log: The whole log.
    """

    def __init__(self, log: Callable[[], str]) -> None:
        self._log = log
        self._lines_seen = 0

    def news(self) -> Iterator[str]:
        """Those since the last call."""
        lines = self._log().splitlines()
        for line in lines[self._lines_seen :]:
            if found := re.search(r"(?:WARNING|ERROR) charging_\w+: (.*)", line):
                yield found[1]
        self._lines_seen = len(lines)


def _attributes(state: State) -> Mapping[str, object]:
    return {key: state.attributes[key] for key in _PRINTED_ATTRIBUTES if key in state.attributes}


def _line(entity_id: str, before: _Printed | None, news: _Printed, unit: str) -> str:
    change = news.state if before is None or before.state == news.state else f"{before.state} -> {news.state}"
    details = ", ".join(f"{key}: {value}" for key, value in news.attributes.items())
    return f"{entity_id:<40} {change} {unit}".rstrip() + (f"  ({details})" if details else "")

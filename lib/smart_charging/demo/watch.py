"""Tells what changes in a house, as it changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from smart_charging.demo.house import State

Say = Callable[[str], None]
_TOLD_ATTRIBUTES = ("sentence", "reason", "pending", "consumed_kwh")
TOLD_ONCE = "sensor.monta_cloud_"
"""Figures of the connection are new with every read, and no news."""
PATIENCE = timedelta(seconds=5)
"""Numbers and times that move all the time are told this often."""
_TIME = re.compile(r"\d{4}-\d\d-\d\dT")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What was last said of an entity."""

    state: str
    facts: Mapping[str, object]
    at: datetime


class Watch:
    """Compares what stands with what was told; every entity of ours is told once it changes."""

    def __init__(self, say: Say, started_at: datetime, log: Callable[[], str]) -> None:
        self._say = say
        self._started_at = started_at
        self._log = log
        self._told: dict[str, _Told] = {}
        self._lines_heard = 0

    def tell(self, what: str, now: datetime) -> None:
        """One line with the time since the start before it."""
        passed = (now - self._started_at).total_seconds()
        self._say(f"{passed:6.1f} s  {what}")

    def update(self, states: Mapping[str, State], now: datetime) -> None:
        """Tell what is new since the last look."""
        for entity_id, state in sorted(states.items()):
            if ".monta_" not in entity_id:
                continue
            news = _Told(state=state.state, facts=_facts(state), at=now)
            before = self._told.get(entity_id)
            if before is None or (not entity_id.startswith(TOLD_ONCE) and _is_worth_telling(before, news)):
                self._told[entity_id] = news
                self.tell(_line(entity_id, before, news, state.attributes.get("unit_of_measurement", "")), now)

    def listen(self, now: datetime) -> None:
        """Tell what the apps have complained about since the last time."""
        lines = self._log().splitlines()
        for line in lines[self._lines_heard :]:
            if found := re.search(r"(WARNING|ERROR) (charging_.*)", line):
                self.tell(f"{found[1]} {found[2]}", now)
        self._lines_heard = len(lines)


def _facts(state: State) -> Mapping[str, object]:
    return {key: state.attributes[key] for key in _TOLD_ATTRIBUTES if key in state.attributes}


def _is_worth_telling(before: _Told, news: _Told) -> bool:
    if before.state == news.state and before.facts == news.facts:
        return False
    if before.state != news.state and not (_moves(before.state) and _moves(news.state)):
        return True
    if before.facts.get("pending") != news.facts.get("pending"):
        return True
    return news.at - before.at >= PATIENCE


def _moves(text: str) -> bool:
    """Whether it is a number or a time, of which there may be another at every look."""
    return text.replace(".", "", 1).removeprefix("-").isdigit() or _TIME.match(text) is not None


def _line(entity_id: str, before: _Told | None, news: _Told, unit: str) -> str:
    change = news.state if before is None or before.state == news.state else f"{before.state} -> {news.state}"
    facts = ", ".join(f"{key}: {value}" for key, value in news.facts.items())
    return f"{entity_id:<40} {change} {unit}".rstrip() + (f"  ({facts})" if facts else "")

"""Wishes that wait for their turn at a charger."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from smart_charging.services.authors import Who


@dataclass(frozen=True, slots=True, eq=False)
class Wish:
    """A charge is to run, or not to run."""

    on: bool
    who: Who


class Queue:
    """Only the newest wish for a charger counts, and no wish of ours against a person's."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, list[Wish]] = defaultdict(list)

    def add(self, charger_id: str, wish: Wish) -> None:
        """A wish begins to wait."""
        self._waiting[charger_id].append(wish)

    def done(self, charger_id: str, wish: Wish) -> None:
        """It was carried out or given up."""
        self._waiting[charger_id].remove(wish)

    def wants_on(self, charger_id: str) -> bool:
        """Whether a start is among those that wait or are being carried out."""
        return any(wish.on for wish in self._waiting[charger_id])

    def newest(self, charger_id: str) -> Wish | None:
        """The one that counts."""
        waiting = self._waiting[charger_id]
        counting = [wish for wish in waiting if wish.who is Who.PERSON] or waiting
        return counting[-1] if counting else None

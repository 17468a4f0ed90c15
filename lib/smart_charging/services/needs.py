"""What one car needs: what apps.yaml says, until a person says something else."""

from __future__ import annotations

import math
import re
from datetime import time

from smart_charging.config.scheduler import ChargerSchedule
from smart_charging.entities.need import MAX_ENERGY_KWH, READY_BY, READY_BY_PATTERN, TARGET_ENERGY, NeedView
from smart_charging.errors import CommandError
from smart_charging.services.memory import Memory


class Needs:
    """Remembers a person's words over a restart; a value changed in apps.yaml since then is the newer word."""

    def __init__(self, schedule: ChargerSchedule, memory: Memory) -> None:
        self._memory = memory
        self._memory_key = f"need_{schedule.charge_point_id}"
        self._written = {TARGET_ENERGY: str(schedule.energy_kwh), READY_BY: schedule.ready_by.isoformat()}
        self._asked: dict[str, str] = {}
        self._is_recalled = False

    @property
    def view(self) -> NeedView:
        """The need now."""
        words = self._written | self._asked
        return NeedView(energy_kwh=float(words[TARGET_ENERGY]), ready_by=time.fromisoformat(words[READY_BY]))

    async def recall(self) -> None:
        """Read what was asked before a restart, once."""
        if not self._is_recalled:
            self._is_recalled = True
            facts = await self._memory.recall(self._memory_key)
            self._asked = {
                key: fact["asked"] for key, fact in facts.items() if fact["instead_of"] == self._written[key]
            }

    async def put(self, key: str, text: str) -> None:
        """Take a person's word.

        Raises:
            CommandError: It is no energy, or no time of day.
        """
        self._asked[key] = _time(text) if key == READY_BY else _energy(text)
        facts = {key: {"asked": word, "instead_of": self._written[key]} for key, word in self._asked.items()}
        await self._memory.remember(self._memory_key, facts)


def _time(text: str) -> str:
    if not re.fullmatch(READY_BY_PATTERN, text):
        raise CommandError(f"{text[:20]!r} is no time of day; write one such as 07:00")
    return text


def _energy(text: str) -> str:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= MAX_ENERGY_KWH:
        raise CommandError(f"{text[:20]!r} is no energy; write kWh from 0 to {MAX_ENERGY_KWH}")
    return str(value)

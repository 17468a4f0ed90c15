"""What has to outlive a restart or a kill: rules we have switched off, currents we have set, OCPP identities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smart_charging.clouds.http.note_file import NoteFile


class Notes:
    """What is noted, in one file; ids are text there, as JSON has it."""

    def __init__(self, file: NoteFile) -> None:
        self._file = file
        self.paused_rules: dict[int, dict[int, str]] = {}
        """The names of rules by charge point and rule."""
        self.currents: dict[int, float] = {}
        """Amperes per phase by charge point."""
        self.identities: dict[int, str] = {}
        """The chargers' names in OCPP by charge point."""

    async def load(self) -> None:
        """Read the file; a part that cannot be read is forgotten."""
        facts = await self._file.load()
        rules = ((key, _by_number(told, str)) for key, told in _by_number(facts.get("paused_rules"), dict).items())
        self.paused_rules = {key: names for key, names in rules if names}
        self.currents = {key: float(told) for key, told in _by_number(facts.get("currents"), (int, float)).items()}
        self.identities = _by_number(facts.get("identities"), str)

    async def keep(self) -> None:
        """Replace the file."""
        await self._file.save(
            {"paused_rules": self.paused_rules, "currents": self.currents, "identities": self.identities}
        )


def _by_number(facts: object, kind: type | tuple[type, ...]) -> dict[int, Any]:
    told: Mapping[str, object] = facts if isinstance(facts, dict) else {}
    return {int(key): value for key, value in told.items() if key.isdecimal() and isinstance(value, kind)}

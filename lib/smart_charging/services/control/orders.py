"""What a service, an event or an entity asks for, once it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from smart_charging.errors import CommandError
from smart_charging.services.control.charge_limits import ChargeLimit

START, STOP, SET, SET_CURRENT = "start", "stop", "set", "set_current"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A command with its arguments."""

    command: object
    limit: ChargeLimit | None = None
    current_a: object = None
    """As written; the charger's own limits decide."""
    connector: object = None
    """A connector of the charge point that is named, where its cloud numbers them."""
    arguments: Mapping[str, object] = field(default_factory=dict)
    """All that was written, for settings and actions."""

    @property
    def setting(self) -> Mapping[str, object]:
        """Which setting is to be changed, and to what."""
        return {name: self.arguments.get(name) for name in ("setting", "value")}

    @classmethod
    def written(cls, command: object, arguments: Mapping[str, object]) -> Self:
        """Read the arguments of a command.

        Raises:
            CommandError: One of them is not possible, or does not belong to this command.
        """
        given = {name: value for name, value in arguments.items() if value is not None}
        limit = ChargeLimit.written(kwh=given.get("limit_kwh"), minutes=given.get("limit_minutes"))
        if limit and command != START:
            raise CommandError("limit_kwh and limit_minutes belong to a start")
        current_a = given.get("current_a", given.get("charging_level"))
        if current_a is None and command == SET_CURRENT:
            raise CommandError("current_a is missing; write a number of amperes")
        return cls(
            command=command, limit=limit, current_a=current_a, connector=given.get("connector_id"), arguments=given
        )

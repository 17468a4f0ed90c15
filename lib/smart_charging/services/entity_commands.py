"""Passes the commands of entities to their handlers."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable

from smart_charging.entities.command import OFF, ON, PRESS, EntityCommand
from smart_charging.errors import CommandError

Handler = Callable[[EntityCommand], Awaitable[None]]
Knows = Callable[[str], bool]
"""Whether a handler is for the device with this id."""

START, STOP = "start", "stop"
CHARGING_COMMANDS = {
    ("charging", ON): START,
    ("charging", OFF): STOP,
    ("start_charging", PRESS): START,
    ("stop_charging", PRESS): STOP,
}
"""The commands of the switch and the buttons, by key and payload."""
CHARGING_KEYS = frozenset(key for key, _payload in CHARGING_COMMANDS)


class EntityCommands:
    """Finds the handler of a command by the key of its entity."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._handlers: defaultdict[str, list[tuple[Handler, Knows]]] = defaultdict(list)
        """By key, the newest first."""

    def on(self, key: str, handler: Handler, knows: Knows = lambda _device_id: True) -> Callable[[], None]:
        """Call `handler`, which may raise `CommandError`, for entities with that key; returns how to unsubscribe.

        Args:
            knows: Whether the handler is for a device, where several handlers share a key.
        """
        entry = (handler, knows)
        self._handlers[key].insert(0, entry)
        return lambda: self._drop(key, entry)

    async def obey(self, command: EntityCommand) -> None:
        """Carry out a command; log why if that is not possible."""
        try:
            await self.hand_over(command)
        except CommandError as err:
            self._log.warning("%s of charge point %s: %s", command.key, command.device_id, err)

    async def hand_over(self, command: EntityCommand) -> None:
        """Carry out a command.

        Raises:
            CommandError: The command is invalid, or has no handler.
        """
        handlers = self._handlers[command.key]
        if not handlers:
            raise CommandError("no app handles it; is its app in apps.yaml?")
        handler, _ = next((one for one in handlers if one[1](command.device_id)), handlers[0])
        await handler(command)

    def _drop(self, key: str, entry: tuple[Handler, Knows]) -> None:
        if entry in self._handlers[key]:
            self._handlers[key].remove(entry)

"""Passes the commands of entities to their handlers."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from smart_charging.entities.command import OFF, ON, PRESS, EntityCommand
from smart_charging.errors import CommandError

Handler = Callable[[EntityCommand], Awaitable[None]]

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
        self._handlers: dict[str, Handler] = {}

    def on(self, key: str, handler: Handler) -> Callable[[], None]:
        """Call `handler`, which may raise `CommandError`, for entities with that key; returns how to unsubscribe."""
        self._handlers[key] = handler
        return lambda: None if self._handlers.get(key) != handler else self._drop(key)

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
        handler = self._handlers.get(command.key)
        if handler is None:
            raise CommandError("no app handles it; is its app in apps.yaml?")
        await handler(command)

    def _drop(self, key: str) -> None:
        del self._handlers[key]

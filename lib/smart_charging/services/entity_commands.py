"""Who obeys what a person does to an entity."""

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
"""What the switch and the buttons mean, by key and payload."""
CHARGING_KEYS = frozenset(key for key, _payload in CHARGING_COMMANDS)


class EntityCommands:
    """Hands each command to the one who knows its entity."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._handlers: dict[str, Handler] = {}

    def on(self, key: str, handler: Handler) -> Callable[[], None]:
        """Have `handler` obey the entities with that key; the answer ends that. It may raise `CommandError`."""
        self._handlers[key] = handler
        return lambda: None if self._handlers.get(key) != handler else self._drop(key)

    async def obey(self, command: EntityCommand) -> None:
        """Do it, or say in the log why not."""
        try:
            await self.hand_over(command)
        except CommandError as err:
            self._log.warning("%s of charge point %s: %s", command.key, command.device_id, err)

    async def hand_over(self, command: EntityCommand) -> None:
        """Do it.

        Raises:
            CommandError: It makes no sense, or nobody is there to obey it.
        """
        handler = self._handlers.get(command.key)
        if handler is None:
            raise CommandError("nobody here obeys it; is its app in apps.yaml?")
        await handler(command)

    def _drop(self, key: str) -> None:
        del self._handlers[key]

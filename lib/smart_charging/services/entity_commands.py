"""Who obeys what a person does to an entity."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable

from smart_charging.entities.command import OFF, ON, PRESS, EntityCommand
from smart_charging.errors import CommandError

Handler = Callable[[EntityCommand], Awaitable[None]]
Knows = Callable[[str], bool]
"""Whether somebody has a device of that id."""

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
        self._handlers: defaultdict[str, list[tuple[Handler, Knows]]] = defaultdict(list)
        """By key, the newest first."""

    def on(self, key: str, handler: Handler, knows: Knows = lambda _device_id: True) -> Callable[[], None]:
        """Have `handler` obey the entities with that key; the answer ends that. It may raise `CommandError`.

        Args:
            knows: Whose devices it obeys for, where several share a key.
        """
        entry = (handler, knows)
        self._handlers[key].insert(0, entry)
        return lambda: self._drop(key, entry)

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
        handlers = self._handlers[command.key]
        if not handlers:
            raise CommandError("nobody here obeys it; is its app in apps.yaml?")
        handler, _ = next((one for one in handlers if one[1](command.device_id)), handlers[0])
        await handler(command)

    def _drop(self, key: str, entry: tuple[Handler, Knows]) -> None:
        if entry in self._handlers[key]:
            self._handlers[key].remove(entry)

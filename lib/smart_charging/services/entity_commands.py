"""Passes the commands of entities to their handlers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta

from smart_charging.entities.command import OFF, ON, PRESS, EntityCommand
from smart_charging.entities.mode import MODE_ENTITIES
from smart_charging.entities.need import NEED_ENTITIES
from smart_charging.errors import CommandError
from smart_charging.printable import printable

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
KEYS = CHARGING_KEYS | {row.key for row in (*NEED_ENTITIES, *MODE_ENTITIES)}
"""All keys that an app of this suite may have a handler for."""
_LONGEST_WORD = 60
APPS_START_WITHIN = timedelta(seconds=15)
"""How long a command waits for its app: commands arrive as soon as the monitor runs, the other apps start after it."""


class EntityCommands:
    """Finds the handler of a command by the key of its entity."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._handlers: dict[str, list[tuple[Handler, Knows]]] = {}
        """By key, the newest first."""
        self._new_handler = asyncio.Event()

    def on(self, key: str, handler: Handler, knows: Knows = lambda _device_id: True) -> Callable[[], None]:
        """Call `handler`, which may raise `CommandError`, for entities with that key; returns how to unsubscribe.

        Args:
            knows: Whether the handler is for a device, where several handlers share a key.
        """
        entry = (handler, knows)
        self._handlers.setdefault(key, []).insert(0, entry)
        self._new_handler.set()
        return lambda: self._drop(key, entry)

    async def obey(self, command: EntityCommand) -> None:
        """Carry out a command; log why if that is not possible."""
        try:
            await self.hand_over(command)
        except CommandError as err:
            named = (printable(word, most=_LONGEST_WORD) for word in (command.key, command.device_id))
            self._log.warning("%s of charge point %s: %s", *named, err)

    async def hand_over(self, command: EntityCommand) -> None:
        """Carry out a command.

        Raises:
            CommandError: The command is invalid, or has no handler.
        """
        if not (handlers := await self._handlers_of(command.key)):
            raise CommandError("no app handles it; is its app in apps.yaml?")
        handler, _ = next((one for one in handlers if one[1](command.device_id)), handlers[0])
        await handler(command)

    async def _handlers_of(self, key: str) -> Sequence[tuple[Handler, Knows]]:
        if key in KEYS and not self._handlers.get(key):
            with suppress(TimeoutError):
                async with asyncio.timeout(APPS_START_WITHIN.total_seconds()):
                    while not self._handlers.get(key):
                        self._new_handler.clear()
                        await self._new_handler.wait()
        return self._handlers.get(key, ())

    def _drop(self, key: str, entry: tuple[Handler, Knows]) -> None:
        if entry in self._handlers[key]:
            self._handlers[key].remove(entry)

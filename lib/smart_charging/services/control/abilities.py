"""Settings and actions of an account's chargers, where its cloud has any."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from smart_charging.charger import Charger
from smart_charging.clouds.protocol import HasActions, HasModes, HasSettings
from smart_charging.entities.command import OFF, ON, EntityCommand
from smart_charging.entities.measured import CURRENT
from smart_charging.errors import CloudError, CommandError
from smart_charging.services.control.currents import Currents
from smart_charging.services.control.out_of_order import commandable
from smart_charging.services.watching.hub import Hub


class Abilities:
    """Changes settings and does what a cloud can do besides start and stop; what it cannot is refused in words."""

    def __init__(self, hub: Hub, currents: Currents) -> None:
        self._hub = hub
        self._currents = currents
        self._settings = hub.cloud if isinstance(hub.cloud, HasSettings) else None
        self._modes = hub.cloud if isinstance(hub.cloud, HasModes) else None
        self._actions = hub.cloud if isinstance(hub.cloud, HasActions) else None

    @property
    def words(self) -> Sequence[str]:
        """The commands that this account's chargers obey besides start, stop and modes."""
        settings = ["set"] if self._settings else []
        currents = ["set_current"] if self._currents.has_cloud else []
        return [*settings, *currents, *self.actions]

    @property
    def actions(self) -> Mapping[str, str]:
        """Name of each action to what it does."""
        return self._actions.actions if self._actions else {}

    async def change(self, charger: Charger, setting: object, value: object) -> None:
        """Change a setting as a service, an event or an entity says.

        Raises:
            CommandError: The charger has no such setting, or it cannot have that value.
            CloudError: The cloud did not accept it.
        """
        if self._settings is None:
            raise CommandError(f"chargers of {self._hub.names.words.name} have no settings here")
        commandable(charger)
        if not isinstance(setting, str) or value is None:
            raise CommandError("write setting: with the end of its entity's id, and value: with what it is to be")
        await self._settings.change(charger.id, setting, _text(value))
        self._hub.polling.hurry()

    async def act(self, action: str, charger: Charger | None, arguments: Mapping[str, object]) -> Mapping[str, object]:
        """Do something; returns what the cloud answered.

        Args:
            charger: None for an action of the account.

        Raises:
            CommandError: The cloud cannot, or an argument is missing or not possible.
            CloudError: The cloud did not accept it.
        """
        if self._actions is None or action not in self.actions:
            self._refuse_unknown(action)
        if charger:
            commandable(charger)
        answer = await self._actions.act(action, charger.id if charger else None, arguments)
        self._hub.polling.hurry()
        return answer

    @property
    def can_free(self) -> bool:
        """Whether chargers have modes of the cloud's own, which can be ended."""
        return self._modes is not None

    async def free(self, charger: Charger) -> None:
        """Set the mode in which the charger follows plans.

        Raises:
            CloudError: The cloud did not accept it.
        """
        if self._modes:
            await self._modes.free(charger.id)
            self._hub.polling.hurry()

    def follow(self) -> Sequence[Callable[[], None]]:
        """Obey the entities of the cloud's own tables, and the common number for the current; how to stop that."""
        tables = self._hub.tables
        keys = {row.key for table in (tables.charger, tables.station, tables.account) for row in table}
        return [self._hub.entity_commands.on(key, self._obey) for key in sorted({*keys, CURRENT})]

    async def _obey(self, command: EntityCommand) -> None:
        charger = self._behind(command.device_id)
        try:
            if command.domain == "button":
                await self.act(command.key, charger, {})
            elif charger is None:
                raise CommandError(f"there is no charge point {command.device_id}")
            elif command.key == CURRENT:
                await self._currents.choose(charger, command.payload)
            else:
                await self.change(charger, command.key, command.payload)
        except CloudError as err:
            raise CommandError(str(err)) from err

    def _behind(self, device_id: str) -> Charger | None:
        """The charger that has this device, or a connector of the charge point that has it."""
        polling, names = self._hub.polling, self._hub.names
        ids = polling.stations.connectors(device_id)
        found = (one for one in polling.chargers.values() if one.id in ids or names.device_id(one.id) == device_id)
        return next(found, None)

    def _refuse_unknown(self, action: str) -> NoReturn:
        known = ", ".join(self.actions) or "nothing besides start and stop"
        raise CommandError(f"{self._hub.names.words.name} has no action {action[:40]!r}; there is {known}")


def _text(value: object) -> str:
    """YAML and Home Assistant give booleans and 16.0 where a switch and a number say `on` and `16`."""
    match value:
        case bool():
            return ON if value else OFF
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)

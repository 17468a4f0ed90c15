"""Starts and stops an outlet, by its settings or by a tag, and gives its owner's settings back afterwards.

An outlet that asks for a tag is started and stopped from afar with the tag that is configured. Any other one charges
when its mode is On and its current is not 0, whoever wants that; so both are changed to pause and to go on. What
they were is written down before anything is sent, and restored when the session ends, at the end of the process and
at the next start, unless a person has chosen something else by then.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from smart_charging.clouds.charge_amps.models import ConnectorSettings
from smart_charging.clouds.charge_amps.notes import Change, Notes, Setting
from smart_charging.clouds.charge_amps.redaction import shortened
from smart_charging.clouds.charge_amps.station import LEAST_A, OFF, ON, Outlet, OutletSettings, charger_id_of
from smart_charging.errors import NotFoundError, RefusedError

if TYPE_CHECKING:
    from smart_charging.clouds.charge_amps.client import ExternalClient

_ONLY_IN_ANSWERS = "installationCurrent"
TAKES_NO_SETTINGS = (
    "Charge Amps refuses to change this charger's settings, as it does for some since their firmware speaks OCPP; "
    "switch on its RFID lock in Charge Amps' app and write rfid_tag: with a tag it knows, then it is started and "
    "stopped without its settings"
)
NOT_TAKEN = "Charge Amps accepted the setting and still shows the old one; look at the charger in Charge Amps' app"


class Steering:
    """Commands over the External API; every method may raise any `CloudError`.

    Args:
        tag: The hexadecimal digits of a tag that the chargers know.
    """

    def __init__(self, client: ExternalClient, notes: Notes, *, tag: str | None, logger: logging.Logger) -> None:
        self._client = client
        self._notes = notes
        self._tag = tag
        self._log = logger

    def asks_for_tag(self, settings: OutletSettings | None) -> bool:
        """Whether it is started and stopped with a tag."""
        return self._tag is not None and settings is not None and settings.rfid_lock is True

    async def start(self, station_id: str, outlet: Outlet) -> None:
        """Let it charge."""
        if self.asks_for_tag(outlet.settings):
            await self._start_with_tag(station_id, outlet)
        else:
            await self._free(station_id, outlet)

    async def stop(self, station_id: str, outlet: Outlet, *, speaks_ocpp: bool) -> None:
        """Let it charge no longer; that nothing charges is a success."""
        if not self.asks_for_tag(outlet.settings):
            await self._pause(station_id, outlet, speaks_ocpp=speaks_ocpp)
            return
        try:
            await self._client.remote_stop(station_id, outlet.number)
        except (RefusedError, NotFoundError) as err:
            self._log.debug("There was no session to stop: %s", err)

    async def set_current(self, station_id: str, outlet: Outlet, current_a: float) -> None:
        """Set the current at once; while we pause the outlet, for when it goes on."""
        charger_id = charger_id_of(station_id, outlet.number)
        change = self._notes.changes.get(charger_id)
        if change and change.ours.max_current_a == 0:
            before = replace(change.before, max_current_a=current_a)
            self._notes.changes[charger_id] = replace(change, before=before)
            await self._notes.keep()
            return
        await self._write(station_id, outlet.number, maxCurrent=current_a)
        if change:
            self._notes.changes[charger_id] = replace(change, ours=replace(change.ours, max_current_a=current_a))
            await self._notes.keep()

    async def set_mode(self, station_id: str, outlet: Outlet, mode: str) -> None:
        """A person chooses the mode: what we had changed is theirs again."""
        charger_id = charger_id_of(station_id, outlet.number)
        change = self._notes.changes.get(charger_id)
        current = change.before.max_current_a if change and change.ours.max_current_a == 0 else None
        await self._write(station_id, outlet.number, mode=mode, **({} if current is None else {"maxCurrent": current}))
        await self._forget(charger_id)

    async def free(self, station_id: str, outlet: Outlet) -> None:
        """Take it out of its own schedule for this session."""
        await self._apply(station_id, outlet.number, mode=ON)

    async def set_lock(self, station_id: str, outlet: Outlet, key: str, *, on: bool) -> None:
        """Set `cableLock` or `rfidLock`."""
        await self._write(station_id, outlet.number, **{key: on})

    async def set_light(self, station_id: str, key: str, value: object) -> None:
        """Set `dimmer` or `downLight`."""
        await self._write(station_id, None, **{key: value})

    async def restore(self, charger_id: str, station_id: str, number: int) -> None:
        """Put the owner's settings back, unless somebody has changed them since."""
        change = self._notes.changes.get(charger_id)
        if change is None:
            return
        now = _setting(await self._client.settings(station_id, number))
        if now == change.ours:
            await self._write(station_id, number, mode=change.before.mode, maxCurrent=change.before.max_current_a)
        else:
            self._log.info("Charger %s: its settings were changed meanwhile and stay", shortened(charger_id))
        await self._forget(charger_id)

    async def _start_with_tag(self, station_id: str, outlet: Outlet) -> None:
        if outlet.settings and outlet.settings.mode != ON:
            await self._apply(station_id, outlet.number, mode=ON)
        tag = {"rfidLength": len(self._tag or "") // 2, "rfidFormat": "Hex", "rfid": self._tag}
        await self._client.remote_start(station_id, outlet.number, tag)

    async def _free(self, station_id: str, outlet: Outlet) -> None:
        change = self._notes.changes.get(charger_id_of(station_id, outlet.number))
        settings = outlet.settings or OutletSettings()
        known = change.before.max_current_a if change else settings.max_current_a
        current = known if known is not None and known >= LEAST_A else settings.most_a
        await self._apply(station_id, outlet.number, mode=ON, maxCurrent=current)

    async def _pause(self, station_id: str, outlet: Outlet, *, speaks_ocpp: bool) -> None:
        """By current where it speaks OCPP, which ignores the mode during a session; by mode where it does not."""
        ways: list[Mapping[str, object]] = [{"maxCurrent": 0.0}, {"mode": OFF}]
        first, second = ways if speaks_ocpp else reversed(ways)
        try:
            await self._apply(station_id, outlet.number, **first)
        except RefusedError:
            await self._apply(station_id, outlet.number, **second)

    async def _apply(self, station_id: str, number: int, **settings: object) -> None:
        """Change settings for this session: written down first, and forgotten where nothing came of it."""
        charger_id = charger_id_of(station_id, number)
        told = await self._client.settings(station_id, number)
        there, old = _setting(told), self._notes.changes.get(charger_id)
        before = old.before if old and old.ours == there else there
        ours = _setting({**told, **settings})
        self._notes.changes[charger_id] = Change(before=before, ours=ours)
        await self._notes.keep()
        try:
            await self._put(station_id, number, told, settings)
        except RefusedError:
            await self._put_back(charger_id, old)
            raise
        if ours == before:
            await self._forget(charger_id)

    async def _put_back(self, charger_id: str, old: Change | None) -> None:
        self._notes.changes.pop(charger_id, None)
        if old:
            self._notes.changes[charger_id] = old
        await self._notes.keep()

    async def _forget(self, charger_id: str) -> None:
        if self._notes.changes.pop(charger_id, None):
            await self._notes.keep()

    async def _write(self, station_id: str, number: int | None, **settings: object) -> None:
        await self._put(station_id, number, await self._client.settings(station_id, number), settings)

    async def _put(
        self, station_id: str, number: int | None, told: Mapping[str, object], settings: Mapping[str, object]
    ) -> None:
        """Send all settings back as they came but for these, and look whether they took effect.

        Raises:
            RefusedError: They did not; the message says what to do.
        """
        changed = {**told, **settings}
        if changed == told:
            return
        changed.pop(_ONLY_IN_ANSWERS, None)
        try:
            await self._client.put_settings(station_id, number, changed)
        except RefusedError as err:
            raise RefusedError(f"{err}: {TAKES_NO_SETTINGS}") from err
        after = await self._client.settings(station_id, number)
        if any(after.get(key) != value for key, value in settings.items()):
            raise RefusedError(f"charge point {shortened(station_id)}: {NOT_TAKEN}")


def _setting(told: Mapping[str, object]) -> Setting:
    read = ConnectorSettings.model_validate(dict(told))
    return Setting(mode=read.mode, max_current_a=read.max_current)

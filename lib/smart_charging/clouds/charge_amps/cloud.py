"""Charge Amps as a `ChargerCloud` with commands, and what opens it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from smart_charging.clouds.charge_amps.arguments import LEAST_EXTERNAL, ChargeAmpsSettings
from smart_charging.clouds.charge_amps.callbacks import Callbacks
from smart_charging.clouds.charge_amps.choices import choice
from smart_charging.clouds.charge_amps.client import EXTERNAL_URL, ExternalClient, is_stand_in
from smart_charging.clouds.charge_amps.credentials import Credentials, read_credentials
from smart_charging.clouds.charge_amps.history import CounterHistory, SessionHistory
from smart_charging.clouds.charge_amps.monitoring import ChargeAmpsMonitor, ChargeBooks, is_free
from smart_charging.clouds.charge_amps.notes import Notes
from smart_charging.clouds.charge_amps.reader import ExternalReader, WebReader
from smart_charging.clouds.charge_amps.station import LEAST_A, Outlet, Station, charger_id_of, parts_of
from smart_charging.clouds.charge_amps.steering import Steering
from smart_charging.clouds.charge_amps.web_client import WEB_URL, WebClient
from smart_charging.clouds.charge_amps.web_control import WebControl
from smart_charging.clouds.http.note_file import NoteFile
from smart_charging.errors import CloudError, CommandError
from smart_charging.host_clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pydantic import SecretStr

    from smart_charging.charger import Charger
    from smart_charging.clouds.protocol import ChargerCloud
    from smart_charging.timekeeper import Timekeeper

_TRY_AGAIN = timedelta(minutes=5)
"""When giving settings back has failed."""
GIVE_BACK_WITHIN_S = 20
"""At the end of the process, which must not wait for a cloud that is down."""
_OF_A_STAND_IN = timedelta(seconds=1)
_ACTIONS = {
    "reboot": "restarts the charge point; a running session may end",
    "override_schedule": "lets the running session charge in spite of the charger's own schedule",
}


class ChargeAmpsCloud(ChargeAmpsMonitor):
    """An account with an API key: its chargers are read, started, stopped and set."""

    may_be_commanded = True
    may_be_set = True
    sets_current_at_once = True

    def __init__(
        self,
        client: ExternalClient,
        notes: Notes,
        *,
        settings: ChargeAmpsSettings,
        least_rest: timedelta = LEAST_EXTERNAL,
        callback_secret: SecretStr | None = None,
        logger: logging.Logger,
    ) -> None:
        books, reader = ChargeBooks(), ExternalReader(client, logger=logger)
        history = SessionHistory(reader, notes, on_final=books.settle, now=client.now, logger=logger)
        super().__init__(client.channel, reader, notes, history, books, least_rest=least_rest, now=client.now)
        self._client = client
        self._external = reader
        self._steering = Steering(client, notes, tag=settings.rfid_tag, logger=logger)
        self._callbacks = Callbacks(reader, header=settings.callback_header, secret=callback_secret)
        self._log = logger
        self._left_over: set[str] = set()
        """Chargers whose settings the last run did not give back."""
        self._gave_back_at: dict[str, datetime] = {}

    async def chargers(self) -> Sequence[Charger]:
        """Every connector of every charge point; settings that are not needed any more are given back."""
        found = await super().chargers()
        await self._give_back()
        return found

    async def start(self, charger_id: str) -> None:
        """Let a connector charge; the charge shows once current flows."""
        station, outlet = await self._outlet(charger_id)
        self._started_at[charger_id] = self._now()
        self._left_over.discard(charger_id)
        try:
            await self._steering.start(station.id, outlet)
        finally:
            self._external.expire(station.id)

    async def stop(self, charger_id: str, charge_id: str | None) -> None:
        """Let a connector charge no longer; a charge that is over already is a success."""
        station, outlet = await self._outlet(charger_id)
        running = next((charge for charge in self._books.of(charger_id).charges if charge.state.is_active), None)
        if charge_id is not None and (running is None or running.id != charge_id):
            return
        self._started_at.pop(charger_id, None)
        self._left_over.discard(charger_id)
        try:
            await self._steering.stop(station.id, outlet, speaks_ocpp=station.speaks_ocpp is True)
        finally:
            self._external.expire(station.id)

    async def set_current(self, charger_id: str, current_a: float) -> None:
        """Set the current per phase, at least 6 A."""
        station, outlet = await self._outlet(charger_id)
        most_a = outlet.settings.most_a if outlet.settings else LEAST_A
        if not LEAST_A <= current_a <= most_a:
            raise CommandError(f"the current cannot be {current_a:g} A; write {LEAST_A:g} to {most_a:g}")
        await self._set(station, self._steering.set_current(station.id, outlet, current_a))

    async def free(self, charger_id: str) -> None:
        """Take a connector out of the charger's own schedule until its session ends."""
        station, outlet = await self._outlet(charger_id)
        await self._set(station, self._steering.free(station.id, outlet))

    async def change(self, charger_id: str, key: str, value: str) -> None:
        """Change one setting, by the key of its entity."""
        chosen = choice(key, value)
        station, outlet = await self._outlet(charger_id)
        match chosen.name:
            case "mode":
                work = self._steering.set_mode(station.id, outlet, str(chosen.value))
            case "cableLock" | "rfidLock":
                work = self._steering.set_lock(station.id, outlet, chosen.name, on=chosen.value is True)
            case _:
                work = self._steering.set_light(station.id, chosen.name, chosen.value)
        await self._set(station, work)

    @property
    def actions(self) -> Mapping[str, str]:
        """Restart a charge point, override its schedule."""
        return _ACTIONS

    async def act(
        self,
        action: str,
        charger_id: str | None,
        arguments: Mapping[str, object],
    ) -> Mapping[str, object]:
        """Do one of the actions; Charge Amps answers them with nothing."""
        if charger_id is None or (parts := parts_of(charger_id)) is None:
            raise CommandError("charge_point_id is missing; write a charger's id or name")
        if action == "reboot":
            await self._client.reboot(parts[0])
        elif action == "override_schedule":
            await self._client.override_schedule(*parts)
        else:
            raise CommandError(f"there is no action {action[:40]!r}; there is {', '.join(_ACTIONS)}")
        return {}

    @property
    def awaits_deliveries(self) -> bool:
        """Whether there is a secret by which callbacks are known."""
        return self._callbacks.are_expected

    def follow(self, changed: Callable[[], None]) -> None:
        """Set what to call when Charge Amps has pushed news."""
        self._callbacks.follow(changed)

    async def receive(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        """Take one callback; returns the HTTP status to answer with."""
        return self._callbacks.receive(path, headers, body)

    async def aclose(self) -> None:
        """Give the owner's settings back, then close the connections."""
        try:
            async with asyncio.timeout(GIVE_BACK_WITHIN_S):
                for charger_id in list(self._notes.changes):
                    await self._restore(charger_id)
        except TimeoutError:
            self._log.warning("Charge Amps does not answer; settings are given back at the next start")
        await super().aclose()

    async def _prepare(self) -> None:
        was_prepared = self._is_prepared
        await super()._prepare()
        if not was_prepared:
            self._left_over = set(self._notes.changes)

    async def _charger(self, station: Station, outlet: Outlet) -> Charger:
        charger_id = charger_id_of(station.id, outlet.number)
        if charger_id in self._notes.changes and is_free(outlet):
            self._left_over.add(charger_id)
        return await super()._charger(station, outlet)

    async def _give_back(self) -> None:
        """Restore what the last run has left, and what was changed for a session that is over."""
        for charger_id in sorted(self._left_over):
            tried_at = self._gave_back_at.get(charger_id)
            if tried_at is None or not timedelta(0) <= self._now() - tried_at < _TRY_AGAIN:
                self._gave_back_at[charger_id] = self._now()
                await self._restore(charger_id)

    async def _restore(self, charger_id: str) -> None:
        if (parts := parts_of(charger_id)) is None:
            return
        try:
            await self._steering.restore(charger_id, *parts)
        except CloudError as err:
            self._log.warning("The settings of a charger could not be given back yet: %s", err)
            return
        self._left_over.discard(charger_id)
        self._gave_back_at.pop(charger_id, None)
        self._external.expire(parts[0])

    async def _set(self, station: Station, work: Awaitable[None]) -> None:
        try:
            await work
        finally:
            self._external.expire(station.id)


def open_charge_amps(
    settings: ChargeAmpsSettings,
    credentials_file: Path,
    *,
    token_file: Path | None,
    notes_file: Path | None,
    log: logging.Logger,
    timekeeper: Timekeeper | None = None,
) -> ChargerCloud:
    """A connection that the caller has to close; nothing is sent before the first call.

    Raises:
        ConfigError: The credentials or the address are missing or invalid.
    """
    credentials, notes = read_credentials(credentials_file), Notes(NoteFile(notes_file, log))
    if credentials.api_key is None:
        return _over_web(settings, credentials, notes, token_file=token_file, log=log, timekeeper=timekeeper)
    base_url = str(settings.base_url or EXTERNAL_URL)
    least_rest = _OF_A_STAND_IN if is_stand_in(base_url) else LEAST_EXTERNAL
    if settings.interval < least_rest:
        log.warning(
            "interval_s: %g is shorter than the %g s at which chargers report to Charge Amps; they are read that often",
            settings.interval.total_seconds(),
            LEAST_EXTERNAL.total_seconds(),
        )
    return ChargeAmpsCloud(
        ExternalClient(
            credentials,
            base_url=base_url,
            token_file=token_file,
            now=timekeeper or utc_now,
            tell_time=timekeeper.compare if timekeeper else None,
            logger=log,
        ),
        notes,
        settings=settings,
        least_rest=least_rest,
        callback_secret=credentials.callback_secret,
        logger=log,
    )


def _over_web(
    settings: ChargeAmpsSettings,
    credentials: Credentials,
    notes: Notes,
    *,
    token_file: Path | None,
    log: logging.Logger,
    timekeeper: Timekeeper | None,
) -> ChargerCloud:
    client = WebClient(
        credentials,
        base_url=str(settings.base_url or WEB_URL),
        host=settings.host,
        token_file=token_file,
        now=timekeeper or utc_now,
        tell_time=timekeeper.compare if timekeeper else None,
        logger=log,
    )
    return web_cloud(client, notes, settings)


def web_cloud(client: WebClient, notes: Notes, settings: ChargeAmpsSettings) -> ChargerCloud:
    """The account without an API key: read-only, unless its owner wants unverified commands."""
    kind = WebControl if settings.control_over_web else ChargeAmpsMonitor
    cloud = kind(
        client.channel,
        WebReader(client, trusts_codes=settings.trust_web_codes),
        notes,
        CounterHistory(notes),
        ChargeBooks(),
        least_rest=timedelta(seconds=10),
        now=client.now,
    )
    if isinstance(cloud, WebControl):
        cloud.command_with(client, settings.rfid_tag)
    return cloud

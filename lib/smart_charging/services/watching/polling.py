"""Polls the chargers, publishes them and calls listeners."""

from __future__ import annotations

import asyncio
import logging
import random
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from smart_charging.charger import Charger, ChargeState
from smart_charging.clouds.protocol import ChargerCloud, HasLink, HasPace, HasQuota, SetsCurrent
from smart_charging.clouds.words import CloudWords
from smart_charging.entities.account import ACCOUNT_ENTITIES, LINK_ENTITIES, QUOTA_ENTITIES, AccountView
from smart_charging.entities.charger import CHARGER_ENTITIES
from smart_charging.entities.charger_view import ChargerView
from smart_charging.entities.cloud_tables import CloudTables
from smart_charging.entities.measured import CURRENT_ENTITIES
from smart_charging.entities.names import AccountNames, Slugs
from smart_charging.entities.publish import Device, EntityDescription, Publisher
from smart_charging.entities.tables import ALL_OF_A_CHARGER
from smart_charging.errors import AuthError, CloudError, RateLimitedError
from smart_charging.services.heartbeat import Bulkhead, Clock
from smart_charging.services.outage import Outage
from smart_charging.services.store import Store, recalled_part
from smart_charging.services.stored import text
from smart_charging.services.watching.cable_session import CableSessions
from smart_charging.services.watching.meters import Readings
from smart_charging.services.watching.roster import MissingChargers, Oddities
from smart_charging.services.watching.stable_charges import StableCharges
from smart_charging.services.watching.stations import Stations

BUSY_AFTER_COMMAND = timedelta(minutes=3)
LONGEST_BACK_OFF = timedelta(minutes=5)
AFTER_REFUSED_CREDENTIALS = timedelta(minutes=10)
_MOVING = (ChargeState.STARTING, ChargeState.STOPPING)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollInterval:
    """The time between two polls, by what the chargers are doing."""

    idle: timedelta
    plugged_in: timedelta
    busy: timedelta
    """While a charge starts or stops, for three minutes after a command and two after a cable was pulled."""

    def rest(self, chargers: Iterable[Charger], *, is_busy: bool) -> timedelta:
        """The time until the next poll after one that worked."""
        seen = list(chargers)
        if is_busy or any(c.active_charge and c.active_charge.state in _MOVING for c in seen):
            return self.busy
        return self.plugged_in if any(c.is_plugged_in for c in seen) else self.idle

    def rest_after(self, error: CloudError, failures: int, now: datetime) -> timedelta:
        """The same after one that failed: doubled each time up to five minutes, with jitter to spread the load."""
        match error:
            case RateLimitedError():
                return max(error.retry_at - now, timedelta(seconds=1))
            case AuthError():
                return AFTER_REFUSED_CREDENTIALS
            case _:
                doubled = min(self.busy * (1 << min(failures - 1, 10)), LONGEST_BACK_OFF)
                return doubled * random.uniform(0.8, 1.0)  # noqa: S311  # spreads load, guards nothing


SLUGS = "slugs"
MODELS = {"ac": "AC charge point", "dc": "DC charge point"}
Listener = Callable[[], Awaitable[None]]


class Polling:
    """Polls the chargers and holds the last answer; nothing else reads them from the cloud."""

    def __init__(
        self,
        cloud: ChargerCloud,
        charges: StableCharges,
        sessions: CableSessions,
        publisher: Publisher,
        store: Store,
        *,
        names: AccountNames,
        slugs: Slugs,
        tables: CloudTables,
        interval: PollInterval,
        unavailable_after: timedelta,
        forget_after: timedelta,
        clock: Clock,
        log: logging.Logger,
    ) -> None:
        self._linked = cloud if isinstance(cloud, HasLink) else None
        self._limited = cloud if isinstance(cloud, HasQuota) else None
        self._paced = cloud if isinstance(cloud, HasPace) else None
        self._charges = charges
        self._sessions = sessions
        self._names = names
        self._publisher = publisher
        self._slugs = slugs
        self._tables = tables
        self._charger_tables: Sequence[Sequence[EntityDescription[ChargerView]]] = (
            CHARGER_ENTITIES,
            *((CURRENT_ENTITIES,) if isinstance(cloud, SetsCurrent) else ()),
            tables.charger,
        )
        self.stations = Stations(publisher, store, names, tables)
        self._store = store
        self._readings = Readings(store)
        self._interval = interval
        self._unavailable_after = unavailable_after
        self._clock = clock
        self._missing = MissingChargers(store, forget_after)
        self._outage = Outage("Reading the chargers", log)
        self._oddities = Oddities(slugs, log)
        self._bulkhead = Bulkhead(log)
        self._reading = asyncio.Lock()
        self._listeners: list[Listener] = []
        self._gone: dict[str, Charger] = {}
        self._devices: dict[str, Device] = {}
        """By charger id, including chargers that are missing now."""
        self._read_at: datetime | None = None
        self._problem: str | None = None
        self._wake_at: datetime | None = None
        self._due_at = self._busy_until = datetime.min.replace(tzinfo=clock().tzinfo)
        self._last_read_at: dict[str, datetime] = {}
        self._wake: Callable[[], None] = lambda: None
        self.chargers: Mapping[str, Charger] = {}
        """The account's chargers by id, as last read; empty before the first success."""

    async def prepare(self) -> None:
        """Restore the slugs of the entity ids from before a restart."""
        facts = await self._store.recall(SLUGS)
        read = {key: recalled_part(self._store, SLUGS, name, _slug, key) for key, name in facts.items()}
        self._slugs.recall({charger_id: name for charger_id, name in read.items() if name})
        await self.stations.prepare()

    @property
    def words(self) -> CloudWords:
        """The names of the cloud."""
        return self._names.words

    def on_read(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` after every read, failed or not; returns how to unsubscribe."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def slug(self, charger: Charger) -> str:
        """The slug of the charger's entity ids."""
        return self.device(charger).slug

    def device(self, charger: Charger) -> Device:
        """The charger's device; available while its data is recent."""
        device = self._devices.get(charger.id) or self._device_of(charger)
        return device if self.is_reachable and charger.id in self.chargers else replace(device, is_available=False)

    def _device_of(self, charger: Charger) -> Device:
        return Device(
            id=self._names.device_id(charger.id),
            slug=self._slugs.of(charger),
            name=charger.name,
            model=MODELS.get(charger.type, "Charge point"),
            manufacturer=self._names.words.manufacturer,
            firmware=charger.firmware,
            portal=self._names.words.portal,
            via=None if charger.station_id is None else self.stations.device_id(charger.station_id),
        )

    def wake_with(self, wake: Callable[[], None]) -> None:
        """Set the function that makes the poll loop read now."""
        self._wake = wake

    def hurry(self) -> None:
        """After a command: read more often for a while; a cloud without a quota is read at once.

        With a quota that would be a waste: the answer to the command has just told how things stand.
        """
        now = self._clock()
        self._busy_until = now + BUSY_AFTER_COMMAND
        if self._reading.locked():  # its end will find out when the next one is due
            return
        if self._limited and self._read_at and self.is_answering:
            soon = self._read_at + self._limited.plan(self._interval.busy)
            self._wake_at = self._due_at = min(self._due_at, max(soon, now))
        self._wake()

    def last_read_at(self, charger_id: str) -> datetime | None:
        """When the charger was last read, by itself or with all."""
        return self._last_read_at.get(charger_id)

    @property
    def was_asked(self) -> bool:
        """Whether the chargers have been read at least once, successfully or not."""
        return self._read_at is not None or self._outage.since is not None

    @property
    def has_worked(self) -> bool:
        """Whether a read has worked since the start."""
        return self._read_at is not None

    @property
    def known_ids(self) -> Set[str]:
        """Ids of the account's chargers, including those known before a restart."""
        return self._slugs.given.keys()

    @property
    def read_at(self) -> datetime | None:
        """When the chargers were last read."""
        return self._read_at

    @property
    def problem(self) -> str | None:
        """Why the last read failed; None when it worked."""
        return self._problem

    @property
    def is_answering(self) -> bool:
        """Whether the last read worked."""
        return self._outage.since is None

    @property
    def failing_since(self) -> datetime | None:
        """When the reads began to fail; None while they work."""
        return self._outage.since

    @property
    def is_reachable(self) -> bool:
        """Whether the known chargers are recent enough to be shown."""
        return self._outage.since is None or self._outage.lasts(self._clock()) < self._unavailable_after

    async def beat(self) -> timedelta:
        """Poll once; returns how long to wait for the next poll. A wake for a later moment only returns that."""
        began, (due_at, self._wake_at) = self._clock(), (self._wake_at, None)
        if due_at and due_at > began:
            return due_at - began
        error = await self.refresh()
        now = self._clock()
        if error:
            rest = self._interval.rest_after(error, self._outage.failures, now)
        else:
            is_busy = now < self._busy_until or self._sessions.is_unsure(now)
            rest = self._interval.rest(self.chargers.values(), is_busy=is_busy)
            rest = max(began - now + (self._limited.plan(rest) if self._limited else rest), timedelta(0))
            rest = self._paced.pace(rest) if self._paced else rest
        self._due_at = now + rest
        return rest

    async def refresh(self) -> CloudError | None:
        """Read and publish once; if the cloud does not answer, keeps the last data and returns the error."""
        async with self._reading:
            error = await self._read()
            await self._publish()
            await self._publish_account(error)
        await self._tell()
        return error

    async def look_at(self, charger_id: str) -> None:
        """Read a single charger ahead of the next poll, publish it and call the listeners.

        Raises:
            CloudError: It cannot be read; the last data is kept.
        """
        async with self._reading:
            charger = await self._charges.charger(charger_id)
            await self._take({**self.chargers, charger_id: charger}, read=[charger_id])
            self._devices[charger_id] = self._device_of(charger)
            await self._publish()
        await self._tell()

    async def _tell(self) -> None:
        for listener in list(self._listeners):
            await self._bulkhead.survived("After a read", listener())

    async def show_news(self, charger_id: str) -> None:
        """Publish what a command's answer or a look has told of a charger's charges, and call the listeners."""
        charger = self.chargers.get(charger_id)
        if charger is None or (newest := self._charges.newest(charger)) == charger:
            return
        await self._take({**self.chargers, charger_id: newest})
        await self._bulkhead.survived(newest.name, self._publish_one(self.chargers[charger_id]))
        await self._tell()

    async def _read(self) -> CloudError | None:
        try:
            found = {charger.id: charger for charger in await self._charges.chargers()}
        except CloudError as err:
            self._problem = str(err)
            self._outage.failed(err, self._clock())
            await self._take(self.chargers)
            return err
        self._problem = None
        self._outage.worked(self._clock())
        self._gone = {**self._gone, **self.chargers}
        self._gone = {key: charger for key, charger in self._gone.items() if key not in found}
        await self._take(found, read=found)
        self._read_at = self._clock()  # not earlier: who sees that a read has worked looks for its chargers
        if self._slugs.assign(found.values()):
            await self._store.remember(SLUGS, self._slugs.given)
        self._devices |= {charger.id: self._device_of(charger) for charger in found.values()}
        await self._remove_missing()
        self._oddities.report(found.values())
        return None

    async def _take(self, chargers: Mapping[str, Charger], read: Iterable[str] = ()) -> None:
        """Update the known chargers, of which some were `read`, and their sessions; after a failed read none was."""
        await self._sessions.recall(chargers)
        self._last_read_at |= dict.fromkeys(read, self._clock())
        self.chargers = {key: self._charges.newest(charger) for key, charger in chargers.items()}
        self._sessions.update(self.chargers.values(), self._clock())
        await self._sessions.keep()

    async def _remove_missing(self) -> None:
        """Remove the devices of chargers that have been missing for long, including those missed since a restart."""
        known = self._slugs.given
        for charger_id in await self._missing.due(known, self.chargers, self._clock()):
            self._gone.pop(charger_id, None)
            self._devices.pop(charger_id, None)
            device = Device(
                id=self._names.device_id(charger_id), slug=known[charger_id], name="", model="", is_available=False
            )
            await self._publisher.remove(device, (*ALL_OF_A_CHARGER, *self._tables.charger_keys))
            await self.stations.remove(charger_id)

    async def _publish(self) -> None:
        await self.stations.publish(self.chargers.values(), is_available=self.is_reachable)
        for charger in [*self.chargers.values(), *self._gone.values()]:
            await self._bulkhead.survived(charger.name, self._publish_one(charger))

    async def _publish_one(self, charger: Charger) -> None:
        view = await self._readings.view(charger, self._sessions.charges(charger), self._clock())
        for table in self._charger_tables:
            await self._publisher.publish(table, view, self.device(charger))

    async def _publish_account(self, error: CloudError | None) -> None:
        link = self._linked.link if self._linked else None
        view = AccountView(link=link, problem=str(error) if error else None, read_at=self._read_at)
        await self._publisher.publish(ACCOUNT_ENTITIES, view, self._names.device)
        if link:
            await self._publisher.publish(LINK_ENTITIES, link, self._names.device)
        if link and self._limited:
            await self._publisher.publish(QUOTA_ENTITIES, link, self._names.device)
        await self._publisher.publish(self._tables.account, view, self._names.device)


def _slug(stored: object) -> str:
    if not re.fullmatch(r"[a-z0-9_]+", name := text(stored)):
        raise ValueError("no entity id can hold it")
    return name

"""The one connection, poll loop and publisher that all apps share."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from smart_charging.clouds.protocol import ChargerCloud, HasWallet, Pushes
from smart_charging.config.monitor import MonitorSettings
from smart_charging.entities.cloud_tables import NO_TABLES, CloudTables
from smart_charging.entities.command import EntityCommand
from smart_charging.entities.names import AccountNames, Slugs
from smart_charging.entities.publish import Publisher, StateWriter
from smart_charging.services.entity_commands import EntityCommands
from smart_charging.services.heartbeat import Clock, Heartbeat
from smart_charging.services.store import Store, SuffixedStore
from smart_charging.services.watching.cable_session import CableSessions
from smart_charging.services.watching.deliveries import Deliveries
from smart_charging.services.watching.polling import Polling, PollInterval
from smart_charging.services.watching.stable_charges import StableCharges
from smart_charging.services.watching.wallet import WalletPolling


class Hub:
    """One account of one cloud; owned by the monitor and used by the other apps."""

    def __init__(
        self,
        cloud: ChargerCloud,
        settings: MonitorSettings,
        writer: StateWriter,
        store: Store,
        *,
        tables: CloudTables = NO_TABLES,
        clock: Clock,
        log: logging.Logger,
    ) -> None:
        self.cloud = cloud
        """For the abilities that not every cloud has; chargers and charges are read and commanded by `charges`."""
        self.tables = tables
        """The entities that this cloud has besides the common ones."""
        self._settings = settings
        self.clock = clock
        """For everything that has to do with this account."""
        self.names = AccountNames(words=cloud.words, account=settings.account)
        store = self.store_of(store)
        self.charges = StableCharges(cloud, store, clock=clock, log=log)
        """Reads chargers and charges and sends commands."""
        self.sessions = CableSessions(store, returns_within=settings.pulled_after)
        """The session of each charger, as up to date as `polling.chargers`."""
        self.publisher = Publisher(writer)
        self.entity_commands = EntityCommands(log)
        self.polling = self._polling(store, clock, log)
        chargers = Heartbeat(self.polling.beat, log)
        self.polling.wake_with(chargers.wake)
        self.wallet = self._wallet(cloud, clock, log) if isinstance(cloud, HasWallet) else None
        wallets = [Heartbeat(self.wallet.beat, log)] if self.wallet else []
        self.deliveries: Deliveries | None = None
        """Of a cloud that calls us, where the arguments ask for that."""
        if isinstance(cloud, Pushes) and cloud.awaits_deliveries:
            self.deliveries = Deliveries(cloud, store, hurry=chargers.wake, log=log)
        self.loops: Sequence[Heartbeat] = (chargers, *wallets)

    @property
    def settings(self) -> Mapping[str, object]:
        """The monitor's arguments by name."""
        return self._settings.model_dump()

    def store_of(self, store: Store) -> Store:
        """The store with keys of this account's own, so that two accounts cannot mix up their data."""
        return SuffixedStore(store, self.names.suffix) if self.names.suffix else store

    async def obey(self, command: EntityCommand) -> None:
        """Carry out a command if it is for this account; on one broker every account receives all commands."""
        chargers = {self.names.device_id(charger_id) for charger_id in self.polling.known_ids}
        if command.device_id in {*chargers, *self.polling.stations.device_ids, self.names.device.id}:
            await self.entity_commands.obey(command)

    async def aclose(self) -> None:
        """Close the connection."""
        await self.cloud.aclose()

    def _polling(self, store: Store, clock: Clock, log: logging.Logger) -> Polling:
        settings = self._settings
        return Polling(
            self.cloud,
            self.charges,
            self.sessions,
            self.publisher,
            store,
            names=self.names,
            slugs=Slugs(settings.aliases, self.names.prefix),
            tables=self.tables,
            interval=PollInterval(
                idle=settings.poll_idle, plugged_in=settings.poll_plugged_in, busy=settings.poll_busy
            ),
            unavailable_after=settings.unavailable_after,
            forget_after=settings.forget_after,
            clock=clock,
            log=log,
        )

    def _wallet(self, cloud: HasWallet, clock: Clock, log: logging.Logger) -> WalletPolling:
        return WalletPolling(
            cloud,
            self.publisher,
            self.names.device,
            interval=self._settings.wallet_interval,
            unavailable_after=self._settings.unavailable_after,
            clock=clock,
            log=log,
        )

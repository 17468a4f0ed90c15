"""One connection, one poll loop, one publisher, for all apps together."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from smart_charging.clouds.opening import Cloud
from smart_charging.config.monitor import MonitorSettings
from smart_charging.entities.names import Slugs
from smart_charging.entities.publish import Publisher, StateWriter
from smart_charging.services.entity_commands import EntityCommands
from smart_charging.services.heartbeat import Clock, Heartbeat
from smart_charging.services.store import Store
from smart_charging.services.watching.polling import Polling, PollInterval
from smart_charging.services.watching.wallet import WalletPolling


class Hub:
    """What the monitor owns and the other apps use."""

    def __init__(
        self,
        cloud: Cloud,
        settings: MonitorSettings,
        writer: StateWriter,
        store: Store,
        *,
        clock: Clock,
        log: logging.Logger,
    ) -> None:
        self.cloud = cloud
        self.publisher = Publisher(writer)
        self.commands = EntityCommands(log)
        self.polling = Polling(
            cloud,
            self.publisher,
            Slugs(settings.aliases),
            store,
            pace=PollInterval(idle=settings.poll_idle, plugged_in=settings.poll_plugged_in, busy=settings.poll_busy),
            unavailable_after=settings.unavailable_after,
            forget_after=settings.forget_after,
            clock=clock,
            log=log,
        )
        self.wallet = WalletPolling(
            cloud,
            self.publisher,
            interval=settings.wallet_interval,
            unavailable_after=settings.unavailable_after,
            clock=clock,
            log=log,
        )
        chargers = Heartbeat(self.polling.beat, log)
        self.polling.wake_with(chargers.wake)
        self.loops: Sequence[Heartbeat] = (chargers, Heartbeat(self.wallet.beat, log))

    async def aclose(self) -> None:
        """Let go of the connection."""
        await self.cloud.aclose()

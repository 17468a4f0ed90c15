"""Read the wallet now and then; its trouble is never the chargers' trouble."""

from __future__ import annotations

import logging
from datetime import timedelta

from smart_charging.entities.publish import Publisher
from smart_charging.entities.wallet import WALLET_ENTITIES, WALLET_NAME, WALLET_SLUG
from smart_charging.errors import CloudError
from smart_charging.services.outage import Outage
from smart_charging.services.polling import Clock
from smart_charging.wallet import WalletCloud

TRY_AGAIN = timedelta(minutes=1)
TRANSACTIONS_SHOWN = 10


class WalletPolling:
    """Keeps the wallet's entities current."""

    def __init__(
        self, cloud: WalletCloud, publisher: Publisher, interval: timedelta, *, clock: Clock, log: logging.Logger
    ) -> None:
        self._cloud = cloud
        self._publisher = publisher
        self._interval = interval
        self._clock = clock
        self._outage = Outage("Reading the wallet", log)

    async def beat(self) -> timedelta:
        """One read; how long to rest until the next. What was read last stays."""
        try:
            wallet = await self._cloud.wallet(transactions=TRANSACTIONS_SHOWN)
        except CloudError as err:
            self._outage.failed(err, self._clock())
            return min(TRY_AGAIN, self._interval)
        self._outage.worked(self._clock())
        await self._publisher.publish(WALLET_ENTITIES, wallet, slug=WALLET_SLUG, name=WALLET_NAME)
        return self._interval

"""Polls the wallet, independently of the chargers."""

from __future__ import annotations

import logging
from datetime import timedelta

from smart_charging.clouds.protocol import HasWallet
from smart_charging.clouds.wallet import Wallet
from smart_charging.entities.publish import Device, Publisher
from smart_charging.entities.wallet import WALLET_ENTITIES
from smart_charging.errors import CloudError, NotPermittedError, NoWalletError
from smart_charging.services.heartbeat import Clock
from smart_charging.services.outage import Outage

TRY_AGAIN = timedelta(minutes=1)
TRANSACTIONS_SHOWN = 10


NOTHING_KNOWN = Wallet(amount=None, credit=None, currency=None)


class WalletPolling:
    """Keeps the wallet's entities up to date; there are none while there is no wallet to show."""

    def __init__(
        self,
        cloud: HasWallet,
        publisher: Publisher,
        device: Device,
        *,
        interval: timedelta,
        unavailable_after: timedelta,
        clock: Clock,
        log: logging.Logger,
    ) -> None:
        self._cloud = cloud
        self._publisher = publisher
        self._device = device
        self._interval = interval
        self._unavailable_after = unavailable_after
        self._clock = clock
        self._log = log
        self._outage = Outage("Reading the wallet", log)
        self._known: Wallet | None = None
        self._is_refusal_told = False

    async def beat(self) -> timedelta:
        """Read once; returns how long to wait for the next read. If it fails, the last data is shown for a while."""
        now = self._clock()
        try:
            self._known = await self._cloud.wallet(transactions=TRANSACTIONS_SHOWN)
        except NoWalletError as err:
            if not self._is_refusal_told:
                self._log.info("No wallet is shown: %s", err)
            self._is_refusal_told = True
            if self._known:
                await self._show(is_available=False)
            return self._interval
        except CloudError as err:
            self._outage.failed(err, now)
            await self._show(is_available=self._known is not None and self._outage.lasts(now) < self._unavailable_after)
            return self._interval if isinstance(err, NotPermittedError) else min(TRY_AGAIN, self._interval)
        self._outage.worked(now)
        await self._show(is_available=True)
        return self._interval

    async def _show(self, *, is_available: bool) -> None:
        await self._publisher.publish(
            WALLET_ENTITIES, self._known or NOTHING_KNOWN, self._device, is_available=is_available
        )

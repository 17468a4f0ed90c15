"""Reads what the driver will pay from the cloud of a charger."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from smart_charging.errors import ChargingError, CloudError, ConfigError, PriceError, RateLimitedError
from smart_charging.prices.curve import NO_PRICES, PriceCurve
from smart_charging.services.pricing.publication import LastAsk, next_ask
from smart_charging.services.pricing.source import PriceReading

_ASKED_EVERY = timedelta(hours=1)
"""Owners change their prices, and nobody says how far ahead a forecast reaches."""
_PATIENCE_S = 10
"""For all requests together: the scheduler does nothing else meanwhile."""


class TellsPrices(Protocol):
    """A cloud that tells prices ahead."""

    async def prices(self) -> PriceCurve:
        """All that it tells, with fees and taxes.

        Raises:
            CloudError: It does not answer.
            ConfigError: What is written in apps.yaml does not say whose prices to tell; the message says what to write.
        """
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class CloudSource:
    """The argument `price_cloud`."""

    name = "price_cloud"
    followed: Sequence[str] = ()

    def __init__(self, cloud: TellsPrices) -> None:
        self._cloud = cloud
        self._last: LastAsk | None = None
        self._not_before: datetime | None = None
        self._problem: ChargingError | None = None
        self.next_ask: datetime | None = None

    async def read(self, now: datetime, known: PriceCurve) -> PriceReading:
        """The cloud's prices when it is time to ask; else no prices, and the last problem."""
        reading = PriceReading(problem=self._problem, has_fees_inside=True)
        if self._due_at(now, known) <= now:
            reading = await self._ask(known, now)
            failures = self._last.failures if self._last else 0
            self._last = LastAsk(at=now, failures=failures + 1 if reading.problem else 0)
            self._problem = reading.problem
        self.next_ask = self._due_at(now, reading.curve.filled_from(known))
        return reading

    def _due_at(self, now: datetime, known: PriceCurve) -> datetime:
        if self._not_before:
            return self._not_before
        if self._last and not self._last.failures:
            return self._last.at + _ASKED_EVERY
        return next_ask(now, known, self._last)

    async def _ask(self, known: PriceCurve, now: datetime) -> PriceReading:
        self._not_before = None
        curve, problem = NO_PRICES, None
        try:
            async with asyncio.timeout(_PATIENCE_S):
                curve = await self._cloud.prices()
        except RateLimitedError as err:
            self._not_before, problem = err.retry_at, PriceError(f"{self.name}: {err}")
        except (CloudError, ConfigError, PriceError) as err:
            problem = PriceError(f"{self.name}: {err}")
        except TimeoutError:
            problem = PriceError(f"{self.name}: no answer within {_PATIENCE_S} s")
        if problem is None and curve.filled_from(known).price_at(now) is None:
            problem = PriceError(f"{self.name}: the cloud answered without a price for now")
        return PriceReading(curve=curve, has_fees_inside=True, problem=problem)

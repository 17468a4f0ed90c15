"""Keeps the grid fees that a cloud tells, over a restart, too."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from functools import partial
from typing import Any, Protocol

from smart_charging.config.tariff import TariffSettings
from smart_charging.errors import ChargingError, CloudError, ConfigError, PriceError
from smart_charging.prices.fees_ahead import FeeChange, FeesAhead
from smart_charging.prices.rates import Rate
from smart_charging.services.outage import Outage
from smart_charging.services.store import Store, recalled_part
from smart_charging.services.stored import amount, flag, moment, rows, text

KEY = "grid_fees"
_ASKED_EVERY = timedelta(hours=12)
_AFTER_FAILURE = timedelta(minutes=15)
_BACK, _AHEAD = timedelta(days=8), timedelta(days=8)
"""As far as prices are remembered, and further than anybody plans."""
_PATIENCE_S = 10


class TellsGridFees(Protocol):
    """A cloud that knows a grid company's tariff."""

    async def fees(self, first: date, last: date) -> FeesAhead:
        """The fees of these days.

        Raises:
            CloudError: It does not answer.
            ConfigError: It is not clear which tariff is meant; the message says what to write.
            PriceError: It knows none for these days.
        """
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class GridFees:
    """The argument `grid_fees_from`; the last fees that were told count until there are others."""

    def __init__(
        self, cloud: TellsGridFees, settings: TariffSettings, store: Store, *, zone: tzinfo, log: logging.Logger
    ) -> None:
        self._cloud = cloud
        self._settings = settings
        self._store = store
        self._zone = zone
        self._outage = Outage("Reading the grid fees", log)
        self._fees: FeesAhead | None = None
        self._rates: Sequence[Rate] | None = None
        self._next_ask: datetime | None = None

    async def read(self, now: datetime) -> Sequence[Rate] | None:
        """The fees as rates; None while none were ever told."""
        if self._next_ask is None and (recalled := await self._recalled()):
            self._use(recalled)
        if self._next_ask is None or self._next_ask <= now:
            await self._ask(now)
        return self._rates

    async def _ask(self, now: datetime) -> None:
        today = now.astimezone(self._zone).date()
        try:
            async with asyncio.timeout(_PATIENCE_S):
                fees = await self._cloud.fees(today - _BACK, today + _AHEAD)
        except (CloudError, ConfigError, PriceError) as err:
            self._fail(err, now)
        except TimeoutError:
            self._fail(PriceError(f"no answer within {_PATIENCE_S} s"), now)
        else:
            self._next_ask = now + _ASKED_EVERY
            self._outage.worked(now)
            self._use(fees)
            await self._store.remember(KEY, self._to_dict(fees))

    def _use(self, fees: FeesAhead) -> None:
        if fees != self._fees:
            written = self._settings
            self._fees = fees
            self._rates = fees.rates(self._zone, vat=written.vat, wants_vat=written.is_vat_on_spot_only)

    def _fail(self, error: ChargingError, now: datetime) -> None:
        self._next_ask = now + _AFTER_FAILURE
        instead = "the last ones stand in" if self._fees else "grid_fees stands in"
        self._outage.failed(PriceError(f"grid_fees_from: {error}; {instead}"), now)

    def _to_dict(self, fees: FeesAhead) -> Mapping[str, Any]:
        changes = [[change.start.isoformat(), change.per_kwh] for change in fees.changes]
        return {"of": self._of, "has_vat": fees.has_vat, "changes": changes}

    async def _recalled(self) -> FeesAhead | None:
        facts = await self._store.recall(KEY)
        return recalled_part(self._store, KEY, facts, partial(_fees, self._of)) if facts else None

    @property
    def _of(self) -> str:
        """What the stored fees have to be of."""
        source = self._settings.grid_fees_from
        return f"{source.cloud} {source.zip} {source.tariff}" if source else ""


def _fees(of: str, facts: Mapping[str, Any]) -> FeesAhead | None:
    """The opposite of `GridFees._to_dict`; None where other fees are meant now."""
    if text(facts["of"]) != of:
        return None
    changes = [FeeChange(start=moment(start), per_kwh=amount(per_kwh)) for start, per_kwh in rows(facts["changes"])]
    return FeesAhead(changes=changes, has_vat=flag(facts["has_vat"]))

"""The prices the scheduler plans with: read from the source, remembered, and estimated where not published."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import partial
from hashlib import sha256

from smart_charging.config.prices import PriceSettings
from smart_charging.errors import PriceError
from smart_charging.prices.curve import NO_PRICES, PriceCurve
from smart_charging.prices.wall_time import midnight
from smart_charging.services.heartbeat import Clock
from smart_charging.services.home_assistant import Entities, PriceHome
from smart_charging.services.outage import Outage
from smart_charging.services.planning_thread import PlanningThread, T
from smart_charging.services.pricing.action_source import ActionSource
from smart_charging.services.pricing.cloud_source import CloudSource, TellsPrices
from smart_charging.services.pricing.entity_source import EntitySource
from smart_charging.services.pricing.expected_prices import NOTHING_GUESSED, ExpectedPrices, Guess
from smart_charging.services.pricing.fixed_source import FixedSource
from smart_charging.services.pricing.grid_fees import GridFees
from smart_charging.services.pricing.history import LOOKED_AT, PriceHistory
from smart_charging.services.pricing.instead import Instead
from smart_charging.services.pricing.publication import without_placeholders
from smart_charging.services.pricing.search import SourceSearch
from smart_charging.services.pricing.source import PriceReading, PriceSource
from smart_charging.services.pricing.tariffs import tariff_of
from smart_charging.services.store import Store

ENTITY_STARTUP_GRACE = timedelta(minutes=1)
"""After a start, price integrations of Home Assistant may take longer than AppDaemon."""
ACTION_STARTUP_GRACE = timedelta(minutes=3)
"""Longer, because actions are available later; they are called again after 20 s, 60 s and 3 min."""
_FOREVER = datetime.max.replace(tzinfo=UTC)


GUESSED_AHEAD = timedelta(days=1)
"""Estimates reach this much further than asked for, so that they need not be made anew all the time."""


Follow = Callable[[Sequence[str]], Awaitable[None]]
"""Called with the ids of entities to be followed."""


async def _nobody(_entity_ids: Sequence[str]) -> None:
    """Prices are read every minute anyway."""


@dataclass(slots=True)
class _Cache:
    """Curves computed from the known prices, until there are new ones."""

    history: PriceCurve = NO_PRICES
    day: date | None = None
    since: PriceCurve = NO_PRICES
    lowered: Guess = NOTHING_GUESSED
    mean: Guess = NOTHING_GUESSED


class PriceFeed:
    """Prices with the tariff applied; while the source cannot be read, the last good ones are used.

    Args:
        cloud: That of `price_cloud`, if it is written.
        grid_fees: Those of the tariff's `grid_fees_from`, if it is written.
    """

    def __init__(
        self,
        settings: PriceSettings,
        entities: Entities,
        actions: PriceHome,
        store: Store,
        *,
        zone: tzinfo,
        clock: Clock,
        log: logging.Logger,
        currency: str | None = None,
        cloud: TellsPrices | None = None,
        grid_fees: GridFees | None = None,
    ) -> None:
        self._entities = entities
        self._actions = actions
        self._store = store
        self._zone = zone
        self._clock = clock
        self._log = log
        self._currency = currency
        self._cloud = cloud
        self._grid_fees = grid_fees
        self._tariff = tariff_of(settings.tariff) if settings.tariff else None
        holidays = self._tariff.holidays if self._tariff else ()
        self._ahead = ExpectedPrices(settings, entities, store, zone=zone, holidays=holidays, log=log)
        self._follow: Follow = _nobody
        self._search: SourceSearch | None = None
        self._instead = Instead(settings, actions, zone)
        self._is_fee_warning_logged = False
        self._thread: PlanningThread | None = None
        if settings.names_a_source:
            self._use(settings)
        else:
            self._search = SourceSearch(settings, actions, store, zone=zone, currency=currency, log=log)
            self._begin(settings, self._search, patience=ACTION_STARTUP_GRACE)

    def _use(self, settings: PriceSettings) -> None:
        """Read from the source that is configured or was found."""
        if action := settings.price_action:
            self._begin(
                settings, ActionSource(action, settings, self._actions, self._zone), patience=ACTION_STARTUP_GRACE
            )
        elif self._cloud:
            self._begin(settings, CloudSource(self._cloud), patience=ACTION_STARTUP_GRACE)
        elif settings.fixed:
            self._begin(settings, FixedSource(settings, self._zone), patience=ENTITY_STARTUP_GRACE)
        else:
            self._begin(settings, EntitySource(settings, self._entities, self._zone), patience=ENTITY_STARTUP_GRACE)

    def _begin(self, settings: PriceSettings, source: PriceSource, *, patience: timedelta) -> None:
        self._source = source
        self._patience = patience
        self._history = PriceHistory(_identity(settings), self._store)
        self._outage = Outage("Reading the prices", self._log, patience)
        self._error: PriceError | None = None
        self._taken: tuple[PriceCurve, bool] = (NO_PRICES, False)
        self._foreseen = NO_PRICES
        self._cache = _Cache()
        self._is_outdated = False
        """Whether the cached curves are of earlier prices."""

    def compute_in(self, thread: PlanningThread) -> None:
        """Work out prices there from now on; without a thread the loop does it."""
        self._thread = thread

    def when_found(self, follow: Follow) -> None:
        """Set the function to call with the entities of a source that is found later."""
        self._follow = follow

    @property
    def followed(self) -> Sequence[str]:
        """Ids of the entities whose changes are a reason to read again."""
        return self._source.followed

    @property
    def found(self) -> str | None:
        """The source that was found because none is named; None without one."""
        if self._search is None or self._source is self._search:
            return None
        return "the tariff alone" if isinstance(self._source, FixedSource) else self._source.name

    @property
    def has_prices(self) -> bool:
        """Whether any were read, now or before a restart."""
        return bool(self._history.published)

    @property
    def are_fees_known(self) -> bool:
        """Whether a tariff or the whole price is written, or the source's prices have fees in them."""
        is_whole = self._history.has_fees_inside or isinstance(self._source, FixedSource | CloudSource)
        return self._tariff is not None or is_whole

    @property
    def next_ask(self) -> datetime | None:
        """When to call the price action or compute fixed prices next; None for entities."""
        return self._source.next_ask

    @property
    def problem(self) -> str | None:
        """Why there is no price for now or none can be read; None until that has lasted long enough to be logged."""
        if self._error is None:
            return None
        return str(self._error) if self._outage.lasts(self._clock()) >= self._patience else None

    @property
    def history(self) -> PriceCurve:
        """All published prices of the last eight days and the future; empty before the first read."""
        return self._cache.history

    async def hurry(self) -> None:
        """Home Assistant is back: call the price action at the next read if it failed before."""
        if isinstance(self._source, ActionSource):
            self._source.hurry()

    async def read(self) -> PriceCurve:
        """Read the published prices from the start of this local day on; empty when none are known.

        Waits for Home Assistant when an action has to be called.
        """
        now = self._clock()
        await self._find(now)
        await self._follow_grid_fees(now)
        if await self._history.recall():
            self._is_outdated = True
        reading = await self._source.read(now, self._history.published)
        if self._outage.lasts(now) >= self._patience:  # it is told now
            reading = await self._instead.advised(reading, now)
        reading = replace(reading, curve=self._believed(reading.curve, now))
        if reading.curve.slots and (reading.curve, reading.has_fees_inside) != self._taken:
            await self._take(reading, now)
        self._judge(reading, now)
        await self._look_ahead(now)
        if self._is_outdated:
            self._cache = _Cache(history=await self._worked_out(partial(self._priced_history, now)))
            self._is_outdated = False
        return self._since(now.astimezone(self._zone).date())

    def estimated(self, curve: PriceCurve, start: datetime, end: datetime) -> PriceCurve:
        """The curve with estimates for unknown prices in `[start, end)`; unchanged when no price was ever known.

        Estimates begin at the full hour, so that they do not change with every second of `start`.
        """
        if end <= start:
            return curve
        cache, begins = self._cache, _hour(start)
        if not cache.lowered.covers(begins, end):
            cache.lowered = self._guess(begins, end + GUESSED_AHEAD)
        return curve.filled_from(cache.lowered.curve.between(begins, end))

    async def foreseen(self, curve: PriceCurve, start: datetime, end: datetime) -> PriceCurve:
        """The same, for whom the loop is not to wait."""
        cache, begins = self._cache, _hour(start)
        if start < end and not cache.lowered.covers(begins, end):
            cache.lowered = await self._worked_out(partial(self._guess, begins, end + GUESSED_AHEAD))
        return self.estimated(curve, start, end)

    async def expected(self, curve: PriceCurve, start: datetime, end: datetime) -> PriceCurve:
        """The same as `foreseen`, with the plain mean: for whom reckons himself with what it is worth to choose."""
        cache, begins = self._cache, _hour(start)
        if not cache.mean.covers(begins, end):
            work = partial(self._guess, begins, end + GUESSED_AHEAD, is_lowered=False)
            cache.mean = await self._worked_out(work)
        return curve.filled_from(cache.mean.curve.between(begins, end))

    async def _worked_out(self, work: Callable[[], T]) -> T:
        return await self._thread.result_of(work) if self._thread else work()

    async def _find(self, now: datetime) -> None:
        """Look for a source while none is configured."""
        if self._search is None:
            return
        is_silent = self._history.published.price_at(now) is None
        silent_for = self._outage.lasts(now) if is_silent else timedelta(0)
        if found := await self._search.search(now, silent_for=silent_for):
            self._use(found)
            await self._follow(self.followed)

    def _believed(self, curve: PriceCurve, now: datetime) -> PriceCurve:
        """The curve without placeholder days, and in the home's currency where the source has none."""
        is_old = curve == self._taken[0]  # a day accepted once stays accepted
        if not is_old and not isinstance(self._source, FixedSource):
            curve = without_placeholders(curve, self._history.published, now, self._zone)
        if self._currency and curve.slots and not curve.currency:
            return replace(curve, currency=self._currency)
        return curve

    async def _take(self, reading: PriceReading, now: datetime) -> None:
        await asyncio.sleep(0)  # reading them took a while, and so does this: others have their turn in between
        await self._history.learn(reading, now)
        self._taken = (reading.curve, reading.has_fees_inside)
        self._foreseen = PriceCurve([slot for slot in reading.curve if slot.is_estimate], reading.curve.currency)
        self._is_outdated = True
        if reading.has_fees_inside and self._tariff and not self._is_fee_warning_logged:
            self._is_fee_warning_logged = True
            self._log.warning(
                "The prices of %s have fees in them already; the tariff in apps.yaml is not added", self._source.name
            )

    async def _look_ahead(self, now: datetime) -> None:
        published, has_fees_inside = self._history.published, self._history.has_fees_inside
        if await self._ahead.update(
            published, self._foreseen, now, source=self._source.name, has_fees_inside=has_fees_inside
        ):
            self._cache.lowered = self._cache.mean = NOTHING_GUESSED

    async def _follow_grid_fees(self, now: datetime) -> None:
        fees = await self._grid_fees.read(now) if self._grid_fees else None
        if self._tariff and fees and fees is not self._tariff.grid_fees:
            self._tariff = replace(self._tariff, grid_fees=fees)
            self._is_outdated = True

    def _since(self, day: date) -> PriceCurve:
        cache = self._cache
        if cache.day != day:
            cache.day, cache.since = day, self.history.between(midnight(day, self._zone), _FOREVER)
        return cache.since

    def _priced_history(self, now: datetime) -> PriceCurve:
        return self._priced(self._history.published.between(now - LOOKED_AT, _FOREVER))

    def _guess(self, start: datetime, end: datetime, *, is_lowered: bool = True) -> Guess:
        """Estimated from the source's prices before tariff, so that each hour gets its own tariff."""
        spot = self._ahead.filled(self._history.published, start, end, is_lowered=is_lowered)
        return Guess(self._priced(spot), start, end)

    def _judge(self, reading: PriceReading, now: datetime) -> None:
        problem = reading.problem or self._gap(now)
        if problem is None:
            self._outage.worked(now)
            self._error = None
        else:
            self._error = problem if isinstance(problem, PriceError) else PriceError(str(problem))
            self._outage.failed(self._error, now)

    def _gap(self, now: datetime) -> PriceError | None:
        published = self._history.published
        if published.price_at(now) is not None:
            return None
        if (until := published.known_until) is None or now < until:
            return PriceError(f"{self._source.name} has no price for now")
        return PriceError(f"{self._source.name} has no price later than {until.astimezone(self._zone):%Y-%m-%d %H:%M}")

    def _priced(self, spot: PriceCurve) -> PriceCurve:
        if self._tariff is None:
            return spot
        if self._history.has_fees_inside:
            return self._tariff.billed(spot, self._zone)
        return self._tariff.applied(spot, self._zone)


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _identity(settings: PriceSettings) -> str:
    """A digest of the source's settings; only prices with the same digest are mixed.

    What is added to prices, other forecasts, CO2, and unwritten arguments that earlier versions had not are left out.
    """
    others = {"tariff", "feed_in", "price_forecast", "co2_entity", "co2_price_per_kg"}
    unwritten = {name for name in ("fixed", "price_keys", "price_cloud") if not getattr(settings, name)}
    written = settings.model_dump(mode="json", include={*PriceSettings.model_fields} - others - unwritten)
    return sha256(json.dumps(written, sort_keys=True).encode()).hexdigest()[:16]

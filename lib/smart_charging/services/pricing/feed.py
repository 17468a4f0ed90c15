"""What a kilowatt-hour costs: read, remembered, and guessed where nobody has published it."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from hashlib import sha256

from smart_charging.config.prices import PriceSettings
from smart_charging.errors import PriceError
from smart_charging.prices.curve import NO_PRICES, PriceCurve
from smart_charging.prices.forecast import with_estimates
from smart_charging.prices.wall_time import midnight
from smart_charging.services.heartbeat import Clock
from smart_charging.services.home_assistant import Entities, PriceHome
from smart_charging.services.outage import Outage
from smart_charging.services.pricing.action_source import ActionSource
from smart_charging.services.pricing.entity_source import EntitySource
from smart_charging.services.pricing.fixed_source import FixedSource
from smart_charging.services.pricing.history import PriceHistory
from smart_charging.services.pricing.publication import without_placeholders
from smart_charging.services.pricing.search import SourceSearch
from smart_charging.services.pricing.source import PriceReading, PriceSource
from smart_charging.services.pricing.tariffs import tariff_of
from smart_charging.services.store import Store

ENTITY_STARTUP_GRACE = timedelta(minutes=1)
"""After a start of Home Assistant its price integrations come later than we do."""
ACTION_STARTUP_GRACE = timedelta(minutes=3)
"""They are known later still, and asked again after 20 and 60 seconds and after three minutes."""
_FOREVER = datetime.max.replace(tzinfo=UTC)


GUESSED_AHEAD = timedelta(days=1)
"""Beyond what is asked for, as that moves on with the clock."""


Follow = Callable[[Sequence[str]], Awaitable[None]]
"""Told of entities to be followed."""


async def _nobody(_entity_ids: Sequence[str]) -> None:
    """Prices are read every minute anyway."""


@dataclass(slots=True)
class _WorkedOut:
    """What follows from the prices known, until others come: there are many questions between two of those."""

    history: PriceCurve | None = None
    day: date | None = None
    since: PriceCurve = NO_PRICES
    guess: PriceCurve = NO_PRICES
    guessed_from: datetime = _FOREVER
    guessed_until: datetime = _FOREVER


class PriceFeed:
    """Prices all-in, the tariff applied; while the source makes no sense the last good ones stand."""

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
    ) -> None:
        self._entities = entities
        self._actions = actions
        self._store = store
        self._zone = zone
        self._clock = clock
        self._log = log
        self._currency = currency
        self._tariff = tariff_of(settings.tariff) if settings.tariff else None
        self._follow: Follow = _nobody
        self._search: SourceSearch | None = None
        self._told_of_fees = False
        if settings.names_a_source:
            self._use(settings)
        else:
            self._search = SourceSearch(settings, actions, store, zone=zone, currency=currency, log=log)
            self._begin(settings, self._search, patience=ACTION_STARTUP_GRACE)

    def _use(self, settings: PriceSettings) -> None:
        """Read from the source that is written, or was found."""
        if action := settings.price_action:
            self._begin(
                settings, ActionSource(action, settings, self._actions, self._zone), patience=ACTION_STARTUP_GRACE
            )
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
        self._worked_out = _WorkedOut()

    def when_found(self, follow: Follow) -> None:
        """What to call with the entities of a source that is found by itself later on."""
        self._follow = follow

    @property
    def followed(self) -> Sequence[str]:
        """Ids of the entities whose change is a reason to read again."""
        return self._source.followed

    @property
    def next_ask(self) -> datetime | None:
        """When the price action is called next, or fixed prices get another day; None for entities."""
        return self._source.next_ask

    @property
    def problem(self) -> str | None:
        """What is wrong, in a sentence, while prices cannot be read or none is known for now; the log's patience."""
        if self._error is None:
            return None
        return str(self._error) if self._outage.lasts(self._clock()) >= self._patience else None

    @property
    def history(self) -> PriceCurve:
        """All published prices of some eight days and of those to come; empty before the first read."""
        done = self._worked_out
        if done.history is None:
            done.history = self._priced(self._history.published)
        return done.history

    async def hurry(self) -> None:
        """Home Assistant is back: call the price action at the next read if it failed before."""
        if isinstance(self._source, ActionSource):
            self._source.hurry()

    async def read(self) -> PriceCurve:
        """The prices from this local day on, as of now; empty when none are known.

        Published ones, and where its source forecasts, estimates. Waits for Home Assistant
        when there is an action to call.
        """
        now = self._clock()
        await self._find(now)
        if await self._history.recall():
            self._worked_out = _WorkedOut()
        reading = await self._source.read(now, self._history.published)
        reading = replace(reading, curve=self._believed(reading.curve, now))
        if reading.curve.slots and (reading.curve, reading.has_fees_inside) != self._taken:
            await self._take(reading, now)
        self._judge(reading, now)
        return self._since(now.astimezone(self._zone).date())

    def estimated(self, curve: PriceCurve, start: datetime, end: datetime) -> PriceCurve:
        """The curve with estimates where `[start, end)` is unknown; unchanged when no price ever was known.

        They begin with the full hour, so that they do not change with every second of `start`.
        """
        if end <= start:
            return curve
        start = start.replace(minute=0, second=0, microsecond=0)
        done = self._worked_out
        if not (done.guessed_from <= start and end <= done.guessed_until):
            done.guessed_from, done.guessed_until = start, end + GUESSED_AHEAD
            done.guess = self._guess(done.guessed_from, done.guessed_until)
        return curve.filled_from(done.guess.between(start, end))

    async def _find(self, now: datetime) -> None:
        """Look for a source while nobody has written one."""
        if self._search is None:
            return
        is_silent = self._history.published.price_at(now) is None
        silent_for = self._outage.lasts(now) if is_silent else timedelta(0)
        if found := await self._search.look(now, silent_for=silent_for):
            self._use(found)
            await self._follow(self.followed)

    def _believed(self, curve: PriceCurve, now: datetime) -> PriceCurve:
        """Without days that are made up; in the home's currency where the source names none."""
        is_old = curve == self._taken[0]  # a day that was believed once is so from then on
        if not is_old and not isinstance(self._source, FixedSource):
            curve = without_placeholders(curve, self._history.published, now, self._zone)
        if self._currency and curve.slots and not curve.currency:
            return replace(curve, currency=self._currency)
        return curve

    async def _take(self, reading: PriceReading, now: datetime) -> None:
        await self._history.learn(reading, now)
        self._taken = (reading.curve, reading.has_fees_inside)
        self._foreseen = PriceCurve([slot for slot in reading.curve if slot.is_estimate], reading.curve.currency)
        self._worked_out = _WorkedOut()
        if reading.has_fees_inside and self._tariff and not self._told_of_fees:
            self._told_of_fees = True
            self._log.warning(
                "The prices of %s have fees in them already; the tariff in apps.yaml is not added", self._source.name
            )

    def _since(self, day: date) -> PriceCurve:
        done = self._worked_out
        if done.day != day:
            start = midnight(day, self._zone)
            foreseen = self._priced(self._foreseen.between(start, _FOREVER))
            done.day, done.since = day, self.history.between(start, _FOREVER).filled_from(foreseen)
        return done.since

    def _guess(self, start: datetime, end: datetime) -> PriceCurve:
        """On the prices of the source, so that the tariff is that of the hour guessed."""
        spot = with_estimates(self._history.published, start, end, zone=self._zone)
        return self._priced(spot.between(start, end))

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


def _identity(settings: PriceSettings) -> str:
    """What prices must have in common to be mixed, as a digest; the tariff comes on top of all of them."""
    unwritten = {name for name in ("fixed", "price_keys") if not getattr(settings, name)}
    fields = {*PriceSettings.model_fields} - {"tariff"} - unwritten  # what earlier versions remember stays good
    written = settings.model_dump(mode="json", include=fields)
    return sha256(json.dumps(written, sort_keys=True).encode()).hexdigest()[:16]

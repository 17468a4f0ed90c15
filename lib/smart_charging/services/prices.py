"""What a kilowatt-hour costs: read, remembered, and guessed where nobody has published it."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from hashlib import sha256

from smart_charging.config.prices import PriceSettings
from smart_charging.errors import PriceError
from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.forecast import with_estimates
from smart_charging.prices.wall import midnight
from smart_charging.services.home import Entities, Integrations
from smart_charging.services.memory import Memory
from smart_charging.services.outage import Outage
from smart_charging.services.polling import Clock
from smart_charging.services.price_actions import ActionSource
from smart_charging.services.price_entities import EntitySource
from smart_charging.services.price_history import PriceHistory
from smart_charging.services.quotes import NOTHING, PriceSource, Quote
from smart_charging.services.tariffs import tariff_of

PATIENCE = timedelta(minutes=1)
"""After a start of Home Assistant its price integrations come later than we do."""
PATIENCE_WITH_ACTIONS = timedelta(minutes=3)
"""They are known later still, and asked again after 20 and 60 seconds and after three minutes."""
_FOREVER = datetime.max.replace(tzinfo=UTC)


GUESSED_AHEAD = timedelta(days=1)
"""Beyond what is asked for, as that moves on with the clock."""


@dataclass(slots=True)
class _WorkedOut:
    """What follows from the prices known, until others come: there are many questions between two of those."""

    history: PriceCurve | None = None
    midnight: datetime | None = None
    since: PriceCurve = NOTHING
    guess: PriceCurve = NOTHING
    guessed_from: datetime = _FOREVER
    guessed_until: datetime = _FOREVER


class PriceFeed:
    """Prices all-in, the tariff applied; while the source makes no sense the last good ones stand."""

    def __init__(
        self,
        settings: PriceSettings,
        entities: Entities,
        actions: Integrations,
        memory: Memory,
        *,
        zone: tzinfo,
        clock: Clock,
        log: logging.Logger,
    ) -> None:
        self._zone = zone
        self._clock = clock
        self._log = log
        self._tariff = tariff_of(settings.tariff) if settings.tariff else None
        action = settings.price_action
        self._action = ActionSource(action, settings, actions, zone) if action else None
        self._source: PriceSource = self._action or EntitySource(settings, entities, zone)
        self._patience = PATIENCE_WITH_ACTIONS if self._action else PATIENCE
        self._history = PriceHistory(_identity(settings), memory)
        self._outage = Outage("Reading the prices", log, self._patience)
        self._error: PriceError | None = None
        self._taken: tuple[PriceCurve, bool] = (NOTHING, False)
        self._foreseen = NOTHING
        self._worked_out = _WorkedOut()
        self._told_of_fees = False

    @property
    def followed(self) -> Sequence[str]:
        """Ids of the entities whose change is a reason to read again."""
        return self._source.followed

    @property
    def next_ask(self) -> datetime | None:
        """When the price action is called next; None for entities."""
        return self._source.next_ask

    @property
    def problem(self) -> str | None:
        """What is wrong, in a sentence, while prices cannot be read or none is known for now; the log's patience."""
        lasts = self._outage.lasts(self._clock()) >= self._patience
        return str(self._error) if self._error and lasts else None

    @property
    def history(self) -> PriceCurve:
        """All published prices of some eight days and of those to come; empty before the first read."""
        done = self._worked_out
        if done.history is None:
            done.history = self._priced(self._history.published)
        return done.history

    async def hurry(self) -> None:
        """Home Assistant is back: call the price action at the next read if it failed before."""
        if self._action:
            self._action.hurry()

    async def read(self) -> PriceCurve:
        """The prices from this local day on, as of now; empty when none are known.

        Published ones, and where its source forecasts, estimates. Waits for Home Assistant
        when there is an action to call.
        """
        now = self._clock()
        if await self._history.recall():
            self._worked_out = _WorkedOut()
        quote = await self._source.quote(now, self._history.published)
        if quote.curve and (quote.curve, quote.has_fees_inside) != self._taken:
            await self._take(quote, now)
        self._judge(quote, now)
        return self._since(self._midnight(now))

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
        return curve.over(done.guess.between(start, end))

    async def _take(self, quote: Quote, now: datetime) -> None:
        await self._history.learn(quote, now)
        self._taken = (quote.curve, quote.has_fees_inside)
        self._foreseen = PriceCurve([slot for slot in quote.curve if slot.is_estimate], quote.curve.currency)
        self._worked_out = _WorkedOut()
        if quote.has_fees_inside and self._tariff and not self._told_of_fees:
            self._told_of_fees = True
            self._log.warning(
                "The prices of %s have fees in them already; the tariff in apps.yaml is not added", self._source.name
            )

    def _since(self, midnight: datetime) -> PriceCurve:
        done = self._worked_out
        if done.midnight != midnight:
            foreseen = self._priced(self._foreseen.between(midnight, _FOREVER))
            done.midnight, done.since = midnight, self.history.between(midnight, _FOREVER).over(foreseen)
        return done.since

    def _guess(self, start: datetime, end: datetime) -> PriceCurve:
        """On the prices of the source, so that the tariff is that of the hour guessed."""
        spot = with_estimates(self._history.published, start, end, zone=self._zone)
        return self._priced(spot.between(start, end))

    def _judge(self, quote: Quote, now: datetime) -> None:
        problem = quote.problem or self._gap(now)
        if problem is None:
            self._outage.worked(now)
            self._error = None
        else:
            self._error = PriceError(str(problem))
            self._outage.failed(self._error, now)

    def _gap(self, now: datetime) -> PriceError | None:
        published = self._history.published
        if published.price_at(now) is not None:
            return None
        if (until := published.known_until) is None or now < until:
            return PriceError(f"{self._source.name} has no price for now")
        return PriceError(f"{self._source.name} has no price later than {until.astimezone(self._zone):%Y-%m-%d %H:%M}")

    def _midnight(self, now: datetime) -> datetime:
        return midnight(now.astimezone(self._zone).date(), self._zone)

    def _priced(self, spot: PriceCurve) -> PriceCurve:
        if self._tariff is None or self._history.has_fees_inside:
            return spot
        return self._tariff.applied(spot, self._zone)


def _identity(settings: PriceSettings) -> str:
    """What prices must have in common to be mixed, as a digest; the tariff comes on top of all of them."""
    names = {*PriceSettings.model_fields} - {"tariff"} - (set() if settings.price_keys else {"price_keys"})
    written = settings.model_dump(mode="json", include=names)
    return sha256(json.dumps(written, sort_keys=True).encode()).hexdigest()[:16]

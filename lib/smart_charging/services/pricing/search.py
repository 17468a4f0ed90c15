"""Finds the price source when none is configured."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo

from smart_charging.config.arguments import parse
from smart_charging.config.prices import PriceActionSettings, PriceSettings
from smart_charging.errors import ActionError, ConfigError, PriceError, SeveralSourcesError
from smart_charging.prices.curve import PriceCurve
from smart_charging.services.home_assistant import PriceHome
from smart_charging.services.pricing.action_arguments import takes_of
from smart_charging.services.pricing.candidates import Candidate, candidates
from smart_charging.services.pricing.source import PriceReading
from smart_charging.services.store import Store

KEY = "price_source"
_SOON, _LATER = timedelta(minutes=1), timedelta(minutes=10)
"""Time between searches: integrations start some minutes after Home Assistant, or are added by a person."""
_STARTING = timedelta(minutes=10)
_GIVEN_UP_AFTER = timedelta(hours=6)
"""If a source that was found has had no price for this long, look for another one."""
_NOTHING = (
    "Home Assistant has no source of prices that can be read yet; add one there, such as Nord Pool, "
    "or write price_entity, price_action or fixed in apps.yaml"
)
_TARIFF_ALONE = (
    "the tariff in apps.yaml is taken for the whole price; write fixed: 0 to say that it is, "
    "or price_entity or price_action"
)


class SourceSearch:
    """Uses the only source there is; until one is found, it is itself a source without prices.

    The source found is remembered, so that it is used even before its integration has started.
    """

    name = "a source of prices"
    followed: Sequence[str] = ()

    def __init__(
        self,
        settings: PriceSettings,
        home: PriceHome,
        store: Store,
        *,
        zone: tzinfo,
        currency: str | None,
        log: logging.Logger,
    ) -> None:
        self._settings = settings
        self._home = home
        self._store = store
        self._zone = zone
        self._currency = currency
        self._log = log
        self._began_at: datetime | None = None
        self._taken: Mapping[str, object] | None = None
        self._are_others_logged = False
        self._is_tariff_alone = False
        self._problem = PriceError(_NOTHING)
        self.next_ask: datetime | None = None

    async def read(self, _now: datetime, _known: PriceCurve) -> PriceReading:
        """No prices, and the reason."""
        return PriceReading(problem=self._problem)

    async def search(self, now: datetime, *, silent_for: timedelta) -> PriceSettings | None:
        """Search if it is time; returns the settings with the source when a new one is found, else None.

        Args:
            silent_for: How long the source in use has had no price for now.
        """
        if self._began_at is None:
            self._began_at = now
            if remembered := await self._remembered():
                return remembered
        is_needed = self._taken is None or silent_for >= _GIVEN_UP_AFTER
        is_starting = now - self._began_at < _STARTING
        is_checking_for_others = is_starting and not self._are_others_logged
        if not (is_needed or is_checking_for_others) or (self.next_ask and now < self.next_ask):
            return None
        self.next_ask = now + (_SOON if is_starting else _LATER)
        found = await self._candidates(now)
        if found is None:  # Home Assistant is away
            return None
        self._judge(found)
        if not found and not is_starting and self._taken is None:
            return self._tariff_alone()
        return await self._take(found[0]) if is_needed and len(found) == 1 else None

    def _tariff_alone(self) -> PriceSettings | None:
        """Where there is no market price, the tariff alone is the price; the search for a source goes on."""
        if self._is_tariff_alone or self._settings.tariff is None:
            return None
        self._is_tariff_alone = True
        self._log.warning("No source of prices was found; %s", _TARIFF_ALONE)
        return self._settings.model_copy(update={"fixed": parse(PriceSettings, {"fixed": 0}).fixed})

    async def _candidates(self, now: datetime) -> Sequence[Candidate] | None:
        try:
            return await candidates(self._home, self._settings, self._zone, now)
        except ActionError:
            return None

    async def _remembered(self) -> PriceSettings | None:
        """The source found before a restart; it is kept even if there are others now."""
        if not (known := await self._store.recall(KEY)):
            return None
        try:
            found = parse(PriceSettings, known)
        except ConfigError:  # from another version
            return None
        if not found.names_a_source:
            return None
        self._taken, self._are_others_logged = known, True
        return self._with(found.price_entity, found.price_action)

    async def _take(self, one: Candidate) -> PriceSettings | None:
        if one.to_dict() == self._taken:
            return None
        self._taken = one.to_dict()
        await self._store.remember(KEY, self._taken)
        return self._with(one.price_entity, one.price_action)

    def _judge(self, found: Sequence[Candidate]) -> None:
        """Ask the user to choose between several sources; one already in use stays in use."""
        lines = ", or ".join(one.line for one in found)
        if len(found) < 2:
            self._problem = PriceError(_NOTHING)
        elif self._taken is None:
            self._problem = SeveralSourcesError(f"there are several sources of prices; write one in apps.yaml: {lines}")
        elif not self._are_others_logged:
            self._are_others_logged = True
            self._log.warning("Another source of prices has come up; write the one you mean in apps.yaml: %s", lines)

    def _with(self, price_entity: Sequence[str], action: PriceActionSettings | None) -> PriceSettings:
        """The settings as if this source were configured."""
        self._log.info("Prices come from %s, found by itself", action.action if action else " and ".join(price_entity))
        update: dict[str, object] = {"price_entity": list(price_entity), "price_action": action}
        if action and not self._settings.price_currency and self._currency in takes_of(action.action, ()).currencies:
            update["price_currency"] = self._currency
        return self._settings.model_copy(update=update)

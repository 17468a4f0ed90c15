"""Tells once what was found, assumed or has to be written, in the log and in Home Assistant."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import timedelta, tzinfo

from smart_charging.charger import Charger
from smart_charging.config.scheduler import SchedulerSettings
from smart_charging.errors import ActionError
from smart_charging.services.home_assistant import Actions, HomeFacts
from smart_charging.services.peaks.meter_search import MeterSearch
from smart_charging.services.pricing.feed import PriceFeed
from smart_charging.services.scheduling.scheduled_chargers import ScheduledChargers
from smart_charging.services.scheduling.setup_notice import Setup, notice_of
from smart_charging.services.scheduling.unnamed_chargers import Choice
from smart_charging.services.store import Store

TITLE = "Smart Charging"
_SOON, _LATER = timedelta(seconds=10), timedelta(minutes=1)


class SetupTeller:
    """Keeps one log line and one persistent notification in step with what there is to say.

    The notification has an id of its own, so that a newer one takes its place; what was told before a restart is
    not told again, as the person may have dismissed it.

    Args:
        name: The scheduler's name in apps.yaml.
    """

    def __init__(
        self,
        settings: SchedulerSettings,
        chargers: ScheduledChargers,
        prices: PriceFeed,
        actions: Actions,
        store: Store,
        *,
        home: HomeFacts,
        zone: tzinfo,
        name: str,
        log: logging.Logger,
        meter_search: MeterSearch | None = None,
    ) -> None:
        self._settings = settings
        self._chargers = chargers
        self._prices = prices
        self._meter_search = meter_search
        self._actions = actions
        self._store = store
        self._home = home
        self._zone = zone
        self._key = f"setup_notice_{name}"
        self._id = f"smart_charging_{name}"
        self._log = log
        self._logged: str | None = None

    async def beat(self) -> timedelta:
        """Tell what is new; returns how long to rest."""
        if not self._is_settled:
            return _SOON
        notice = notice_of(self._settings, self._setup)
        if notice and notice.line != self._logged:
            self._logged = notice.line
            self._log.log(logging.WARNING if notice.asked else logging.INFO, "%s", notice.line)
        return _LATER if await self._show(notice.message if notice else "") else _SOON

    @property
    def _is_settled(self) -> bool:
        """Whether chargers, prices and the house's meter have been looked for."""
        has_looked = self._meter_search is None or self._meter_search.has_looked
        return has_looked and self._chargers.are_found and (self._prices.has_prices or self._prices.problem is not None)

    @property
    def _setup(self) -> Setup:
        choice = self._chargers.choice or Choice()
        return Setup(
            home=self._home,
            zone=self._zone,
            there=_sorted(self._chargers.there),
            taken=_sorted(self._chargers.taken.values()),
            too_many=_sorted(one.charger for one in choice.asked),
            price_source=self._prices.found,
            price_problem=self._prices.problem,
            are_fees_known=self._prices.are_fees_known,
            house_meter=self._meter_search.found if self._meter_search else None,
        )

    async def _show(self, message: str) -> bool:
        """Have the notification say this, or nothing; returns whether it does."""
        if (await self._store.recall(self._key)).get("message", "") == message:
            return True
        action = f"persistent_notification.{'create' if message else 'dismiss'}"
        content = {"title": TITLE, "message": message} if message else {}
        try:
            await self._actions.call_action(action, {"notification_id": self._id, **content})
        except ActionError:  # Home Assistant is away, or has not told its actions yet
            return False
        await self._store.remember(self._key, {"message": message})
        return True


def _sorted(chargers: Iterable[Charger]) -> Sequence[Charger]:
    """In an order that stays: clouds list them in any, and what changes is told anew."""
    return sorted(chargers, key=lambda one: (one.name, one.id))

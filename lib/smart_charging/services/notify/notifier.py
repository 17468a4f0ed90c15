"""Notifies people of what happens to their cars, once each, through Home Assistant's notify actions."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, tzinfo

from smart_charging.config.notify import Kind, NotifySettings
from smart_charging.entities.plan_view import PlanView
from smart_charging.services.heartbeat import Clock
from smart_charging.services.home_assistant import Actions
from smart_charging.services.notify.news import News, Told, news_of
from smart_charging.services.notify.outbox import NOTHING_TO_DO, Notification, Outbox
from smart_charging.services.store import Store, recalled

PRICES_PATIENCE = timedelta(hours=1)
"""How long prices may be missing before a notification: they are late now and then, and integrations restart."""
PRICES_KEY = "told_prices"
PRICES_TITLE = "Electricity prices"


class Notifier:
    """Finds the news in every view of a plan, and stores what was notified, over restarts too.

    `take_in` calls no action: news is queued for `beat`, in a loop of its own, so that a Home
    Assistant that hangs holds up no charge.
    """

    def __init__(
        self,
        actions: Actions,
        store: Store,
        settings: Sequence[NotifySettings],
        *,
        zone: tzinfo,
        clock: Clock,
        log: logging.Logger,
    ) -> None:
        self._outboxes = [Outbox(actions, one, log) for one in settings]
        self._store = store
        self._zone = zone
        self._clock = clock
        self._told: dict[str, Told] = {}
        self._missing_since: datetime | None = None
        self._wake: Callable[[], None] = lambda: None

    def wake_with(self, wake: Callable[[], None]) -> None:
        """Set what to call when there is something to send."""
        self._wake = wake

    async def take_in(self, view: PlanView, charger_key: str) -> None:
        """Compare a charger's view with what was notified, and queue the news."""
        if not self._outboxes:
            return
        key = f"told_{charger_key}"
        told = self._told.get(key) or await recalled(self._store, key, Told.from_dict) or Told()
        news, self._told[key] = news_of(view, told, self._clock())
        if self._told[key] != told:
            await self._store.remember(key, self._told[key].to_dict())
        self._tell(view.charger.name, news)

    def charger_gone(self, name: str) -> None:
        """Tell that a charger with a car is no longer in the account."""
        text = "It is no longer in the account: its car is not charged by plan until it is back; look at the account"
        self._tell(name, [News(kind=Kind.STUCK, text=text)])

    async def prices_missing(self, problem: str | None) -> None:
        """Note why there is no price for now or the next hours, None while there is; notify once if it lasts."""
        if not self._outboxes:
            return
        self._missing_since = (self._missing_since or self._clock()) if problem else None
        is_told = bool(await self._store.recall(PRICES_KEY))
        if problem is None and is_told:
            await self._store.remember(PRICES_KEY, {})
        elif problem and self._missing_since and not is_told:
            await self._tell_of_prices(problem, self._missing_since)

    async def beat(self) -> timedelta:
        """Send what is queued; returns how long to rest."""
        now = self._clock()
        return min(await asyncio.gather(*(outbox.send(now) for outbox in self._outboxes)), default=NOTHING_TO_DO)

    async def _tell_of_prices(self, problem: str, since: datetime) -> None:
        if self._clock() - since < PRICES_PATIENCE:
            return
        await self._store.remember(PRICES_KEY, {"since": since.isoformat()})
        text = (
            f"None since {since.astimezone(self._zone):%H:%M}: {problem}. "
            "Cars are charged in time all the same, unless they have a price limit; plans go by expected prices, "
            "where there are any"
        )
        self._tell(PRICES_TITLE, [News(kind=Kind.PRICES, text=text)])

    def _tell(self, title: str, news: Sequence[News]) -> None:
        """Queue for each outbox the most important news it wants: those of one moment say much the same."""
        for outbox in self._outboxes:
            wanted = next((one for one in news if outbox.wants(one.kind)), None)
            if wanted:
                outbox.put(Notification(kind=wanted.kind, title=title, text=wanted.text, at=self._clock()))
        if news:
            self._wake()

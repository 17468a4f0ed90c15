"""Notifies people of what happens to their cars, once each, through Home Assistant's notify actions."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

from smart_charging.config.notify import Kind, NotifySettings
from smart_charging.entities.plan_view import PlanState, PlanView
from smart_charging.services.heartbeat import Clock
from smart_charging.services.home_assistant import Actions
from smart_charging.services.notify.buttons import actions_for
from smart_charging.services.notify.news import News, Told, news_of
from smart_charging.services.notify.outbox import GROUP, NOTHING_TO_DO, Notification, Outbox
from smart_charging.services.notify.reminders import LATE, Reminders, Stays
from smart_charging.services.store import Store, recalled

PRICES_PATIENCE = timedelta(hours=1)
"""How long prices may be missing before a notification: they are late now and then, and integrations restart."""
PRICES_KEY = "told_prices"
PRICES_TITLE = "Electricity prices"
ANSWERED_WITHIN = timedelta(minutes=10)
"""Later than this nobody remembers the button."""


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
        self._reminders = Reminders({one.remind_at for one in settings if one.remind_at}, store, zone=zone)
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
        self._tell(view.charger.name, news, charger_key, view.plugged_in_at)

    async def remind(self, view: PlanView, charger_key: str, stays: Stays) -> None:
        """Remind people of a car that is not plugged in, at their time; call it only while that is known.

        Args:
            stays: When cars were plugged in at the charger before.
        """
        is_in = view.state is not PlanState.IDLE
        due = await self._reminders.due(charger_key, self._clock(), stays, is_plugged_in=is_in)
        for outbox in [one for one in self._outboxes if one.remind_at in due]:
            text = f"No cable is plugged in, although one usually is by {outbox.remind_at:%H:%M}"
            self._put(self._notification("reminder", charger_key, view.charger.name, text, useful_for=LATE), outbox)

    def answer(self, charger_key: str, name: str, text: str) -> None:
        """Tell what came of a button, wherever there are buttons."""
        able = [outbox for outbox in self._outboxes if outbox.has_buttons]
        self._put(self._notification("answer", charger_key, name, text, useful_for=ANSWERED_WITHIN), *able)

    def charger_gone(self, name: str, charger_key: str) -> None:
        """Tell that a charger with a car is no longer in the account."""
        text = "It is no longer in the account: its car is not charged by plan until it is back; look at the account"
        self._tell(name, [News(kind=Kind.STUCK, text=text)], charger_key)

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

    def _tell(
        self, title: str, news: Sequence[News], charger_key: str | None = None, plugged_in_at: datetime | None = None
    ) -> None:
        """Queue for each outbox the most important news it wants: those of one moment say much the same."""
        for outbox in self._outboxes:
            wanted = next((one for one in news if outbox.wants(one.kind)), None)
            if wanted:
                actions = actions_for(wanted.buttons, charger_key or "", plugged_in_at)
                self._put(self._notification(wanted.kind, charger_key, title, wanted.text, actions=actions), outbox)

    def _notification(self, subject: str, charger_key: str | None, title: str, text: str, **more: Any) -> Notification:
        tag = "_".join(part for part in (GROUP, charger_key, subject) if part)
        return Notification(tag=tag, title=title, text=text, at=self._clock(), **more)

    def _put(self, notification: Notification, *outboxes: Outbox) -> None:
        for outbox in outboxes:
            outbox.put(notification)
        if outboxes:
            self._wake()

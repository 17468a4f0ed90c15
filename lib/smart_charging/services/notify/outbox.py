"""The notifications that one notify action has yet to send."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from smart_charging.config.notify import Kind, NotifySettings
from smart_charging.errors import ActionError
from smart_charging.services.home_assistant import Actions
from smart_charging.services.outage import Outage

RETRY_AFTER = timedelta(minutes=1)
STALE_AFTER = timedelta(hours=6)
"""What could not be sent by then is dropped as useless."""
NOTHING_TO_DO = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One sentence about one subject."""

    kind: Kind
    title: str
    text: str
    at: datetime


class Outbox:
    """Keeps what could not be sent for a retry; a newer notification on the same subject replaces the older."""

    def __init__(self, actions: Actions, settings: NotifySettings, log: logging.Logger) -> None:
        self._actions = actions
        self._settings = settings
        self._outage = Outage(f"Notifying through {settings.action}", log)
        self._waiting: dict[tuple[Kind, str], Notification] = {}

    def wants(self, kind: Kind) -> bool:
        """Whether this action is to send news of this kind."""
        return kind in self._settings.about

    def put(self, notice: Notification) -> None:
        """Queue it for the next `send`."""
        self._waiting[notice.kind, notice.title] = notice

    async def send(self, now: datetime) -> timedelta:
        """Send what is queued; returns how long to rest if nothing is added."""
        for matter, notice in list(self._waiting.items()):
            try:
                if now - notice.at < STALE_AFTER:
                    await self._actions.call_action(self._settings.action, self._data(notice))
                    self._outage.worked(now)
            except ActionError as err:
                self._outage.failed(err, now)
                return RETRY_AFTER
            if self._waiting.get(matter) is notice:  # else a newer one has replaced it meanwhile
                del self._waiting[matter]
        return NOTHING_TO_DO

    def _data(self, notice: Notification) -> dict[str, Any]:
        return {"title": notice.title, **self._settings.data, "message": notice.text}

"""The notifications that one notify action has yet to send."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from smart_charging.config.notify import Kind, NotifySettings
from smart_charging.errors import ActionError
from smart_charging.services.home_assistant import Actions
from smart_charging.services.outage import Outage

RETRY_AFTER = timedelta(minutes=1)
STALE_AFTER = timedelta(hours=6)
"""What could not be sent by then is dropped as useless; some notifications are so earlier."""
NOTHING_TO_DO = timedelta(hours=1)
GROUP = "smart_charging"
"""Under which a phone puts our notifications together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One sentence about one subject."""

    tag: str
    """Names the subject: of one charger and kind the newest replaces the others, also on a phone."""
    title: str
    text: str
    at: datetime
    actions: Sequence[Mapping[str, str]] = ()
    """Buttons, as the companion app takes them."""
    useful_for: timedelta = STALE_AFTER
    """How long it is tried."""


class Outbox:
    """Keeps what could not be sent for a retry; a newer notification on the same subject replaces the older."""

    def __init__(self, actions: Actions, settings: NotifySettings, log: logging.Logger) -> None:
        self._actions = actions
        self._settings = settings
        self._outage = Outage(f"Notifying through {settings.action}", log)
        self._waiting: dict[str, Notification] = {}

    @property
    def has_buttons(self) -> bool:
        """Whether people can answer."""
        return self._settings.has_buttons

    @property
    def remind_at(self) -> time | None:
        """When it is to remind people, in local time."""
        return self._settings.remind_at

    def wants(self, kind: Kind) -> bool:
        """Whether this action is to send news of this kind."""
        return kind in self._settings.about

    def put(self, notice: Notification) -> None:
        """Queue it for the next `send`."""
        self._waiting[notice.tag] = notice

    async def send(self, now: datetime) -> timedelta:
        """Send what is queued; returns how long to rest if nothing is added."""
        for tag, notice in list(self._waiting.items()):
            try:
                if now - notice.at < notice.useful_for:
                    await self._actions.call_action(self._settings.action, self._data(notice))
                    self._outage.worked(now)
            except ActionError as err:
                self._outage.failed(err, now)
                return RETRY_AFTER
            if self._waiting.get(tag) is notice:  # else a newer one has replaced it meanwhile
                del self._waiting[tag]
        return NOTHING_TO_DO

    def _data(self, notice: Notification) -> dict[str, Any]:
        data = {"title": notice.title, **self._settings.data, "message": notice.text}
        return {**data, "data": self._for_the_app(notice)} if self.has_buttons else data

    def _for_the_app(self, notice: Notification) -> Mapping[str, Any]:
        """What the companion app takes besides; what is written in apps.yaml replaces ours."""
        written = self._settings.data.get("data")
        actions = {"actions": list(notice.actions)} if notice.actions else {}
        return {"tag": notice.tag, "group": GROUP, **actions, **(written if isinstance(written, Mapping) else {})}

"""Takes the events that Monta delivers: signed, in any order, some twice and some never.

A signature is the HMAC-SHA1 of the body's bytes as they came, so it is checked before anything is parsed.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from pydantic import Field, SecretStr, ValidationError

from smart_charging.clouds.http.model import CloudModel, Row, Stamp
from smart_charging.clouds.monta_partner.event_watch import EventWatch
from smart_charging.clouds.monta_partner.mirror import Mirror, Outcome
from smart_charging.clouds.monta_partner.webhook_file import WebhookFile

EVENT_TYPES = ("charges", "charge-points", "charge-points-protocol-updates")
"""What we subscribe to; Monta tells of charge points whose OCPP status changes by the last, presumably."""
SIGNATURE_HEADER = "x-monta-signature"
TAKEN_WITHIN = timedelta(minutes=10)
"""Older deliveries, and such from the future, are refused: somebody may have kept them to send them again."""
_SCHEME = "sha1="
_LOOK_AGAIN = timedelta(seconds=10)
"""How often at most a wrong signature has the secret's file read again."""
_CHARGE, _CHARGE_POINT = "charge", "charge-point"
_DELETED = "deleted"


class Delivery(CloudModel):
    """One request of Monta's."""

    entries: tuple[Any, ...]
    timestamp: int
    """Milliseconds since 1970."""

    def at(self) -> datetime | None:
        """When it was sent; None outside the calendar."""
        try:
            return datetime.fromtimestamp(self.timestamp / 1000, UTC)
        except (OverflowError, OSError, ValueError):
            return None


class Entry(Row):
    """One event in it."""

    entity_type: str
    entity_id: int
    event_type: str = ""
    event_time: Stamp | None = None
    payload: Mapping[str, object] = Field(default_factory=dict, repr=False)


class Events:
    """Checks deliveries and applies them; the chargers are then read from the mirror.

    Args:
        now: By Monta's clock.
    """

    def __init__(
        self,
        mirror: Mirror,
        watch: EventWatch,
        file: WebhookFile,
        *,
        now: Callable[[], datetime],
        logger: logging.Logger,
    ) -> None:
        self._mirror = mirror
        self._watch = watch
        self._file = file
        self._now = now
        self._log = logger
        self._secret: SecretStr | None = None
        self._looked_at: datetime | None = None
        self._changed: Callable[[], None] = lambda: None
        self.has_news = False
        """Whether something came that has not been shown yet."""
        self.asks_for_reading = False
        """Whether something came that cannot be understood without reading the lists."""

    def follow(self, changed: Callable[[], None]) -> None:
        """Set what to call after a delivery with news."""
        self._changed = changed

    def shown(self) -> None:
        """Note that what came is being shown."""
        self.has_news = self.asks_for_reading = False

    async def receive(self, headers: Mapping[str, str], body: bytes) -> int:
        """Take one delivery; returns the HTTP status to answer with.

        Monta sends again what was not answered with success, so whatever is signed and new is taken.
        """
        if not await self._is_signed(headers.get(SIGNATURE_HEADER, ""), body):
            return HTTPStatus.UNAUTHORIZED
        try:
            delivery = Delivery.model_validate(json.loads(body))
        except (ValueError, RecursionError):
            return HTTPStatus.BAD_REQUEST
        sent_at = delivery.at()
        if sent_at is None or abs(self._now() - sent_at) > TAKEN_WITHIN:
            return HTTPStatus.FORBIDDEN
        self._watch.came(self._now())
        for entry in delivery.entries:
            self._note(self._applied(entry, sent_at))
        if self.has_news or self.asks_for_reading:
            self._changed()
        return HTTPStatus.OK

    async def _is_signed(self, given: str, body: bytes) -> bool:
        if self._fits(given, body):
            return True
        now = self._now()
        if self._looked_at and timedelta(0) <= now - self._looked_at < _LOOK_AGAIN:
            return False
        self._looked_at = now  # `webhook on` may have made another secret since
        note = await asyncio.to_thread(self._file.read)
        self._secret = note.secret if note else None
        return self._fits(given, body)

    def _fits(self, given: str, body: bytes) -> bool:
        if self._secret is None:
            return False
        return hmac.compare_digest(signature(self._secret, body).encode(), given.encode())

    def _applied(self, told: object, sent_at: datetime) -> Outcome:
        """Apply one event by the time at which it happened."""
        try:
            entry = Entry.model_validate(told)
            if entry.entity_type not in {_CHARGE, _CHARGE_POINT}:
                return Outcome.NOTHING_NEW
            if entry.event_type == _DELETED:
                return Outcome.READ_AGAIN
            return self._heard(entry, entry.event_time or sent_at)
        except ValidationError:
            self._log.debug("An event could not be read; the lists are read instead")
            return Outcome.READ_AGAIN

    def _heard(self, entry: Entry, at: datetime) -> Outcome:
        if entry.entity_type == _CHARGE_POINT:
            outcome = self._mirror.hear_of_point(entry.entity_id, entry.payload, at)
            point_id: int | None = entry.entity_id
        else:
            outcome = self._mirror.hear_of_charge(entry.entity_id, entry.payload, at)
            point_id = self._mirror.point_of(entry.entity_id)
        if point_id is not None:
            self._watch.heard_of(point_id)
        return outcome

    def _note(self, outcome: Outcome) -> None:
        self.has_news |= outcome is Outcome.NEWS
        self.asks_for_reading |= outcome is Outcome.READ_AGAIN


def signature(secret: SecretStr, body: bytes) -> str:
    """What Monta writes into the header."""
    return _SCHEME + hmac.new(secret.get_secret_value().encode(), body, hashlib.sha1).hexdigest()

"""The webhook subscription: what happens is written down, signed and sent, again every minute where that fails."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from smart_charging.clouds.monta.stand_in.messages import ErrorAnswerError
from smart_charging.clouds.monta.stand_in.site import Charge, ChargePoint
from smart_charging.clouds.monta_partner.stand_in.by_shape import Json
from smart_charging.clouds.monta_partner.stand_in.chargers import Chargers, ocpp_status
from smart_charging.clouds.monta_partner.stand_in.charging import Charging
from smart_charging.clouds.monta_partner.stand_in.lists import found, matching
from smart_charging.clouds.monta_partner.stand_in.served import Asked, Handler

EVERY = timedelta(seconds=2)
"""Between two deliveries while there is something to tell."""
AGAIN_AFTER, KEPT_FOR = timedelta(minutes=1), timedelta(hours=24)
_METER_EVERY = timedelta(minutes=1)
_MOST_ENTRIES = 100
"""Of one delivery."""
_SUCCESS = range(200, 300)

Post = Callable[[str, Mapping[str, str], bytes], Awaitable[int]]


@dataclass(slots=True)
class Batch:
    """Entries that are delivered together."""

    numbers: Sequence[int]
    since: datetime
    due_at: datetime


@dataclass(slots=True)
class Subscription:
    """Where events are to be sent, and those kept for 24 hours."""

    chargers: Chargers
    charging: Charging
    now: Callable[[], datetime]
    config: Json | None = None
    entries: dict[int, Json] = field(default_factory=dict)
    batches: list[Batch] = field(default_factory=list)
    """Those not taken yet."""
    _points: dict[int, object] = field(default_factory=dict)
    _charges: dict[int, tuple[str, datetime, float | None]] = field(default_factory=dict)
    """State, when it was told of last, and the energy then."""
    _next_number: int = 1

    def handlers(self) -> Mapping[str, Handler]:
        """By operation."""
        return {
            "get-webhooks-config": self._read,
            "put-webhooks-config": self._replace,
            "delete-webhooks-config": self._delete,
            "get-webhooks-entries": lambda asked: matching(self.entries.values(), asked.query, "status"),
            "get-webhooks-entry": lambda asked: found(self.entries, asked.path["entryId"]),
        }

    async def deliver(self, post: Post) -> None:
        """Note what has changed, then send all that is due."""
        self._note()
        if self.config is None:
            return
        now = self.now()
        self.batches = [batch for batch in self.batches if now - batch.since < KEPT_FOR]
        for batch in [batch for batch in self.batches if batch.due_at <= now]:
            status = await post(str(self.config["webhookUrl"]), *self.signed(batch.numbers))
            if status in _SUCCESS:
                self.batches.remove(batch)
                for number in batch.numbers:
                    self.entries.pop(number, None)
            else:
                batch.due_at = now + AGAIN_AFTER
                for number in batch.numbers:
                    self.entries[number] |= {"status": "failed", "error": {"errorCode": str(status)}}

    def signed(self, numbers: Sequence[int]) -> tuple[Mapping[str, str], bytes]:
        """Headers and body of one delivery."""
        config = self.config or {}
        content = {
            "entries": [self.entries[number]["payload"] for number in numbers],
            "pending": 0,
            "timestamp": int(self.now().timestamp() * 1000),
        }
        body = json.dumps(content, separators=(",", ":")).encode()
        signature = hmac.new(str(config.get("webhookSecret", "")).encode(), body, hashlib.sha1).hexdigest()
        return {"X-Monta-Signature": f"sha1={signature}", "Content-Type": "application/json"}, body

    def _note(self) -> None:
        now = self.now()
        told = [entry for point in self.chargers.site.points.values() if (entry := self._of_point(point))]
        told += [entry for charge in self.charging.site.charges.values() if (entry := self._of_charge(charge, now))]
        if self.config is None:
            return
        numbers = [self._keep(entry) for entry in told if self._is_wanted(str(entry["entityType"]))]
        for first in range(0, len(numbers), _MOST_ENTRIES):
            self.batches.append(Batch(numbers[first : first + _MOST_ENTRIES], now, now))

    def _of_point(self, point: ChargePoint) -> Json | None:
        """An event, if something about it has changed; the first look is none."""
        facts = (point.state, point.shows_cable, ocpp_status(point))
        before, self._points[point.id] = self._points.get(point.id, facts), facts
        if before == facts:
            return None
        return self._entry("charge-point", "updated", point.id, self.chargers.as_json(point))

    def _of_charge(self, charge: Charge, now: datetime) -> Json | None:
        """An event, if it is new, in another state, or has told of no energy for a minute."""
        state, at, kwh = self._charges.get(charge.id, ("", now, None))
        is_metered = charge.consumed_kwh != kwh and now - at >= _METER_EVERY
        if charge.state == state and not is_metered:
            return None
        self._charges[charge.id] = (charge.state, now, charge.consumed_kwh)
        return self._entry("charge", "updated" if state else "created", charge.id, self.charging.as_json(charge))

    def _entry(self, entity: str, event: str, entity_id: int, payload: Json) -> Json:
        at = self.now().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        told = {"entityType": entity, "entityId": str(entity_id), "eventType": event}
        return told | {"eventTime": at, "payload": payload}

    def _keep(self, entry: Json) -> int:
        number, self._next_number = self._next_number, self._next_number + 1
        at = str(entry["eventTime"])
        about = {"id": number, "consumerId": 5, "operatorId": 31, "eventType": f"{entry['entityType']}s"}
        self.entries[number] = about | {"payload": entry, "status": "pending", "createdAt": at}
        return number

    def _is_wanted(self, entity: str) -> bool:
        wanted = (self.config or {}).get("eventTypes")
        return isinstance(wanted, list) and bool({f"{entity}s", "*"} & set(wanted))

    def _read(self, _asked: Asked) -> Json:
        if self.config is None:
            raise ErrorAnswerError(404, "RESOURCE_NOT_FOUND", "no configuration")
        return self.config

    def _replace(self, asked: Asked) -> Json:
        url, secret = str(asked.body["webhookUrl"]), str(asked.body["webhookSecret"])
        if not url.startswith("https://") or len(url) > 191 or not 16 <= len(secret) <= 191:
            raise ErrorAnswerError(400, "BAD_REQUEST", "not a url and secret to sign with")
        self.config = dict(asked.body)
        self._note_all()
        return self.config

    def _note_all(self) -> None:
        """What is there already is no event."""
        config, self.config = self.config, None
        self._note()
        self.config = config

    def _delete(self, asked: Asked) -> None:
        self._read(asked)
        self.config = None
        self.batches.clear()

"""Entities through MQTT discovery: with devices and unique ids, unavailable while AppDaemon is not connected.

Every message is retained, so that Home Assistant finds everything after a restart.
An entity has two messages: its configuration, and one JSON document with state,
availability and attributes, so that these change together; an image has its bytes as
a third. A device has one more, for its availability.

Source: https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from smart_charging.entities.chart import SVG
from smart_charging.entities.command import BASE, OFF, ON, PRESS
from smart_charging.entities.publish import UNAVAILABLE, Change, Device, Entity, EntityKey
from smart_charging.entities.states import state_text

DISCOVERY = "homeassistant"
"""Home Assistant's default discovery prefix."""
ONLINE, OFFLINE = "online", "offline"
IMAGE = "image"

_COMMANDS: Mapping[str, Mapping[str, object]] = {
    "switch": {"payload_on": ON, "payload_off": OFF},
    "button": {"payload_press": PRESS},
    "number": {},
    "select": {},
    "text": {},
}
"""The domains that take commands, with the payloads they send."""
_STATES: Mapping[str, Mapping[str, object]] = {"binary_sensor": {"payload_on": ON, "payload_off": OFF}}
_RESETS: Mapping[str, str] = {"last_reset_value_template": "{{ value_json.attributes.last_reset | default('', true) }}"}
"""Home Assistant reads `last_reset` only through a template; empty means never."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message to publish retained; an empty payload clears the topic."""

    topic: str
    payload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """AppDaemon's birth and last will topic: tells whether AppDaemon is connected."""

    topic: str
    online: str = ONLINE
    offline: str = OFFLINE


class MqttDiscovery:
    """The writer for those who have an MQTT broker."""

    def __init__(self, publish: Callable[[Message], Awaitable[None]], status: Status) -> None:
        self._publish = publish
        self._status = status

    async def write(self, changes: Sequence[Change]) -> None:
        """Publish those messages that differ from what was written before."""
        for entity, known in changes:
            if entity.is_stand_in:
                continue
            there = set(self._messages(known)) if known else set()
            for message in self._messages(entity):
                if message not in there:
                    await self._publish(message)

    async def remove(self, device: Device, keys: Iterable[EntityKey]) -> None:
        """Clear all topics; Home Assistant removes a device with its last entity."""
        for domain, key in keys:
            picture = [_picture_topic(_topic(device, domain, key))] if domain == IMAGE else []
            for topic in (_config_topic(device, domain, key), _topic(device, domain, key), *picture):
                await self._publish(Message(topic, ""))
        await self._publish(Message(_availability_topic(device), ""))

    def _messages(self, entity: Entity) -> Iterator[Message]:
        device, domain, key = entity.device, entity.domain, entity.key
        yield Message(_config_topic(device, domain, key), _json(self._config(entity)))
        yield Message(_availability_topic(device), ONLINE if device.is_available else OFFLINE)
        yield Message(_topic(device, domain, key), _json(_document(entity)))
        if domain == IMAGE and entity.state not in {None, UNAVAILABLE}:
            yield Message(_picture_topic(_topic(device, domain, key)), str(entity.state))

    def _config(self, entity: Entity) -> Mapping[str, object]:
        topic = _topic(entity.device, entity.domain, entity.key)
        return {
            "name": entity.name[:1].upper() + entity.name[1:],  # as Home Assistant's own device pages have it
            "unique_id": f"{BASE}_{entity.device.id}_{entity.domain}_{entity.key}",
            "object_id": entity.entity_id.partition(".")[2],  # until Home Assistant 2026.3
            "default_entity_id": entity.entity_id,  # from 2025.10 on
            "device": {
                "identifiers": [f"{BASE}_{entity.device.id}"],
                "name": entity.device.name,
                "model": entity.device.model,
                "manufacturer": entity.device.manufacturer,
                **({"sw_version": entity.device.firmware} if entity.device.firmware else {}),
                **({"configuration_url": entity.device.portal} if entity.device.portal else {}),
                **({"via_device": f"{BASE}_{entity.device.via}"} if entity.device.via else {}),
            },
            "availability": self._availability(entity.device, topic),
            "availability_mode": "all",
            "json_attributes_topic": topic,
            "json_attributes_template": "{{ value_json.attributes | tojson }}",
            **_state_of(entity.domain, topic),
            **({"command_topic": f"{topic}/set", "qos": 1} if entity.domain in _COMMANDS else {}),
            **_COMMANDS.get(entity.domain, {}),
            **_STATES.get(entity.domain, {}),
            **(_RESETS if entity.traits.get("state_class") == "total" else {}),
            **entity.traits,
        }

    def _availability(self, device: Device, topic: str) -> list[Mapping[str, str]]:
        return [
            {
                "topic": self._status.topic,
                "payload_available": self._status.online,
                "payload_not_available": self._status.offline,
            },
            {"topic": _availability_topic(device)},
            {"topic": topic, "value_template": "{{ value_json.availability }}"},
        ]


def _config_topic(device: Device, domain: str, key: str) -> str:
    return f"{DISCOVERY}/{domain}/{BASE}_{device.id}/{key}/config"


def _topic(device: Device, domain: str, key: str) -> str:
    return f"{BASE}/{device.id}/{domain}/{key}"


def _availability_topic(device: Device) -> str:
    return f"{BASE}/{device.id}/availability"


def _picture_topic(topic: str) -> str:
    """Where an image's bytes go, by themselves."""
    return f"{topic}/picture"


def _state_of(domain: str, topic: str) -> Mapping[str, object]:
    """A state of null renders as None, which Home Assistant shows as unknown."""
    match domain:
        case "button":
            return {}
        case "image":
            return {"image_topic": _picture_topic(topic), "content_type": SVG}
        case _:
            return {"state_topic": topic, "value_template": "{{ value_json.state }}"}


def _document(entity: Entity) -> Mapping[str, object]:
    is_available = entity.state != UNAVAILABLE
    has_state = is_available and entity.state is not None and entity.domain != IMAGE
    return {
        "state": state_text(entity.state) if has_state else None,
        "availability": ONLINE if is_available else OFFLINE,
        "attributes": entity.attributes,
    }


def _json(content: Mapping[str, object]) -> str:
    return json.dumps(content, default=_written, ensure_ascii=False)


def _written(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)

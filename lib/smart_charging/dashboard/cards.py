"""The kinds of cards that the dashboard is made of, as Home Assistant stores them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Card = Mapping[str, Any]
Condition = Mapping[str, Any]
UNKNOWN_STATES = ["unknown", "unavailable"]
NOTHING = {"action": "none"}


def heading(text: str, icon: str, *badges: Card) -> Card:
    """A section's title."""
    return {"type": "heading", "heading": text, "icon": icon, **({"badges": badges} if badges else {})}


def text(content: str, *visibility: Condition) -> Card:
    """Markdown, in a frame of its own only where it is hidden at times."""
    return {"type": "markdown", "content": content, "text_only": True, **_seen(visibility)}


def tile(entity: str, name: str, *visibility: Condition, **more: object) -> Card:
    """An entity with its state."""
    return {"type": "tile", "entity": entity, "name": name, **more, **_seen(visibility)}


def picture(slug: str, key: str, alt: str, *, has_mqtt: bool) -> Card:
    """A drawing of ours: an image entity with MQTT, else an image in a text."""
    if has_mqtt:
        image = f"image.{slug}_{key}"
        shown = {"type": "picture-entity", "entity": image, "show_name": False, "show_state": False}
        return {**shown, **_seen([not_among(image, "unavailable")])}
    sensor = f"sensor.{slug}_{key}"
    source = f"{{{{ state_attr('{sensor}', 'chart') }}}}"
    return text(f'<img src="{source}" width="100%" alt="{alt}">', known(sensor))


def stack(*cards: Card) -> Card:
    """Cards side by side, on a phone too; those that are hidden leave no gap."""
    return {"type": "horizontal-stack", "cards": cards}


def column(*cards: Card) -> Card:
    """A section: stands beside others on a screen, and below them on a phone."""
    return {"type": "grid", "cards": cards}


def known(entity: str) -> Condition:
    """The entity has a value."""
    return {"condition": "state", "entity": entity, "state_not": UNKNOWN_STATES}


def among(entity: str, *states: str) -> Condition:
    """The entity is in one of the states."""
    return {"condition": "state", "entity": entity, "state": list(states)}


def not_among(entity: str, *states: str) -> Condition:
    """The entity is in none of the states."""
    return {"condition": "state", "entity": entity, "state_not": list(states)}


def _seen(visibility: Sequence[Condition]) -> Card:
    return {"visibility": list(visibility)} if visibility else {}

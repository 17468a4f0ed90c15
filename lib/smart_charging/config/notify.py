"""Which notifications go to which notify action."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from smart_charging.config.arguments import ActionName, Settings


class Kind(StrEnum):
    """The kinds of notification."""

    PLAN = "plan"
    """A plan was made, or its start or departure changed."""
    DONE = "done"
    """The energy needed is in the car."""
    SHORT = "short"
    """The energy needed will not be in the car by departure."""
    STUCK = "stuck"
    """The charger does not carry out commands."""
    PRICES = "prices"
    """There have been no prices for an hour."""


def _spelled_out(value: object) -> object:
    """A bare name is an action that gets every kind; a single action is a list of one."""
    items = value if isinstance(value, list) else [value]
    return [{"action": item} if isinstance(item, str) else item for item in items]


class NotifySettings(Settings):
    """One notify action of Home Assistant."""

    action: ActionName
    about: frozenset[Kind] = frozenset(Kind)
    data: dict[str, Any] = Field(default_factory=dict)
    """Further data for the action, such as `entity_id` for `notify.send_message`; a title here replaces ours."""


NotifyList = Annotated[list[NotifySettings], BeforeValidator(_spelled_out)]
"""The argument `notify`: an action's name, a mapping, or a list of these."""

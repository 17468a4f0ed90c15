"""Who is told of what, and how."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from smart_charging.config.arguments import ActionName, Settings


class Kind(StrEnum):
    """What there is to be told."""

    PLAN = "plan"
    """A plan was made, or its start or departure is another."""
    DONE = "done"
    """The energy wanted is in the car."""
    SHORT = "short"
    """It will not be there in time."""
    STUCK = "stuck"
    """The charger does not do as told."""
    PRICES = "prices"
    """There have been no prices for an hour."""


def _spelled_out(value: object) -> object:
    """A bare name is an action that is told everything; one is a list of one."""
    items = value if isinstance(value, list) else [value]
    return [{"action": item} if isinstance(item, str) else item for item in items]


class NotifySettings(Settings):
    """One action of Home Assistant that tells people."""

    action: ActionName
    about: frozenset[Kind] = frozenset(Kind)
    data: dict[str, Any] = Field(default_factory=dict)
    """More of what the action takes, such as `entity_id` for `notify.send_message`; a title here replaces ours."""


NotifyList = Annotated[list[NotifySettings], BeforeValidator(_spelled_out)]
"""The argument `notify`: an action's name, a mapping, or a list of these."""

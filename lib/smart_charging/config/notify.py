"""Which notifications go to which notify action."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from smart_charging.config.arguments import ActionName, Settings, WallTime


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
    STOPPED = "stopped"
    """A person ended a charge before the energy needed was in the car."""
    PRICES = "prices"
    """There have been no prices for an hour."""


_COMPANION_APP = "notify.mobile_app_"


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
    buttons: bool | None = None
    """Whether it leads to Home Assistant's companion app, which has buttons; None goes by the action's name."""
    remind_at: WallTime | None = None
    """Local time at which to be reminded of a car that is not plugged in although it usually is."""

    @property
    def has_buttons(self) -> bool:
        """Other actions refuse data that they do not know."""
        return self.action.startswith(_COMPANION_APP) if self.buttons is None else self.buttons

    @model_validator(mode="after")
    def _can_have_buttons(self) -> Self:
        if self.buttons and self.action == "notify.send_message":
            raise PydanticCustomError(
                "buttons", "notify.send_message takes no buttons; write the phone's own action, notify.mobile_app_..."
            )
        return self


NotifyList = Annotated[list[NotifySettings], BeforeValidator(_spelled_out)]
"""The argument `notify`: an action's name, a mapping, or a list of these."""

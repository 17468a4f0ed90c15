"""What the services need of Home Assistant, and how its answers to actions are read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from smart_charging.errors import ActionError, NotAdminError


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityState:
    """An entity's state and attributes; states are text, including `unavailable` and `unknown`."""

    state: str
    attributes: Mapping[str, Any]


class Entities(Protocol):
    """Reads the states of Home Assistant's entities."""

    async def entity(self, entity_id: str) -> EntityState | None:
        """The last known state of an entity; None when there is no such entity."""
        ...


class Actions(Protocol):
    """Calls Home Assistant's actions."""

    async def call_action(self, action: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call an action such as `nordpool.get_prices_for_date`; returns its response, empty when it has none.

        Raises:
            ActionError: The action failed or does not exist, or Home Assistant is away; the message says which.
        """
        ...


class Integrations(Actions, Protocol):
    """Actions, with what is needed to call those that take a config entry."""

    async def arguments_of(self, action: str) -> Collection[str]:
        """The names of an action's fields as Home Assistant describes them; empty where it does not."""
        ...

    async def config_entry_of(self, entity_id: str) -> str | None:
        """The id of an entity's config entry; None when there is no such entity, or it has no entry.

        Raises:
            ActionError: Home Assistant is away.
        """
        ...


class Inventory(Protocol):
    """Lists what there is in Home Assistant; read anew each time."""

    async def all_entities(self) -> Mapping[str, EntityState]:
        """Every entity by its id, including new ones; empty while Home Assistant is away."""
        ...

    async def action_names(self) -> Collection[str]:
        """All actions, such as `nordpool.get_prices_for_date`; some are missing for a moment after a start."""
        ...

    async def entries_of(self, integration: str) -> Sequence[str]:
        """The ids of an integration's loaded config entries."""
        ...


class Administration(Actions, Protocol):
    """Sets up Home Assistant as its administrator would; all of it may raise `ActionError` or `NotAdminError`."""

    async def command(self, kind: str, **data: object) -> Any:
        """Send one command of the websocket API, never one that subscribes; returns its result.

        Source: https://developers.home-assistant.io/docs/api/websocket
        """
        ...

    async def create_config_entry(self, integration: str, *answers: Mapping[str, object]) -> str:
        """Go through an integration's set-up dialogue, with an answer for each step; returns the entry's id."""
        ...

    async def remove_config_entry(self, entry_id: str) -> None:
        """Remove what such a dialogue made."""
        ...

    async def all_entities(self) -> Mapping[str, EntityState]:
        """Every entity by its id, including new ones; empty while Home Assistant is away."""
        ...


class PriceHome(Entities, Integrations, Inventory, Protocol):
    """Everything of Home Assistant that reading prices needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeFacts:
    """The home's settings in Home Assistant; None for those not set."""

    zone: ZoneInfo | None = None
    currency: str | None = None
    """ISO 4217."""
    country: str | None = None
    """ISO 3166, two letters."""


def facts_of(config: object) -> HomeFacts:
    """Read Home Assistant's answer to `/api/config`; anything invalid counts as not set."""
    known = config if isinstance(config, Mapping) else {}
    currency, country = (text if isinstance(text := known.get(key), str) else None for key in ("currency", "country"))
    return HomeFacts(zone=_zone_of(known.get("time_zone")), currency=currency, country=country)


def _zone_of(name: object) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if isinstance(name, str) and name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


_SAFE_TO_QUOTE = frozenset({"service_validation_error", "invalid_format", "not_found"})
"""Error codes whose message is about the call; other messages may contain addresses and tokens."""
_LONGEST_MESSAGE = 200


_NOT_ADMIN = "unauthorized"
"""The error code of commands that only administrators may send."""


def response_of(action: str, answer: object) -> Mapping[str, Any]:
    """The action's response; empty when it has none.

    Args:
        answer: As for `result_of`.

    Raises:
        ActionError: The answer is an error.
    """
    result = result_of(action, answer)
    response = result.get("response") if isinstance(result, Mapping) else None
    return response if isinstance(response, Mapping) else {}


def result_of(what: str, answer: object) -> Any:
    """The result of a command or an action.

    Args:
        answer: Home Assistant's answer as AppDaemon returns it; None while Home Assistant is away.

    Raises:
        ActionError: The answer is an error.
    """
    if not isinstance(answer, Mapping):
        raise ActionError(f"{what} could not be called: Home Assistant is away")
    if answer.get("ad_status") == "TIMEOUT":
        raise ActionError(f"{what} was not answered in time")
    if not answer.get("success"):
        raise _error(what, answer.get("error"))
    return answer.get("result")


def _error(action: str, error: object) -> ActionError:
    details = error if isinstance(error, Mapping) else {}
    if details.get("code") == _NOT_ADMIN:
        return NotAdminError(f"{action} is for administrators of Home Assistant only")
    code, reason = str(details.get("code") or "no reason given"), details.get("translation_key")
    message = " ".join(str(details.get("message") or "").split()) if code in _SAFE_TO_QUOTE else ""
    return ActionError(f"{action} failed: {message[:_LONGEST_MESSAGE] or reason or code}", reason)

"""What the services ask of Home Assistant, and how its answers to actions are read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from smart_charging.errors import ActionError


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityState:
    """An entity as it stands; Home Assistant's states are text, `unavailable` and `unknown` included."""

    state: str
    attributes: Mapping[str, Any]


class Entities(Protocol):
    """Where the states of Home Assistant's entities are read."""

    async def entity(self, entity_id: str) -> EntityState | None:
        """The entity as last heard of; None when there is none of that id."""
        ...


class Actions(Protocol):
    """Where Home Assistant's actions are called."""

    async def call_action(self, action: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call an action such as `nordpool.get_prices_for_date`; what it responds, empty when it responds nothing.

        Raises:
            ActionError: It failed, does not exist, or Home Assistant is away; one sentence says which.
        """
        ...


class Integrations(Actions, Protocol):
    """Actions that want to know which entry of their integration is meant."""

    async def arguments_of(self, action: str) -> Collection[str]:
        """The names of what an action takes, as Home Assistant describes it; empty where it does not say."""
        ...

    async def config_entry_of(self, entity_id: str) -> str | None:
        """The id of the config entry an entity comes from; None when there is no such entity, or it has none.

        Raises:
            ActionError: Home Assistant is away.
        """
        ...


class Inventory(Protocol):
    """What there is in Home Assistant, for those who look for something; asked for anew each time."""

    async def all_entities(self) -> Mapping[str, EntityState]:
        """Every entity by its id, those made a moment ago included; empty while Home Assistant is away."""
        ...

    async def action_names(self) -> Collection[str]:
        """Such as `nordpool.get_prices_for_date`; some are missing for a moment after a start."""
        ...

    async def entries_of(self, integration: str) -> Sequence[str]:
        """The ids of those entries of an integration that are loaded."""
        ...


class PriceHome(Entities, Integrations, Inventory, Protocol):
    """All that prices are read from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeFacts:
    """What a person has told Home Assistant about the home; None where it does not say."""

    zone: ZoneInfo | None = None
    currency: str | None = None
    """ISO 4217."""
    country: str | None = None
    """ISO 3166, two letters."""


def facts_of(config: object) -> HomeFacts:
    """The facts in what Home Assistant answers to `/api/config`; whatever cannot be read counts as unsaid."""
    told = config if isinstance(config, Mapping) else {}
    currency, country = (text if isinstance(text := told.get(key), str) else None for key in ("currency", "country"))
    return HomeFacts(zone=_zone_of(told.get("time_zone")), currency=currency, country=country)


def _zone_of(name: object) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if isinstance(name, str) and name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


_TELLING = frozenset({"service_validation_error", "invalid_format", "not_found"})
"""Codes of errors whose message is about the call; others may hold addresses and tokens of the integration."""
_LONGEST_MESSAGE = 200


def response_of(action: str, answer: object) -> Mapping[str, Any]:
    """What the action responded; empty when it responds nothing.

    Args:
        answer: None while Home Assistant is away.

    Raises:
        ActionError: The answer tells of a failure.
    """
    if not isinstance(answer, Mapping):
        raise ActionError(f"{action} could not be called: Home Assistant is away")
    if answer.get("ad_status") == "TIMEOUT":
        raise ActionError(f"{action} was not answered in time")
    if not answer.get("success"):
        raise _error(action, answer.get("error"))
    result = answer.get("result")
    response = result.get("response") if isinstance(result, Mapping) else None
    return response if isinstance(response, Mapping) else {}


def _error(action: str, error: object) -> ActionError:
    told = error if isinstance(error, Mapping) else {}
    code, reason = str(told.get("code") or "no reason given"), told.get("translation_key")
    words = " ".join(str(told.get("message") or "").split()) if code in _TELLING else ""
    return ActionError(f"{action} failed: {words[:_LONGEST_MESSAGE] or reason or code}", reason)

"""Where Monta sends events to, and which of the last 24 hours it could not deliver."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import Field, SecretStr

from smart_charging.clouds.http.model import CloudEnum, Row, Stamp
from smart_charging.clouds.monta_partner.calls import Calls
from smart_charging.errors import NotFoundError


class CustomHeaders(Row):
    """Sent along with every delivery."""

    headers: Mapping[str, str] = Field(default_factory=dict, repr=False)


class WebhookConfig(Row):
    """The one subscription of the credentials."""

    webhook_url: str
    """Https, at most 191 characters, and not at Monta."""
    webhook_secret: SecretStr | None = None
    """16 to 191 characters, with which deliveries are signed."""
    event_types: tuple[str, ...] = ()
    """Such as `charges` and `charge-points`."""
    custom_headers: CustomHeaders | None = None
    team_ids: tuple[int, ...] | None = None
    """Only events of these teams' charge points; None means all."""


class EntryStatus(CloudEnum):
    """What became of an event; do not count on seeing `COMPLETED`, of which newer documents do not speak."""

    PENDING = "pending"
    COMPLETED = "completed"
    FAILED = "failed"
    UNKNOWN = "unknown"


class EntryPayload(Row):
    """What happened to what."""

    entity_type: str | None = None
    """In the singular, such as `charge`."""
    entity_id: str | None = Field(default=None, coerce_numbers_to_str=True)
    event_type: str | None = None
    """Such as `created` or `updated`: not what `WebhookEntry.event_type` means."""
    event_time: Stamp | None = None


class EntryError(Row):
    """Why a delivery failed."""

    error_code: str | None = Field(default=None, coerce_numbers_to_str=True)
    error_message: str | None = None


class WebhookEntry(Row):
    """One event as Monta keeps it for 24 hours."""

    id: str = Field(coerce_numbers_to_str=True)
    event_type: str | None = None
    """In the plural, as in the subscription: `charges`."""
    status: EntryStatus = EntryStatus.UNKNOWN
    payload: EntryPayload = EntryPayload()
    error: EntryError | None = None
    created_at: Stamp | None = None
    updated_at: Stamp | None = None


@dataclass(frozen=True, slots=True)
class Webhooks:
    """The subscription and its events."""

    _calls: Calls

    async def config(self) -> WebhookConfig | None:
        """The subscription; None where there is none, which Monta tells by a 404, presumably."""
        try:
            return await self._calls.read(WebhookConfig, "get-webhooks-config")
        except NotFoundError:
            return None

    async def set_config(
        self,
        url: str,
        secret: SecretStr,
        event_types: Sequence[str],
        *,
        headers: Mapping[str, str] | None = None,
        team_ids: Sequence[int] | None = None,
    ) -> WebhookConfig:
        """Subscribe; replaces the subscription there was, whoever made it, since credentials have but one.

        Args:
            event_types: `["*"]` for all of them; known from a program of others only.
            headers: At most 5, with names that begin with `X-`.
            team_ids: At most 100.
        """
        return await self._calls.read(
            WebhookConfig,
            "put-webhooks-config",
            webhook_url=url,
            webhook_secret=secret,
            event_types=event_types,
            custom_headers={"headers": headers} if headers else None,
            team_ids=team_ids,
        )

    async def delete_config(self) -> None:
        """End the subscription."""
        await self._calls.call("delete-webhooks-config")

    def entries(self, *, status: EntryStatus | None = None) -> AsyncIterator[WebhookEntry]:
        """Events of the last 24 hours."""
        return self._calls.rows(WebhookEntry, "get-webhooks-entries", status=status)

    async def entry(self, entry_id: str) -> WebhookEntry:
        """One event."""
        return await self._calls.read(WebhookEntry, "get-webhooks-entry", entry_id=entry_id)

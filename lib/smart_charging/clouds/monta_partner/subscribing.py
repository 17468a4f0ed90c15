"""Subscribes to Monta's events, and ends that; a subscription of somebody else's is left alone.

Monta keeps one subscription for each pair of credentials, and making another replaces it. Ours is the one whose
address is noted beside the credentials.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from smart_charging.clouds.monta_partner.events import EVENT_TYPES
from smart_charging.clouds.monta_partner.webhooks import EntryStatus, WebhookConfig
from smart_charging.errors import ConfigError, NotPermittedError, RefusedError
from smart_charging.printable import printable

if TYPE_CHECKING:
    from smart_charging.clouds.monta_partner.client import PartnerClient
    from smart_charging.clouds.monta_partner.webhook_file import WebhookFile

_LONGEST_URL = 191
_OF_MONTA = re.compile(r"(?i)(^|[.-])monta\.(com|app)$")


async def subscribe(client: PartnerClient, file: WebhookFile, url: str, *, may_replace: bool) -> None:
    """Have Monta send its events to an address, signed with the secret in the file, which is made if need be.

    The secret is written down before Monta hears of it, so that no delivery comes that could not be known.

    Raises:
        ConfigError: Monta would not take the address, or the file cannot be written.
        RefusedError: Events go to another address already.
    """
    _check(url)
    await _refuse_foreign(client, file, url, may_replace=may_replace)
    note = await asyncio.to_thread(file.write, url)
    await client.webhooks.set_config(url, note.secret, EVENT_TYPES)


async def unsubscribe(client: PartnerClient, file: WebhookFile, *, may_replace: bool) -> bool:
    """End the subscription and forget its secret; returns whether there was one.

    Raises:
        RefusedError: The events go to an address that is not ours.
    """
    config = await _refuse_foreign(client, file, None, may_replace=may_replace)
    if config:
        await client.webhooks.delete_config()
    await asyncio.to_thread(file.remove)
    return config is not None


async def described(client: PartnerClient, file: WebhookFile) -> AsyncIterator[str]:
    """Lines that tell where events go, and which could not be delivered."""
    config = await client.webhooks.config()
    if config is None:
        yield "Monta sends no events with these credentials"
        return
    whose = "this installation" if _is_ours(config, file) else "somebody else"
    yield f"Monta sends events to {printable(config.webhook_url, most=_LONGEST_URL)} ({whose})"
    yield f"of {', '.join(printable(kind, most=60) for kind in config.event_types)}"
    if config.team_ids is not None:
        yield f"for the teams {', '.join(map(str, config.team_ids))}"
    yield await _undelivered(client)


async def _undelivered(client: PartnerClient) -> str:
    try:
        failed = [entry async for entry in client.webhooks.entries(status=EntryStatus.FAILED)]
    except NotPermittedError:
        return "which could not be delivered is not to be seen with these credentials"
    if not failed:
        return "none of the last 24 hours is known as undelivered"
    error = failed[-1].error
    reason = printable((error and (error.error_message or error.error_code)) or "no reason is told", most=200)
    return f"{len(failed)} of the last 24 hours could not be delivered: {reason}"


async def _refuse_foreign(
    client: PartnerClient, file: WebhookFile, url: str | None, *, may_replace: bool
) -> WebhookConfig | None:
    """The subscription there is, if it may be changed."""
    config = await client.webhooks.config()
    if config and config.webhook_url != url and not _is_ours(config, file) and not may_replace:
        there = printable(config.webhook_url, most=_LONGEST_URL)
        raise RefusedError(f"events go to {there}, which is not this installation; write --replace to end that")
    return config


def _is_ours(config: WebhookConfig, file: WebhookFile) -> bool:
    note = file.read()
    return note is not None and note.url == config.webhook_url


def _check(url: str) -> None:
    host = urlsplit(url).hostname or ""
    if not url.startswith("https://") or not host:
        raise ConfigError(f"the address has to begin with https:// and a host, unlike {url[:60]!r}")
    if len(url) > _LONGEST_URL:
        raise ConfigError(f"the address is longer than the {_LONGEST_URL} characters that Monta takes")
    if _OF_MONTA.search(host):
        raise ConfigError("Monta does not send events to itself; write the address of your own proxy")

"""A report about all accounts, to send along with a fault: nothing in it tells who or where somebody is."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from smart_charging import __version__
from smart_charging.clouds.report import cloud_report, safe, scrubbed
from smart_charging.services.control.accounts import CommandedAccount
from smart_charging.services.watching.hub import Hub


def diagnostics(accounts: Sequence[CommandedAccount], *, appdaemon: str) -> Mapping[str, object]:
    """Versions, and per account its settings, entities, loops, connection and last answers by their shape."""
    versions = {"smart_charging": __version__, "python": platform.python_version(), "appdaemon": appdaemon}
    return {"versions": versions, "accounts": [_account(account) for account in accounts]}


def _account(account: CommandedAccount) -> Mapping[str, object]:
    hub, polling = account.hub, account.hub.polling
    return {
        **cloud_report(hub.cloud, list(polling.chargers.values())),
        "settings": {name: safe(value) for name, value in hub.settings.items()},
        "entities": _entities(hub),
        "loops": [{"beats": loop.beats, "bugs": loop.bugs} for loop in hub.loops],
        "last_read_at": safe(polling.read_at),
        "is_answering": polling.is_answering,
        "problem": scrubbed(polling.problem, _private(hub)) if polling.problem else None,
        "scheduled": len(account.schedulers),
    }


def _entities(hub: Hub) -> Mapping[str, Mapping[str, int]]:
    """By domain and key: how many stand where, by `known`, `unknown` or `unavailable`."""
    found: dict[str, Counter[str]] = {}
    for entity in hub.publisher.shown:
        word = "unknown" if entity.state is None else "unavailable" if entity.state == "unavailable" else "known"
        found.setdefault(f"{entity.domain}.{entity.key}", Counter())[word] += 1
    return {key: dict(count) for key, count in sorted(found.items())}


def _private(hub: Hub) -> Collection[str]:
    chargers = hub.polling.chargers.values()
    texts = (text for one in chargers for text in (one.id, one.name, one.station_id, one.station_name))
    return {text for text in (*texts, hub.names.account) if text}

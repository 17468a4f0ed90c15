"""Makes an account's dashboard, and renews it as long as nobody has edited it."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from smart_charging.dashboard.whole import DASHBOARD_ICON, DASHBOARD_TITLE, dashboard_path
from smart_charging.entities.names import AccountNames
from smart_charging.services.home_assistant import Administration
from smart_charging.services.provisioning.made import DASHBOARD, MadeThing, MadeThings


class DashboardKeeper:
    """One dashboard per account, in Home Assistant's own store."""

    def __init__(self, home: Administration, made: MadeThings, log: logging.Logger) -> None:
        self._home = home
        self._made = made
        self._log = log

    async def keep(self, names: AccountNames, content: Mapping[str, Any]) -> str | None:
        """Make or renew the dashboard; returns its path if it is new.

        One that a person removed stays away, and one of that path which is not ours is left alone.

        Raises:
            ActionError: Home Assistant refuses, or is away.
        """
        key, path = f"{names.prefix} {DASHBOARD}", dashboard_path(names)
        there = await self._there()
        thing = self._made.get(key)
        if thing is None and path not in there:
            await self._create(key, path, content)
            return path
        if thing and path in there and thing.written != digest(content):
            await self._renew(key, thing, path, content)
        return None

    async def remove(self, thing: MadeThing) -> bool | None:
        """Remove the dashboard; whether it was still there, or None if a person has edited it, so that it is kept.

        Raises:
            ActionError: Home Assistant refuses, or is away.
        """
        if thing.entity_id not in await self._there():
            return False
        if await self._is_edited(thing):
            self._log.info("The dashboard /%s was edited by hand, so it is not removed", thing.entity_id)
            return None
        await self._home.command("lovelace/dashboards/delete", dashboard_id=thing.id)
        return True

    async def _there(self) -> Collection[str]:
        """The paths of all dashboards."""
        return {one["url_path"] for one in await self._home.command("lovelace/dashboards/list")}

    async def _is_edited(self, thing: MadeThing) -> bool:
        """Whether a person has changed it since it was saved last; one that was never saved is empty."""
        if not thing.written:
            return False
        return digest(await self._home.command("lovelace/config", url_path=thing.entity_id)) != thing.written

    async def _create(self, key: str, path: str, content: Mapping[str, Any]) -> None:
        shown = {"title": DASHBOARD_TITLE, "icon": DASHBOARD_ICON, "show_in_sidebar": True, "require_admin": False}
        made = await self._home.command("lovelace/dashboards/create", url_path=path, mode="storage", **shown)
        thing = MadeThing(kind=DASHBOARD, id=made["id"], entity_id=path)
        await self._made.note(key, thing)
        await self._save(key, thing, path, content)

    async def _renew(self, key: str, thing: MadeThing, path: str, content: Mapping[str, Any]) -> None:
        if await self._is_edited(thing):
            self._log.info("The dashboard /%s was edited by hand, so it stays as it is", path)
        else:
            await self._save(key, thing, path, content)

    async def _save(self, key: str, thing: MadeThing, path: str, content: Mapping[str, Any]) -> None:
        await self._home.command("lovelace/config/save", url_path=path, config=content)
        await self._made.note(key, replace(thing, written=digest(content)))


def digest(content: Mapping[str, Any]) -> str:
    """A dashboard's content as a short text, equal for equal content."""
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

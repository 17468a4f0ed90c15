"""The sites of an account that are read, and which charger stands where."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from smart_charging.charger import ChargerState
from smart_charging.clouds.enphase.site import SiteChargers
from smart_charging.errors import AuthError, CloudError, ConfigError, NotFoundError, RateLimitedError

if TYPE_CHECKING:
    import logging
    from collections.abc import Sequence

    from smart_charging.clouds.enphase.arguments import EnphaseSettings
    from smart_charging.clouds.enphase.charger import EnphaseCharger
    from smart_charging.clouds.enphase.client import EnphaseClient
    from smart_charging.clouds.enphase.memory import Memory
    from smart_charging.clouds.enphase.models import Site


class Sites:
    """Reads each site, and sends each command to its charger's own."""

    def __init__(self, client: EnphaseClient, settings: EnphaseSettings, memory: Memory, log: logging.Logger) -> None:
        self._client = client
        self._settings = settings
        self._memory = memory
        self._log = log
        self._sites: list[SiteChargers] | None = None

    @property
    def count(self) -> int:
        """How many sites are read each time; 0 before that is known."""
        return sum(bool(site.seen) for site in self._sites or ())

    @property
    def first(self) -> str | None:
        """The id of the first one."""
        return self._sites[0].id if self._sites else None

    async def all_of_account(self) -> Sequence[Site]:
        """All sites there are, wanted or not."""
        return await self._client.sites()

    async def look_into(self, site: Site) -> Sequence[EnphaseCharger]:
        """The chargers of a site, whether they are wanted or not."""
        everything = self._settings.model_copy(update={"chargers": []})
        return await self._opened(site.id, site.name, everything).read()

    async def know(self) -> Sequence[SiteChargers]:
        """The sites that are wanted."""
        if self._sites is None:
            if self._settings.sites:
                self._sites = [self._opened(site_id, None, self._settings) for site_id in self._settings.sites]
            else:
                sites = await self._client.sites()
                self._sites = [self._opened(site.id, site.name, self._settings) for site in sites] or None
        return self._sites or ()

    def _opened(self, site_id: str, name: str | None, settings: EnphaseSettings) -> SiteChargers:
        if not site_id.isdecimal():
            raise ConfigError(
                f"sites: {site_id[:40]!r} is not a site id; it is a number, smart-charging check lists them"
            )
        return SiteChargers(
            id=site_id, name=name, client=self._client, settings=settings, memory=self._memory, log=self._log
        )

    async def read(self) -> Sequence[EnphaseCharger]:
        """The chargers of all sites; those of a site that does not answer are offline, unless none answers."""
        found: list[EnphaseCharger] = []
        problem: CloudError | None = None
        answering = 0
        for site in await self.know():
            if not site.is_due:
                continue
            try:
                found += await site.read()
                answering += 1
            except (AuthError, RateLimitedError):
                raise
            except CloudError as err:
                problem = err
                found += [replace(charger, state=ChargerState.OFFLINE) for charger in site.seen.values()]
        if problem and not answering:
            raise problem
        return found

    async def of(self, serial: str) -> SiteChargers:
        """The site where a charger stands.

        Raises:
            NotFoundError: At none of those that are read.
        """
        for site in await self.know():
            if serial in site.seen:
                return site
        await self.read()
        for site in await self.know():
            if serial in site.seen:
                return site
        raise NotFoundError("no site of this account has a charger with this serial number")

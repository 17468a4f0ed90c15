"""Sites: charge points at one place."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from pydantic import AliasChoices, Field

from smart_charging.clouds.http.model import Row, Stamp
from smart_charging.clouds.monta.models import Visibility
from smart_charging.clouds.monta_partner.calls import Calls


class Site(Row):
    """One site; its address is not read."""

    id: int
    team_id: int | None = None
    name: str | None = Field(default=None, repr=False, coerce_numbers_to_str=True)
    """Often an address."""
    visibility: Visibility = Visibility.UNKNOWN
    charge_point_count: int | None = None
    active_charge_point_count: int | None = None
    available_charge_point_count: int | None = None
    max_power_kw: float | None = Field(default=None, validation_alias=AliasChoices("maxKw", "maxKW"))
    created_at: Stamp | None = None
    updated_at: Stamp | None = None
    deleted_at: Stamp | None = None


@dataclass(frozen=True, slots=True)
class Sites:
    """The sites that the credentials reach."""

    _calls: Calls

    def every(self, *, team_id: int | None = None, **filters: object) -> AsyncIterator[Site]:
        """All sites.

        Args:
            filters: Any other parameter of `get-sites`.
        """
        return self._calls.rows(Site, "get-sites", team_id=team_id, **filters)

    async def one(self, site_id: int) -> Site:
        """One site."""
        return await self._calls.read(Site, "get-site", site_id=site_id)

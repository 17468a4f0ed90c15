"""Teams, which own charge points and wallets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from pydantic import Field

from smart_charging.clouds.http.model import Row, Stamp
from smart_charging.clouds.monta_partner.calls import Calls
from smart_charging.clouds.monta_partner.money import AnyCurrency


class Team(Row):
    """One team."""

    id: int
    name: str | None = Field(default=None, coerce_numbers_to_str=True)
    type: str | None = None
    """`private`, `professional` or `operator`."""
    currency: AnyCurrency | None = None
    operator_id: int | None = None
    partner_external_id: str | None = Field(default=None, coerce_numbers_to_str=True)
    is_frozen: bool | None = None
    """Frozen teams cannot charge."""
    created_at: Stamp | None = None
    updated_at: Stamp | None = None
    deleted_at: Stamp | None = None


@dataclass(frozen=True, slots=True)
class Teams:
    """The teams that the credentials reach."""

    _calls: Calls

    def every(self, *, updated_from: datetime | None = None, **filters: object) -> AsyncIterator[Team]:
        """All teams.

        Args:
            filters: Any other parameter of `get-teams`.
        """
        return self._calls.rows(Team, "get-teams", from_updated_at=updated_from, **filters)

    async def one(self, team_id: int) -> Team:
        """One team."""
        return await self._calls.read(Team, "get-team", id=team_id)

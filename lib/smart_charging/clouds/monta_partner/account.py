"""The credentials: what they may do, whose they are, and which team pays for a start."""

from __future__ import annotations

from pydantic import Field

from smart_charging.clouds.http.budget import Budget
from smart_charging.clouds.http.model import Row
from smart_charging.clouds.http.quota import notice_in_headers
from smart_charging.clouds.monta_partner.calls import Calls
from smart_charging.clouds.monta_partner.teams import Team, Teams
from smart_charging.errors import NotPermittedError, RefusedError

_MOST_NAMED = 20


class Consumer(Row):
    """The answer of `get-consumers-me`, which needs no scope."""

    name: str | None = Field(default=None, repr=False)
    operator_id: int | None = None
    operator_ids: tuple[int, ...] = ()
    team_ids: tuple[int, ...] = ()
    """The teams that the credentials are limited to; empty means all of the operator's."""
    scopes: tuple[str, ...] = ()
    """Such as `charges:read`; `delete` includes `write`, which includes `read`."""
    rate_limit: int | None = None
    rate_limit_interval_s: int | None = Field(default=None, alias="rateLimitIntervalInSeconds")


class PayingTeamError(RefusedError):
    """Nobody has said which team pays for a start, and not exactly one can; nothing was sent."""

    def __init__(self, message: str, teams: tuple[Team, ...]) -> None:
        super().__init__(message)
        self.teams = teams
        """Those to choose from, as far as they could be read."""


class Account:
    """The login's own facts.

    Args:
        paying_team_id: Pays for starts; None finds the only team there is.
    """

    def __init__(self, calls: Calls, teams: Teams, budget: Budget, paying_team_id: int | None) -> None:
        self._calls = calls
        self._teams = teams
        self._budget = budget
        self._paying_team_id = paying_team_id

    async def me(self) -> Consumer:
        """The credentials; the quota they tell of holds from now on."""
        consumer = await self._calls.read(Consumer, "get-consumers-me")
        told = {"ratelimit-quota": consumer.rate_limit, "ratelimit-timewindow": consumer.rate_limit_interval_s}
        self._budget.learn(notice_in_headers({name: str(value) for name, value in told.items()}))
        return consumer

    async def paying_team_id(self) -> int:
        """Who pays for a start: as was said, or the only team that the credentials reach.

        Raises:
            PayingTeamError: There is not exactly one.
        """
        if self._paying_team_id is None:
            self._paying_team_id = await self._only_team_id()
        return self._paying_team_id

    async def _only_team_id(self) -> int:
        reached = (await self.me()).team_ids
        if len(reached) == 1:
            return reached[0]
        teams = await self._payers(reached)
        if len(teams) == 1:
            return teams[0].id
        raise PayingTeamError(f"which team pays for the start? give paying_team_id, {_choice(teams)}", teams)

    async def _payers(self, reached: tuple[int, ...]) -> tuple[Team, ...]:
        try:
            teams = [team async for team in self._teams.every()]
        except NotPermittedError:  # the ids of those that the credentials are limited to are known all the same
            return tuple(Team(id=team_id) for team_id in reached)
        return tuple(team for team in teams if not reached or team.id in reached)


def _choice(teams: tuple[Team, ...]) -> str:
    named = [f"{team.id} ({team.name})" if team.name else str(team.id) for team in teams[:_MOST_NAMED]]
    more = f" and {len(teams) - _MOST_NAMED} more" if len(teams) > _MOST_NAMED else ""
    return f"one of {', '.join(named)}{more}" if named else "for none can be read"

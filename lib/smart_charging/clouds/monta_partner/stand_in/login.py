"""The stand-in's credentials: tokens, and what they are good for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from smart_charging.clouds.monta.stand_in.doorkeeper import Quota, TokenOffice
from smart_charging.clouds.monta_partner.stand_in.by_shape import STAMP, Json, made_up
from smart_charging.clouds.monta_partner.stand_in.served import Asked, Handler

OPERATOR_ID = 31


@dataclass(slots=True)
class Login:
    """One operator's credentials, and the teams that they reach."""

    tokens: TokenOffice
    quota: Quota
    scopes: Sequence[str] = ("all:delete",)
    team_ids: Sequence[int] = ()
    """The teams the credentials are limited to; none means all."""
    teams: dict[int, str] = field(default_factory=lambda: {4100: "Stand-in team"})
    """Names by id."""

    def handlers(self) -> Mapping[str, Handler]:
        """By operation."""
        return {
            "post-auth-token": lambda asked: self._pair(
                self.tokens.login(asked.body["clientId"], asked.body["clientSecret"])
            ),
            "post-auth-refresh": lambda asked: self._pair(self.tokens.refresh(asked.body["refreshToken"])),
            "get-consumers-me": self._me,
            "get-auth-me": self._me,
            "get-teams": self._teams,
        }

    def _pair(self, tokens: Json) -> Json:
        """Without the two ids that only the Public API tells."""
        return {name: value for name, value in tokens.items() if name not in {"applicationId", "userId"}}

    def _me(self, _asked: Asked) -> Json:
        return {
            "name": "Stand-in",
            "operatorId": OPERATOR_ID,
            "operatorIds": [OPERATOR_ID],
            "teamIds": list(self.team_ids),
            "clientId": self.tokens.client_id,
            "rateLimit": self.quota.quota,
            "rateLimitIntervalInSeconds": int(self.quota.window.total_seconds()),
            "scopes": list(self.scopes),
            "createdAt": STAMP,
            "updatedAt": None,
        }

    def _teams(self, _asked: Asked) -> Sequence[Json]:
        reached = [team for team in self.teams if not self.team_ids or team in self.team_ids]
        return [made_up("Team", team) | {"name": self.teams[team], "operatorId": OPERATOR_ID} for team in reached]

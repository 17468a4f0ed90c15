"""A client for Monta's Partner API, for those whom Monta has given credentials of an operator.

Nobody who works on it has such credentials: names and shapes are from Monta's description of December 2025,
and nothing here was ever tried at Monta.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from smart_charging.clouds.http.budget import Budget, Urgency
from smart_charging.clouds.http.spent_file import SpentFile
from smart_charging.clouds.monta.channel import Channel
from smart_charging.clouds.monta.credentials import Credentials
from smart_charging.clouds.monta.words import MONTA
from smart_charging.clouds.monta_partner.account import Account
from smart_charging.clouds.monta_partner.calls import Calls
from smart_charging.clouds.monta_partner.charge_points import ChargePoints
from smart_charging.clouds.monta_partner.charges import Charges
from smart_charging.clouds.monta_partner.charging_rules import ChargingRules
from smart_charging.clouds.monta_partner.prices import Prices
from smart_charging.clouds.monta_partner.reports import Reports
from smart_charging.clouds.monta_partner.sites import Sites
from smart_charging.clouds.monta_partner.tariffs import Tariffs
from smart_charging.clouds.monta_partner.teams import Teams
from smart_charging.clouds.monta_partner.vehicles import Vehicles
from smart_charging.clouds.monta_partner.wallets import Wallets
from smart_charging.clouds.monta_partner.webhooks import Webhooks
from smart_charging.host_clock import utc_now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path
    from types import TracebackType

    from pydantic import SecretStr

    from smart_charging.clouds.monta_partner.pages import RawPage

BASE_URL = "https://partner-api.monta.com/api/v1/"
SANDBOX_URL = "https://partner-api.sandbox.monta.com/api/v1/"
"""With credentials and made-up chargers of its own."""
VERSION = "v1"
"""The stable version; Monta calls the coming one `v2`."""
QUOTA, WINDOW = 1000, timedelta(minutes=10)
"""Unless agreed otherwise; `consumers/me` tells."""


class PartnerClient:
    """One login at Monta's Partner API with its tokens, quota and connections.

    What a charging suite needs has methods and models, by subject, such as `partner.charges.start(…)`; everything
    there is can be called by its name, such as `partner.call("get-charges", state="charging")`.

    Every method may raise any `CloudError`. Only a request whose token was refused is repeated, once.

    Args:
        base_url: `SANDBOX_URL` for a try without real chargers.
        version: Sent as `Monta-Version`.
        operator_id: Ask only for what is of this operator, wherever Monta can be asked so.
        paying_team_id: Pays for started charges; needed where the credentials have more than one team.
        token_file: Keeps tokens across restarts; None keeps them in memory only.
        budget: To be shared between all clients with the same credentials.
        urgency: Of reads. With `POLL` they are refused while there is no quota; with `PATIENT` they wait.
        timeout: For one request, from connecting to the last byte; waiting for quota is not included.
    """

    def __init__(
        self,
        *,
        client_id: str | SecretStr,
        client_secret: str | SecretStr,
        base_url: str = BASE_URL,
        version: str = VERSION,
        operator_id: int | None = None,
        paying_team_id: int | None = None,
        token_file: Path | None = None,
        budget: Budget | None = None,
        urgency: Urgency = Urgency.POLL,
        now: Callable[[], datetime] = utc_now,
        tell_time: Callable[[datetime], None] | None = None,
        timeout: timedelta = timedelta(seconds=10),
        logger: logging.Logger | None = None,
    ) -> None:
        logger = logger or logging.getLogger(__name__)
        spent_file = SpentFile(token_file.with_suffix(".requests"), logger) if token_file else None
        self.budget = budget or partner_budget(now=now, logger=logger, spent_file=spent_file)
        self.channel = Channel(
            Credentials.of(client_id, client_secret),
            base_url=base_url,
            token_file=token_file,
            budget=self.budget,
            now=now,
            tell_time=tell_time,
            timeout=timeout,
            logger=logger,
        )
        self.calls_at = calls_at = partial(Calls, self.channel, version=version, operator_id=operator_id, logger=logger)
        """Calls of another `urgency` than the client's own."""
        calls, before_a_start = calls_at(urgency=urgency), calls_at(urgency=Urgency.COMMAND)
        self._calls = calls
        self.teams = Teams(calls)
        self.account = Account(before_a_start, Teams(before_a_start), self.budget, paying_team_id)
        self.charge_points = ChargePoints(calls)
        self.charging_rules = ChargingRules(calls)
        self.charges = Charges(calls, self.account)
        self.prices = Prices(calls)
        self.reports = Reports(calls)
        self.sites = Sites(calls)
        self.tariffs = Tariffs(calls)
        self.vehicles = Vehicles(calls)
        self.wallets = Wallets(calls)
        self.webhooks = Webhooks(calls)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections; tokens stay valid and running charges continue."""
        await self.channel.wire.aclose()

    async def call(self, name: str, /, **given: object) -> Any:
        """Call any operation, as `Calls.call` does."""
        return await self._calls.call(name, **given)

    def every(self, name: str, /, **given: object) -> AsyncIterator[Any]:
        """Walk over any list, as `Calls.every` does."""
        return self._calls.every(name, **given)

    def pages(self, name: str, /, **given: object) -> AsyncIterator[RawPage]:
        """Walk over the pages of any list, as `Calls.raw_pages` does."""
        return self._calls.raw_pages(name, **given)


def partner_budget(
    *,
    now: Callable[[], datetime] = utc_now,
    logger: logging.Logger | None = None,
    spent_file: SpentFile | None = None,
) -> Budget:
    """A budget with the Partner API's usual quota, which `consumers/me` and the headers of answers may change."""
    return Budget(cloud=MONTA.name, quota=QUOTA, window=WINDOW, now=now, logger=logger, spent_file=spent_file)

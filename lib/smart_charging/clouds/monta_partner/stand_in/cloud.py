"""A simulated Partner API over the same chargers, cars and failures as the Public API's stand-in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from smart_charging.clouds.http.stand_in.messages import Request, Response
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta_partner.stand_in.chargers import Chargers
from smart_charging.clouds.monta_partner.stand_in.charging import Charging
from smart_charging.clouds.monta_partner.stand_in.login import Login
from smart_charging.clouds.monta_partner.stand_in.people import Vehicles, Wallets
from smart_charging.clouds.monta_partner.stand_in.prices import Prices
from smart_charging.clouds.monta_partner.stand_in.rules import Rules
from smart_charging.clouds.monta_partner.stand_in.served import Served, find
from smart_charging.clouds.monta_partner.stand_in.webhooks import Post, Subscription


class PartnerStandIn(MontaStandIn):
    """All operations of the Partner API: those of charging with state, the others by their shape.

    Args:
        others: What people, cars and the cloud are like, as for `MontaStandIn`.
    """

    def __init__(self, *, now: Callable[[], datetime], quota: int = 1000, window_s: float = 600, **others: Any) -> None:
        super().__init__(now=now, quota=quota, window_s=window_s, **others)
        site, reporting, currency = self.site, self.reporting, self.wallet.currency
        self.login = Login(self.tokens, self.quota)
        self.chargers = Chargers(site, reporting)
        self.charging = Charging(site, reporting, self.login, currency)
        self.rules = Rules()
        self.prices = Prices(site, currency, self._now)
        self.vehicles = Vehicles(site, self._now)
        self.subscription = Subscription(self.chargers, self.charging, self._now)
        parts = (
            self.login,
            self.chargers,
            self.charging,
            self.rules,
            self.prices,
            self.vehicles,
            Wallets(self.wallet),
            self.subscription,
        )
        handlers = {name: handler for part in parts for name, handler in part.handlers().items()}
        self.served = Served(self.tokens, handlers, lambda: self.login.scopes)
        self.fair_use: set[str] = set()
        """Operations without a count of their own; answers tell so in place of the quota."""

    async def deliver(self, post: Post) -> None:
        """Send what has happened to the subscriber, as Monta does every two seconds; what fails is sent again later.

        Args:
            post: Takes URL, headers and body of a request, and returns the status of its answer.
        """
        self.site.catch_up()
        self.charging.obey_limits()
        await self.subscription.deliver(post)

    def _quota_headers(self, request: Request) -> Mapping[str, str]:
        asked = find(request)
        is_fair_use = asked is not None and asked.operation.name in self.fair_use
        return {"RateLimit-Policy": "Fair-Use"} if is_fair_use else self.quota.headers

    def _answer(self, request: Request) -> Response:
        self.quota.count()
        self.site.catch_up()
        self.charging.obey_limits()
        return self.served.answer(request)

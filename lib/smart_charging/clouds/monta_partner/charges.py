"""Charges: read by the thousand, started, stopped, and explained."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from smart_charging.clouds.monta.models import ChargeState
from smart_charging.clouds.monta_partner.account import Account
from smart_charging.clouds.monta_partner.calls import Calls
from smart_charging.clouds.monta_partner.charge_models import Breakdown, Charge, Consumption, StartedCharge
from smart_charging.clouds.monta_partner.pages import PAGE_SIZE
from smart_charging.errors import UsageError

_MOST_PAGES = 20_000 // PAGE_SIZE
"""Monta lists 20,000 charges for one question."""
_WHOLE_SECONDS = timedelta(seconds=1)
"""How exact its filters are; whether they include their end is not said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What ends a charge, the first that is reached; Monta lets none be changed while it runs."""

    kwh: float | None = None
    """1 to 500."""
    soc_percent: float | None = None
    """1 to 100; where the charger or the car tells the state of charge."""
    price: Decimal | None = None
    """At least 1, in the currency of the charge point."""

    def __post_init__(self) -> None:
        for name, value, most in (("kwh", self.kwh, 500), ("soc_percent", self.soc_percent, 100)):
            if value is not None and not 1 <= value <= most:
                raise UsageError(f"{name}: a limit is from 1 to {most}, not {value:g}")
        if self.price is not None and self.price < 1:
            raise UsageError(f"price: a limit is at least 1, not {self.price}")


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Charges:
    """The charges at charge points that the credentials reach."""

    _calls: Calls
    _account: Account

    async def every(
        self,
        *,
        charge_point_id: int | None = None,
        team_id: int | None = None,
        state: ChargeState | None = None,
        from_at: datetime | None = None,
        to_at: datetime | None = None,
        **filters: object,
    ) -> AsyncIterator[Charge]:
        """All charges, newest first by creation; beyond 20,000, which Monta lists at most, it is asked for older ones.

        Args:
            state: Monta filters by one state at a time.
            from_at: Created at or after this; `to_at`: at or before.
            filters: Any other parameter of `get-charges`.
        """
        filters |= {"charge_point_id": charge_point_id, "team_id": team_id, "state": state, "from_date": from_at}
        seen: set[int] = set()
        before, is_cut = to_at, True
        while is_cut:
            pages, until = 0, before
            async for page in self._question(filters, before):
                pages += 1
                for charge in page:
                    end = charge.created_at + _WHOLE_SECONDS
                    until = end if until is None else min(until, end)
                    if charge.id not in seen:
                        seen.add(charge.id)
                        yield charge
            is_cut = pages >= _MOST_PAGES and until != before
            before = until

    async def _question(
        self, filters: Mapping[str, object], before: datetime | None
    ) -> AsyncIterator[Sequence[Charge]]:
        """The pages that Monta gives for one question."""
        pages = 0
        async with aclosing(self._calls.pages(Charge, "get-charges", **filters, to_date=before)) as answers:
            async for page in answers:
                yield page
                if (pages := pages + 1) >= _MOST_PAGES:
                    return

    async def one(self, charge_id: int) -> Charge:
        """One charge."""
        return await self._calls.read(Charge, "get-charge", charge_id=charge_id)

    async def start(
        self,
        charge_point_id: int,
        *,
        paying_team_id: int | None = None,
        limits: Limits = NO_LIMITS,
        is_reservation: bool = False,
        price_group_id: int | None = None,
        partner_external_id: str | None = None,
    ) -> Charge:
        """Start a charge; Monta answers long before current flows.

        Not idempotent: after a `TransportError` or `ResponseError` look for a charge with the same
        `partner_external_id` before trying again.

        Args:
            paying_team_id: Whose wallet pays; the client's, or the only team's, where it is not given.
            is_reservation: Only reserve the charge point; `restart` begins the charge.
            partner_external_id: A name of your own for the charge, best a unique one.

        Raises:
            PayingTeamError: It is not clear who pays; has the list to choose from.
            RefusedError: Most likely a charge is active there already.
        """
        payer = await self._account.paying_team_id() if paying_team_id is None else paying_team_id
        return await self._calls.read(
            StartedCharge,
            "post-charges",
            paying_team_id=payer,
            charge_point_id=charge_point_id,
            reserve_charge=is_reservation or None,
            kwh_limit=limits.kwh,
            soc_limit=limits.soc_percent,
            price_limit=limits.price,
            price_group_id=price_group_id,
            partner_external_id=partner_external_id,
        )

    async def stop(self, charge_id: int) -> Charge:
        """Stop a charge; in the answer it may still be running.

        Monta takes it as a GET: anything that repeats or fetches ahead GETs would stop charges. This client does not.
        """
        return await self._calls.read(Charge, "get-charge-stop", charge_id=charge_id)

    async def restart(self, charge_id: int) -> Charge:
        """Go on with a charge, or begin a reserved one; a GET with effect, like `stop`."""
        return await self._calls.read(Charge, "get-charge-restart", charge_id=charge_id)

    async def patch(self, charge_id: int, *, partner_external_id: str | None = None, **changes: object) -> Charge:
        """Change your own names for a charge; Monta lets nothing else be changed, limits neither.

        Args:
            changes: Any other parameter of `patch-charge`.
        """
        return await self._calls.read(
            Charge, "patch-charge", charge_id=charge_id, partner_external_id=partner_external_id, **changes
        )

    async def breakdown(self, charge_id: int) -> Breakdown:
        """Price and cost by hour and component; beta."""
        return await self._calls.read(Breakdown, "get-charge-breakdown", charge_id=charge_id)

    async def consumption(self, charge_id: int, *, period: timedelta = timedelta(hours=1)) -> Consumption:
        """The energy by period; only for chargers connected over OCPP.

        Args:
            period: 60, 30, 15, 10 or 5 minutes.
        """
        return await self._calls.read(
            Consumption,
            "get-charge-kwh-consumption",
            charge_id=charge_id,
            consumption_period_size_in_seconds=int(period.total_seconds()),
        )

"""Statistics, reports by driver, card and charger, and receipts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from pydantic import Field

from smart_charging.clouds.http.model import Row, Stamp
from smart_charging.clouds.monta_partner.calls import Calls
from smart_charging.clouds.monta_partner.money import AnyCurrency
from smart_charging.errors import UsageError

_LONGEST = timedelta(days=31)


class Statistics(Row):
    """What happened at a charge point or a site, both days included."""

    total_kwh: float | None = Field(default=None, alias="totalEnergyConsumed")
    total_sessions: int | None = None
    session_success_rate: float | None = None
    uptime_percent: float | None = Field(default=None, alias="systemUptimePercentage")


class DatedBy(StrEnum):
    """Which date puts a charge into a report."""

    CHARGE = "charge-transaction"
    PAYMENT = "wallet-transaction"


class Charged(Row):
    """Sessions of one kind, summed up; money in the team's currency."""

    charge_type: str | None = None
    total_sessions: int | None = None
    total_kwh: float | None = None
    net_price: Decimal | None = Field(default=None, alias="totalNetPrice")
    vat: Decimal | None = Field(default=None, alias="totalVat")
    gross_price: Decimal | None = Field(default=None, alias="totalGrossPrice")
    member_cost_group_id: int | None = None
    member_cost: Decimal | None = Field(default=None, alias="memberCostGroupPrice")
    """What the member is paid back; only in reports of member costs and of cards."""


class DriverReport(Row):
    """One driver's charges."""

    team_id: int | None = None
    team_member_id: int | None = None
    user_id: int | None = None
    charged: tuple[Charged, ...] = Field(default=(), alias="consumptions")


class CardReport(Row):
    """The charges of one card or tag."""

    id: int | None = None
    identifier: str | None = Field(default=None, repr=False, coerce_numbers_to_str=True)
    type: str | None = None
    charged: tuple[Charged, ...] = Field(default=(), alias="consumptions")


class ChargerReport(Row):
    """The charges at one charge point; sessions and energy only."""

    team_id: int | None = None
    charge_point_id: int | None = None
    last_charge_at: Stamp | None = None
    charged: tuple[Charged, ...] = Field(default=(), alias="consumptions")


class ReceiptEntry(Row):
    """One line of a receipt."""

    title: str | None = None
    sub_title: str | None = None
    amount: Decimal | None = None
    sub_amount: Decimal | None = None


class Receipt(Row):
    """The receipt of a charge."""

    id: str = Field(coerce_numbers_to_str=True)
    total_amount: Decimal
    currency: AnyCurrency | None = None
    vat: Decimal | None = None
    entries: tuple[ReceiptEntry, ...] = ()
    pdf_url: str | None = Field(default=None, repr=False)
    created_at: Stamp | None = None


@dataclass(frozen=True, slots=True)
class Reports:
    """Sums over at most 31 days, and receipts."""

    _calls: Calls

    async def of_charge_point(self, charge_point_id: int, *, first: date, last: date) -> Statistics:
        """Statistics of a charge point."""
        _check(first, last)
        return await self._calls.read(
            Statistics,
            "get-charge-point-statistics-by-charge-point",
            charge_point_id=charge_point_id,
            from_date=first,
            to_date=last,
        )

    async def of_site(self, site_id: int, *, first: date, last: date) -> Statistics:
        """Statistics of a site."""
        _check(first, last)
        return await self._calls.read(
            Statistics, "get-charge-point-statistics-by-site", site_id=site_id, from_date=first, to_date=last
        )

    def by_driver(
        self,
        team_id: int,
        *,
        start: datetime,
        end: datetime,
        team_member_ids: Sequence[int] | None = None,
        dated_by: DatedBy | None = None,
        has_member_costs: bool = False,
    ) -> AsyncIterator[DriverReport]:
        """A report for each driver of a team.

        Args:
            has_member_costs: With what an employer pays back, a report of its own at Monta.
        """
        _check(start, end)
        kind = "driver-member-costs" if has_member_costs else "driver"
        return self._calls.rows(
            DriverReport,
            f"get-insights-charges-{kind}-report",
            team_id=team_id,
            from_date=start,
            to_date=end,
            team_member_ids=team_member_ids,
            dates_filtered_by=dated_by,
        )

    def by_card(
        self, team_id: int, *, start: datetime, end: datetime, dated_by: DatedBy | None = None
    ) -> AsyncIterator[CardReport]:
        """A report for each card or tag of a team."""
        _check(start, end)
        return self._calls.rows(
            CardReport,
            "get-insights-charges-charge-auth-token-report",
            team_id=team_id,
            from_date=start,
            to_date=end,
            dates_filtered_by=dated_by,
        )

    def by_charger(
        self, team_id: int, *, start: datetime, end: datetime, charge_point_ids: Sequence[int] | None = None
    ) -> AsyncIterator[ChargerReport]:
        """A report for each charge point of a team."""
        _check(start, end)
        return self._calls.rows(
            ChargerReport,
            "get-insights-charges-charger-report",
            team_id=team_id,
            from_date=start,
            to_date=end,
            charge_point_ids=charge_point_ids,
        )

    async def receipt(self, charge_id: int) -> Receipt:
        """The receipt of a charge, in the currency itself, with a link to its PDF."""
        return await self._calls.read(Receipt, "get-receipts-by-charge", charge_id=charge_id)


def _check(start: date, end: date) -> None:
    """Before anything is sent: Monta refuses longer reports, and says less about why."""
    if not timedelta(0) <= end - start <= _LONGEST:
        raise UsageError(f"a report is over at most {_LONGEST.days} days, not from {start} to {end}")

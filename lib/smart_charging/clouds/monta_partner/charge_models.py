"""A charge as the Partner API tells it, with what it costs and why."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from smart_charging.clouds.http.model import CloudModel, Row, Stamp
from smart_charging.clouds.monta.models import ChargeFacts, KwhInPeriod, Unwrapped
from smart_charging.clouds.monta_partner.money import AnyCurrency, Minor, in_currency


class PayingTeam(Row):
    """Whose wallet pays."""

    id: int | None = None
    public_name: str | None = Field(default=None, repr=False)


class TeamMember(Row):
    """A driver of the operator's or of a team of theirs."""

    id: int
    name: str | None = Field(default=None, alias="displayName", repr=False, coerce_numbers_to_str=True)


class Person(Row):
    """A user of Monta, of whichever team."""

    id: int | None = None
    public_name: str | None = Field(default=None, repr=False, coerce_numbers_to_str=True)


class ChargeAuth(Row):
    """What the driver was let in with."""

    type: str | None = None
    """`rfid` or `vehicleId`."""
    id: str | None = Field(default=None, repr=False, coerce_numbers_to_str=True)
    """The whole number of the card or car, with which anybody could charge."""


class ForeignChargePoint(Row):
    """A charge point as everybody sees it."""

    id: int | None = None
    name: str | None = Field(default=None, repr=False, coerce_numbers_to_str=True)


class Charge(ChargeFacts):
    """One charging transaction, as `get-charge` reports it; money in the charge's currency."""

    charge_point_id: int | None = None
    """None at a charge point of somebody else's."""
    public_charge_point: ForeignChargePoint | None = None
    """Tells which it is there, too."""
    team_member: TeamMember | None = None
    user: Person | None = None
    charge_auth: ChargeAuth | None = None
    site_id: int | None = None
    type: str | None = None
    """`external`, `operator` or `sponsored`."""
    start_source: str | None = None
    released_at: Stamp | None = None
    completed_at: Stamp | None = None
    power_kw: float | None = Field(default=None, alias="chargePointKw")
    """Recorded during the charge; whether it is the present power is not said."""
    kwh_per_hour: tuple[KwhInPeriod, ...] = ()
    kwh_per_max_resolution: tuple[KwhInPeriod, ...] = ()
    """As fine as there is, such as by 15 minutes."""
    price: Decimal | None = Field(default=None, repr=False)
    """What the driver pays; settled once the state is `COMPLETED`."""
    cost: Decimal | None = Field(default=None, repr=False)
    """What the electricity cost the owner, where cost tracking is set up; moves no money."""
    price_limit: Decimal | None = None
    average_price_per_kwh: Decimal | None = None
    """Of `price`, not of `cost`."""
    paying_team: PayingTeam | None = None
    partner_external_id: str | None = Field(default=None, coerce_numbers_to_str=True)
    smart_charge_id: int | None = None
    """Of a charge that Monta's own smart charging plans."""
    vehicle_id: int | None = None


class StartedCharge(Unwrapped, Charge):
    """A charge just started."""


class Consumption(Row):
    """A charge's energy over time; only chargers linked over OCPP have it."""

    period_s: int | None = Field(default=None, alias="consumptionPeriodSizeInSeconds")
    periods: tuple[KwhInPeriod, ...] = Field(default=(), alias="kwhConsumption")


class Component(Row):
    """One reason for a part of a price, such as a tariff or a fee."""

    type: str | None = None
    description: str | None = None
    price_minor: Minor | None = Field(default=None, alias="price")


class PricedPeriod(Row):
    """What a part of the charge cost, most often an hour."""

    start: Stamp | None = Field(default=None, alias="from")
    end: Stamp | None = Field(default=None, alias="to")
    total_minor: Minor | None = Field(default=None, alias="subTotalPrice")
    components: tuple[Component, ...] = ()


class BreakdownSummary(Row):
    """All periods together."""

    total_minor: Minor | None = Field(default=None, alias="totalPrice")
    fees_minor: Minor | None = Field(default=None, alias="totalFees")
    adjustments_minor: Minor | None = Field(default=None, alias="totalAdjustments")
    discount_minor: Minor | None = Field(default=None, alias="totalDiscount")


class DetailedBreakdown(Row):
    """How a sum came about."""

    currency: AnyCurrency | None = None
    summary: BreakdownSummary = BreakdownSummary()
    periods: tuple[PricedPeriod, ...] = Field(default=(), alias="breakdown")
    fees: tuple[Component, ...] = ()
    adjustments: tuple[Component, ...] = ()

    @property
    def total(self) -> Decimal | None:
        """In the currency; None where Monta tells none."""
        amount = self.summary.total_minor
        return None if amount is None else in_currency(amount, self.currency)


class Breakdown(CloudModel):
    """Price and cost of a charge, explained; beta."""

    charge_id: int
    price: DetailedBreakdown | None = Field(default=None, alias="priceBreakdown")
    cost: DetailedBreakdown | None = Field(default=None, alias="costBreakdown")

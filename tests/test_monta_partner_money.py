"""Money of Monta's Partner API: forecasts, tariffs, breakdowns, wallets, receipts and reports."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from smart_charging.clouds.monta.models import Currency, TransactionState
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.clouds.monta_partner.charge_models import DetailedBreakdown
from smart_charging.clouds.monta_partner.money import in_currency
from smart_charging.clouds.monta_partner.prices import PricesForecast
from smart_charging.clouds.monta_partner.reports import DatedBy
from smart_charging.clouds.monta_partner.stand_in.prices import SUMMER, TARIFF_ID, WINTER
from smart_charging.clouds.monta_partner.tariffs import DayOfWeek, TariffType
from smart_charging.errors import UsageError

if TYPE_CHECKING:
    from smart_charging.clouds.monta_partner.client import PartnerClient
    from smart_charging.clouds.monta_partner.stand_in.cloud import PartnerStandIn
    from worlds.virtual_time import Clock

TEAM = 4100


async def settled_charge(operator: PartnerStandIn, partner: PartnerClient, clock: Clock, *, wants_kwh: float) -> int:
    point = operator.add_charge_point()
    operator.plug_in(point, Car(wants_kwh=wants_kwh))
    charge = await partner.charges.start(point)
    clock.advance(hours=3)
    operator.unplug(point)
    clock.advance(minutes=5)
    return charge.id


def test_a_forecast_is_in_ten_thousandths_and_a_price_holds_for_an_hour() -> None:
    entries = [
        {"time": "2026-11-20T18:00:00Z", "pricePerKwh": 5978, "name": "0.60 DKK/kWh"},
        {"time": "2026-11-20T19:00:00Z", "pricePerKwh": -120, "name": "-0.01 DKK/kWh"},
    ]
    forecast = PricesForecast.model_validate({"currency": "dkk", "forecasts": entries})
    last_minute = datetime(2026, 11, 20, 18, 59, tzinfo=UTC)

    prices = [forecast.at(last_minute + timedelta(minutes=step)) for step in (-60, 0, 1, 61)]

    assert prices == [None, Decimal("0.5978"), Decimal("-0.012"), None]
    assert forecast.currency.code == "DKK"


async def test_a_forecast_is_of_what_the_driver_pays(operator: PartnerStandIn, partner: PartnerClient) -> None:
    forecast = await partner.prices.forecast(charge_point_id=operator.add_charge_point())

    assert len(forecast.prices) == 24
    assert {hour.price_per_kwh for hour in forecast.prices} == {Decimal("2.5")}


@pytest.mark.parametrize(
    ("amount", "decimals", "value"),
    [(1200, 2, "12"), (1200, 0, "1200"), (-5, 3, "-0.005"), (1, None, "0.01")],
)
def test_small_units_are_as_small_as_the_currency_says(amount: int, decimals: int | None, value: str) -> None:
    assert in_currency(amount, Currency(identifier="x", decimals=decimals)) == Decimal(value)


@pytest.mark.parametrize("total", [4321, {"amount": 4321, "currency": "dkk", "locale": "da"}])
def test_a_sum_of_a_breakdown_is_read_with_and_without_its_currency(total: object) -> None:
    told = {"currency": {"identifier": "dkk", "decimals": 2}, "summary": {"totalPrice": total}}

    breakdown = DetailedBreakdown.model_validate(told)

    assert breakdown.total == Decimal("43.21")


async def test_a_breakdown_a_receipt_and_a_transaction_tell_what_the_charge_cost(
    operator: PartnerStandIn, partner: PartnerClient, clock: Clock
) -> None:
    charge_id = await settled_charge(operator, partner, clock, wants_kwh=13.4)

    charge = await partner.charges.one(charge_id)
    breakdown = await partner.charges.breakdown(charge_id)
    receipt = await partner.reports.receipt(charge_id)
    [payment] = [one async for one in partner.wallets.transactions(reference_id=charge_id, team_id=TEAM)]

    assert charge.price == Decimal("33.5")
    assert breakdown.price is not None
    assert breakdown.price.total == receipt.total_amount == payment.from_amount == charge.price
    assert sum(period.total_minor or 0 for period in breakdown.price.periods) == 3350
    assert payment.from_sub_amount is not None
    assert payment.from_vat_amount is not None
    assert payment.from_sub_amount + payment.from_vat_amount == payment.from_amount


async def test_money_is_not_shown_where_it_is_private(
    operator: PartnerStandIn, partner: PartnerClient, clock: Clock
) -> None:
    await settled_charge(operator, partner, clock, wants_kwh=13.4)

    [wallet] = [one async for one in partner.wallets.every()]
    [payment] = [one async for one in partner.wallets.transactions(state=TransactionState.COMPLETE)]

    assert wallet.balance is not None
    assert wallet.balance.amount == Decimal("466.5")
    assert "466.5" not in repr(await partner.wallets.one(wallet.id))
    assert "33.5" not in repr(await partner.wallets.transaction(payment.id))


async def test_a_grid_companys_tariff_is_found_by_zip_code(partner: PartnerClient) -> None:
    [tariff] = [one async for one in partner.tariffs.every(zip_code="2100")]
    seasons = [season.id async for season in partner.tariffs.seasons(tariff.id)]
    winter = [period async for period in partner.tariffs.periods(tariff.id, WINTER)]

    assert (tariff.id, tariff.type, tariff.time_zone) == (TARIFF_ID, TariffType.WEEKLY, "Europe/Copenhagen")
    assert seasons == [WINTER, SUMMER]
    assert [(period.start, period.end, period.price) for period in winter] == [
        ("00:00", "06:00", Decimal("0.11")),
        ("06:00", "17:00", Decimal("0.34")),
        ("17:00", "21:00", Decimal("1.02")),
        ("21:00", "00:00", Decimal("0.34")),
    ]
    assert {(period.day, period.end_day) for period in winter} == {(DayOfWeek.MONDAY, DayOfWeek.SUNDAY)}
    assert [one async for one in partner.tariffs.every(zip_code="9999")] == []


async def test_a_tariff_has_prices_once_they_were_made(partner: PartnerClient) -> None:
    before = await partner.tariffs.one(TARIFF_ID)
    made = await partner.tariffs.create_prices(TARIFF_ID, start=date(2026, 11, 20), end=date(2026, 11, 22))
    after = await partner.tariffs.one(TARIFF_ID, start=date(2026, 11, 20), end=date(2026, 11, 21))

    assert (len(before.prices), len(made.prices), len(after.prices)) == (0, 8, 4)
    assert after.prices[2].start == datetime(2026, 11, 20, 17, tzinfo=UTC)
    assert after.prices[2].price == Decimal("1.02")


async def test_reports_are_asked_for_with_the_times_each_of_them_takes(
    operator: PartnerStandIn, partner: PartnerClient
) -> None:
    operator.served.is_by_shape_only = True
    first, last = date(2026, 11, 1), date(2026, 11, 30)
    start, end = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)

    await partner.reports.of_charge_point(7, first=first, last=last)
    await partner.reports.of_site(8, first=first, last=last)
    drivers = [one async for one in partner.reports.by_driver(TEAM, start=start, end=end, dated_by=DatedBy.PAYMENT)]
    costs = [one async for one in partner.reports.by_driver(TEAM, start=start, end=end, has_member_costs=True)]
    cards = [one async for one in partner.reports.by_card(TEAM, start=start, end=end)]
    chargers = [one async for one in partner.reports.by_charger(TEAM, start=start, end=end, charge_point_ids=[7, 8])]

    asked = [(one.path, one.query["fromDate"]) for one in operator.requests[1:]]
    assert asked == [
        ("charge-point-statistics/by-charge-point", "2026-11-01"),
        ("charge-point-statistics/by-site", "2026-11-01"),
        ("insights/charges/driver-report", "2026-11-01T00:00:00Z"),
        ("insights/charges/driver-member-costs-report", "2026-11-01T00:00:00Z"),
        ("insights/charges/charge-auth-token-report", "2026-11-01T00:00:00Z"),
        ("insights/charges/charger-report", "2026-11-01T00:00:00Z"),
    ]
    assert [drivers[0].charged[0].gross_price, cards[0].charged[0].vat] == [Decimal("1.5")] * 2
    assert costs[0].team_member_id == chargers[0].charge_point_id == 7


@pytest.mark.parametrize("days", [-1, 32])
async def test_a_report_of_more_than_31_days_is_refused(days: int, partner: PartnerClient) -> None:
    start = datetime(2026, 11, 1, tzinfo=UTC)

    with pytest.raises(UsageError, match="a report is over at most 31 days"):
        partner.reports.by_driver(TEAM, start=start, end=start + timedelta(days=days))
    with pytest.raises(UsageError, match="a report is over at most 31 days"):
        await partner.reports.of_site(8, first=start.date(), last=start.date() + timedelta(days=days))

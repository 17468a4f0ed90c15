"""Prices that the chargers' own cloud tells ahead, as the scheduler reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from smart_charging.clouds.knowledge import open_prices
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.clouds.monta_partner.prices import PricesForecast
from smart_charging.clouds.monta_partner.prices_ahead import PricesAhead, curve_of
from smart_charging.clouds.monta_partner.stand_in.cloud import PartnerStandIn
from smart_charging.config.arguments import parse
from smart_charging.config.cloud_login import PriceCloudSettings
from smart_charging.config.prices import PriceSettings
from smart_charging.errors import ConfigError
from smart_charging.services.pricing.feed import PriceFeed
from worlds.fakes import BASE_URL
from worlds.household import COPENHAGEN, LOG, FakeHass
from worlds.virtual_apps import Line, OtherClouds, house_of
from worlds.virtual_time import Clock, run

if TYPE_CHECKING:
    from smart_charging.clouds.monta_partner.client import PartnerClient
    from smart_charging.prices.curve import PriceCurve

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
RESTS = {"poll_idle_s": 120, "poll_plugged_in_s": 120}
CHEAPEST = datetime(2026, 3, 11, 2, tzinfo=UTC)
PARTNER_URL = "https://partner.monta.test/api/v1/"
SECRETS = '{"monta_partner_client_id": "stand-in-id", "monta_partner_client_secret": "stand-in-secret"}'
TARIFF = {"grid_fees": 10, "vat": 0.25}


class ForecastHome:
    """A feed of the scheduler, by virtual time."""

    def __init__(self, partner: PartnerClient, clock: Clock, **written: Any) -> None:
        self.clock, self.hass = clock, FakeHass()
        settings = parse(PriceSettings, {"price_cloud": "monta_partner", **written})
        login = settings.price_cloud
        assert login is not None
        self.feed = PriceFeed(
            settings,
            self.hass,
            self.hass,
            self.hass,
            zone=COPENHAGEN,
            clock=clock,
            log=LOG,
            cloud=PricesAhead(partner, login.charger, login.price_group),
        )

    async def read_for(self, length: timedelta) -> PriceCurve:
        """Read every minute, as the scheduler does."""
        until = self.clock() + length
        curve = await self.feed.read()
        while self.clock() < until:
            self.clock.advance(minutes=1)
            curve = await self.feed.read()
        return curve


def by_the_hour(moment: datetime) -> float:
    """Another price each hour, negative ones among them."""
    return moment.hour / 8 - 1


async def test_the_drivers_prices_are_planned_with_and_no_tariff_is_added(
    operator: PartnerStandIn, partner: PartnerClient, clock: Clock
) -> None:
    operator.add_charge_point()
    operator.site.price = by_the_hour
    home = ForecastHome(partner, clock, tariff=TARIFF)

    curve = await home.feed.read()

    assert [curve.price_at(clock() + hours * HOUR) for hours in (0, 3, 4)] == [1.5, 1.875, -1.0]
    assert (curve.currency, curve.known_until) == ("DKK", clock() + 24 * HOUR)
    assert (home.feed.are_fees_known, home.feed.problem) == (True, None)


async def test_it_is_asked_once_an_hour_however_often_the_scheduler_reads(
    operator: PartnerStandIn, partner: PartnerClient, clock: Clock
) -> None:
    operator.add_charge_point()
    clock.advance(hours=12)
    home = ForecastHome(partner, clock)

    await home.read_for(4 * HOUR - MINUTE)

    assert len(operator.sent("prices/forecast")) == 4
    assert len(operator.sent("charge-points")) == 1


async def test_while_it_does_not_answer_the_last_prices_stand_and_it_is_asked_again_soon(
    operator: PartnerStandIn, partner: PartnerClient, clock: Clock
) -> None:
    operator.add_charge_point()
    clock.advance(hours=12)
    home = ForecastHome(partner, clock)
    good = await home.feed.read()
    operator.fail_next(Failure.SERVER_ERROR, "prices", times=4)

    curve = await home.read_for(HOUR + 5 * MINUTE)
    problem = home.feed.problem
    await home.read_for(HOUR)

    assert curve == good
    assert problem is not None
    assert problem.startswith("price_cloud: GET prices/forecast")
    assert home.feed.problem is None


async def test_a_cloud_that_hangs_is_not_waited_for_longer_than_ten_seconds(
    operator: PartnerStandIn, partner: PartnerClient, clock: Clock
) -> None:
    operator.add_charge_point()
    operator.fail_next(Failure.HANG, times=10)
    home, asked_at = ForecastHome(partner, clock), clock()

    await home.feed.read()

    assert clock() - asked_at <= timedelta(seconds=11)
    assert not home.feed.has_prices


async def test_a_refusal_for_want_of_quota_is_heeded(
    operator: PartnerStandIn, partner: PartnerClient, clock: Clock
) -> None:
    operator.add_charge_point()
    home = ForecastHome(partner, clock)
    operator.fail_next(Failure.RATE_LIMITED, "prices")

    await home.read_for(9 * MINUTE)
    while_limited = len(operator.sent("prices"))
    await home.read_for(3 * MINUTE)

    assert while_limited == 1
    assert len(operator.sent("prices")) == 2
    assert home.feed.has_prices


@pytest.mark.parametrize("charger", ["410002", "Court"])
async def test_a_charger_is_named_by_id_or_name(
    operator: PartnerStandIn, partner: PartnerClient, clock: Clock, charger: str
) -> None:
    for name in ("Yard", "Court"):
        operator.add_charge_point(name)
    home = ForecastHome(partner, clock, price_cloud={"cloud": "monta_partner", "charger": charger, "price_group": 77})

    await home.feed.read()

    (request,) = operator.sent("prices")
    assert request.query == {"chargePointId": "410002", "priceGroupId": "77"}


@pytest.mark.parametrize(
    ("charger", "words"),
    [(None, "one of 410001 (Yard), 410002 (Court)"), ("Garage", "one of 410001 (Yard), 410002 (Court)")],
)
async def test_which_chargers_prices_are_meant_is_asked_for(
    operator: PartnerStandIn, partner: PartnerClient, clock: Clock, charger: str | None, words: str
) -> None:
    for name in ("Yard", "Court"):
        operator.add_charge_point(name)
    home = ForecastHome(partner, clock, price_cloud={"cloud": "monta_partner", "charger": charger})

    await home.read_for(5 * MINUTE)

    assert f"price_cloud: whose prices? write charger: and the id of a charge point, {words}" == home.feed.problem


def test_hours_told_twice_or_by_quarters_are_prices_all_the_same() -> None:
    rows = [("18:00", 1000), ("18:00", 2000), ("19:00", 3000), ("19:15", 4000), ("21:00", 5000)]
    entries = [{"time": f"2026-11-20T{at}:00Z", "pricePerKwh": price} for at, price in rows]

    curve = curve_of(PricesForecast.model_validate({"currency": "sek", "forecasts": entries}))

    assert [(f"{slot.start:%H:%M}-{slot.end:%H:%M}", slot.price_per_kwh) for slot in curve] == [
        ("18:00-19:00", 0.2),
        ("19:00-19:15", 0.3),
        ("19:15-20:15", 0.4),
        ("21:00-22:00", 0.5),
    ]


def test_a_cloud_that_tells_no_prices_and_missing_credentials_are_refused(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "secrets.yaml").write_text("monta_client_id: 'x'\n")

    with pytest.raises(ConfigError, match="cloud: 'enphase' tells no such thing; write monta_partner"):
        open_prices(parse(PriceCloudSettings, {"cloud": "enphase"}), tmp_path, now=clock, log=LOG)
    with pytest.raises(ConfigError, match=r"^price_cloud: .*monta_partner_client_id"):
        open_prices(parse(PriceCloudSettings, {"cloud": "monta_partner"}), tmp_path, now=clock, log=LOG)


@pytest.mark.parametrize(
    ("credentials_file", "kwh", "complaint"),
    [
        ("partner.json", 5, None),
        ("secrets.yaml", 0, "charging_scheduler: price_cloud: "),
    ],
    ids=["credentials", "no credentials"],
)
def test_the_app_charges_when_its_driver_pays_least_or_says_what_it_lacks(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, credentials_file: str, kwh: float, complaint: str | None
) -> None:
    clock = Clock(CHEAPEST - HOUR)
    monta, operator = MontaStandIn(now=clock), PartnerStandIn(now=clock)
    operator.site.price = lambda moment: 1.0 if moment == CHEAPEST else 3.0
    operator.add_charge_point()
    point = monta.add_charge_point()
    login = {"cloud": "monta_partner", "credentials_file": credentials_file, "base_url": PARTNER_URL}
    car = {"charge_point_id": point, "energy_kwh": 5, "power_kw": 11, "ready_by": "07:00"}
    (tmp_path / "partner.json").write_text(SECRETS)

    async def night() -> None:
        others = OtherClouds(lines={PARTNER_URL: Line(operator)})
        async with house_of(tmp_path, Line(monta), monta, others=others) as house:
            apps = {"charging_monitor": {"base_url": BASE_URL, **RESTS}, "charging_control": {}}
            await house.start({**apps, "charging_scheduler": {"price_cloud": login, "chargers": [car]}})
            monta.plug_in(point, Car(wants_kwh=60))
            await clock.sleep_until(CHEAPEST)
            assert monta.charge_of(point) is None
            await clock.sleep_until(CHEAPEST + 40 * MINUTE)

    run(night(), clock)

    charge = monta.charge_of(point)
    said = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert (charge.consumed_kwh if charge else 0) == pytest.approx(kwh, abs=0.5)
    assert [line.startswith(complaint or "-") for line in said] == ([True] if complaint else [])

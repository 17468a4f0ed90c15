"""Grid fees that a cloud knows by the home's zip code, as part of the tariff."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta_partner.grid_company import GridCompany
from smart_charging.clouds.monta_partner.stand_in.prices import TARIFF_ID
from smart_charging.config.arguments import parse
from smart_charging.config.prices import PriceSettings
from smart_charging.errors import ConfigError
from smart_charging.prices.fees_ahead import FeeChange, FeesAhead
from smart_charging.prices.rates import rate_at
from smart_charging.services.pricing.feed import PriceFeed
from smart_charging.services.pricing.grid_fees import GridFees
from worlds.household import COPENHAGEN, LOG, FakeHass

if TYPE_CHECKING:
    from smart_charging.clouds.monta_partner.client import PartnerClient
    from smart_charging.clouds.monta_partner.stand_in.cloud import PartnerStandIn
    from worlds.virtual_time import Clock

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PEAK = datetime(2026, 11, 21, 17, 30, tzinfo=UTC)
"""When the stand-in's fee is 1.02; 0.11 at night."""
NIGHT = datetime(2026, 11, 21, 3, tzinfo=UTC)


class TariffHome:
    """A feed with a spot price of 1 at any time, and the grid fees of a zip code."""

    def __init__(self, partner: PartnerClient, clock: Clock, hass: FakeHass | None = None, **tariff: Any) -> None:
        self.clock, self.hass = clock, hass or FakeHass()
        source = {"cloud": "monta_partner", "zip": 2100}
        written = {"fixed": 1, "tariff": {"grid_fees_from": source, "grid_fees": 0.5, **tariff}}
        settings = parse(PriceSettings, written)
        assert settings.tariff is not None
        assert settings.tariff.grid_fees_from is not None
        asked = settings.tariff.grid_fees_from
        fees = GridFees(
            GridCompany(partner, asked.zip, asked.tariff), settings.tariff, self.hass, zone=COPENHAGEN, log=LOG
        )
        self.feed = PriceFeed(
            settings, self.hass, self.hass, self.hass, zone=COPENHAGEN, clock=clock, log=LOG, grid_fees=fees
        )

    async def prices(self) -> list[float | None]:
        curve = await self.feed.read()
        return [None if (price := curve.price_at(at)) is None else round(price, 4) for at in (NIGHT, PEAK)]


@pytest.fixture
async def told(partner: PartnerClient, operator: PartnerStandIn) -> PartnerStandIn:
    """Monta, with prices of the tariff."""
    await partner.tariffs.create_prices(TARIFF_ID, start=date(2026, 11, 10), end=date(2026, 12, 1))
    operator.requests.clear()
    return operator


@pytest.mark.parametrize(
    ("tariff", "expected"),
    [
        ({}, [1.11, 2.02]),
        ({"vat": 0.25}, [1.3875, 2.525]),
        ({"vat": 0.25, "is_vat_on_spot_only": True}, [1.3875, 2.525]),
    ],
    ids=["no VAT", "VAT on all", "VAT is written into fees"],
)
async def test_fees_of_the_zip_code_are_added_with_their_vat_in_whichever_way_the_tariff_is_written(
    told: PartnerStandIn, partner: PartnerClient, clock: Clock, tariff: dict[str, Any], expected: list[float]
) -> None:
    home = TariffHome(partner, clock, **tariff)

    assert await home.prices() == expected
    assert [request.query.get("zip") for request in told.sent("tariffs")] == ["2100", None]


async def test_fees_are_read_twice_a_day(told: PartnerStandIn, partner: PartnerClient, clock: Clock) -> None:
    home = TariffHome(partner, clock)

    for _ in range(48):
        await home.feed.read()
        clock.advance(hours=1)

    assert len(told.sent(f"tariffs/{TARIFF_ID}")) == 4


async def test_the_written_fees_count_until_others_were_told_once(
    partner: PartnerClient, operator: PartnerStandIn, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    home = TariffHome(partner, clock)
    before = await home.prices()
    await partner.tariffs.create_prices(TARIFF_ID, start=date(2026, 11, 10), end=date(2026, 12, 1))
    clock.advance(minutes=16)

    after = await home.prices()

    assert (before, after) == ([1.5, 1.5], [1.11, 2.02])
    assert [record.getMessage().partition(": ")[2] for record in caplog.records][:1] == [
        "grid_fees_from: Monta has no prices of tariff 501 (Grid C) for these days; grid_fees stands in"
    ]


async def test_after_a_restart_the_last_fees_stand_in_for_a_cloud_that_is_away(
    told: PartnerStandIn, partner: PartnerClient, clock: Clock
) -> None:
    home = TariffHome(partner, clock)
    await home.prices()
    told.fail_next(Failure.SERVER_ERROR, "tariffs", times=9)

    again = TariffHome(partner, clock, home.hass)
    elsewhere = TariffHome(partner, clock, home.hass, grid_fees_from={"cloud": "monta_partner", "zip": 9999})

    assert await again.prices() == [1.11, 2.02]
    assert await elsewhere.prices() == [1.5, 1.5]


@pytest.mark.parametrize(
    ("zip_code", "words"),
    [
        (9999, "Monta knows no tariff at zip code 9999; write grid_fees instead"),
        (2100, "several tariffs at zip code 2100; write tariff: and one of 501 (Grid C), 502 (Grid C)"),
    ],
)
async def test_where_it_is_not_clear_which_tariff_is_meant_it_is_said_what_to_write(
    told: PartnerStandIn, partner: PartnerClient, zip_code: int, words: str
) -> None:
    told.prices.more_tariffs = 1

    with pytest.raises(ConfigError, match=re.escape(words)):
        await GridCompany(partner, str(zip_code), None).fees(date(2026, 11, 20), date(2026, 11, 21))


@given(
    st.lists(
        st.tuples(st.integers(0, 24 * 8), st.integers(-3, 9)), min_size=1, max_size=30, unique_by=lambda one: one[0]
    ),
    st.sampled_from(["Europe/Copenhagen", "UTC", "America/St_Johns"]),
    st.sampled_from([datetime(2026, 10, 21, tzinfo=UTC), datetime(2026, 3, 25, 23, tzinfo=UTC)]),
)
def test_each_moment_that_was_told_of_has_the_fee_that_was_told(
    told: list[tuple[int, int]], zone_name: str, begin: datetime
) -> None:
    zone = ZoneInfo(zone_name)
    changes = [FeeChange(start=begin + hour * HOUR, per_kwh=fee) for hour, fee in sorted(told)]

    rates = FeesAhead(changes=changes, has_vat=False).rates(zone, vat=0.25, wants_vat=False)

    for one, other in zip(changes, [*changes[1:], None], strict=True):
        local = one.start.astimezone(zone)
        if other is None or not (local.fold or is_doubled(local)):
            assert rate_at(rates, local, frozenset()) == one.per_kwh


def is_doubled(local: datetime) -> bool:
    """Whether the clock shows this time again later."""
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()

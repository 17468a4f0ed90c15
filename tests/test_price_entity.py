"""The price with the tariff as an entity, with a curve that others can draw."""

import json

from worlds.household import HOUR, MIDNIGHT, Household

EVENING = MIDNIGHT - 3 * HOUR


async def test_the_price_now_and_the_curve_have_the_tariff_in_them(home: Household) -> None:
    home.prices(EVENING, 1.0, 0.5, -0.25)
    home.schedule(common={"tariff": {"energy_tax": 0.5, "vat": 0.25}})

    await home.live(minutes=2)

    price = home.hass.states["sensor.monta_price"]
    assert (price[0], price[1]["unit_of_measurement"]) == ("1.875", "DKK/kWh")
    assert [amount for _, amount in price[1]["prices"]] == [1.875, 1.25, 0.3125]
    assert price[1]["prices"][0][0] == EVENING.isoformat()


async def test_the_curve_changes_only_when_prices_do(home: Household) -> None:
    home.prices(EVENING, 1.0, 0.5, 0.25, 0.5)
    home.schedule()
    await home.live(minutes=2)
    before = home.hass.states["sensor.monta_price"]

    await home.live(hours=1)

    assert home.hass.states["sensor.monta_price"][0] == "0.5"
    assert home.hass.states["sensor.monta_price"][1] == before[1]


async def test_two_days_of_quarters_are_below_the_recorders_limit(home: Household) -> None:
    home.prices(MIDNIGHT - 24 * HOUR, *[12.34567] * 192, step=HOUR / 4)
    home.schedule()

    await home.live(minutes=2)

    attributes = home.hass.states["sensor.monta_price"][1]
    assert len(attributes["prices"]) == 192
    assert len(json.dumps(attributes)) < 12_000


async def test_a_price_that_nobody_knows_is_unknown(home: Household) -> None:
    home.prices(EVENING, 1.0)
    home.schedule()

    await home.live(hours=1.1)

    assert home.hass.states["sensor.monta_price"][0] == "unknown"

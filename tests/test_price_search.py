"""Nobody has written where prices come from: the only source there is will do, and of several a person is asked."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest

from smart_charging.config.arguments import parse
from smart_charging.config.prices import PriceSettings
from smart_charging.errors import ActionError
from smart_charging.prices.curve import PriceCurve
from smart_charging.services.pricing import search
from smart_charging.services.pricing.feed import PriceFeed
from worlds.household import COPENHAGEN, HOUR, LOG, MIDNIGHT, FakeHass, Household
from worlds.virtual_time import Clock

TODAY = MIDNIGHT - timedelta(days=1)
TOMORROW = MIDNIGHT
NORD_POOL = "nordpool.get_prices_for_date"


class SearchingHome:
    """A Home Assistant with whatever is shown in it, and a feed that has to find its source there."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.hass = FakeHass()
        self.followed: list[str] = []
        self.start()

    def start(self, **written: Any) -> None:
        """Like a start of AppDaemon."""
        self.feed = PriceFeed(
            parse(PriceSettings, written),
            self.hass,
            self.hass,
            self.hass,
            zone=COPENHAGEN,
            clock=self.clock,
            log=LOG,
            currency="SEK",
        )

        async def follow(entity_ids: Any) -> None:
            self.followed += entity_ids

        self.feed.when_found(follow)

    def show(self, entity_id: str, price: float = 1.0, *, day: Any = TODAY, entry: str = "", **more: Any) -> None:
        """An entity with a day of prices; `day=None` is one that has none yet."""
        hours = [] if day is None else [day + hour * HOUR for hour in range(24)]
        rows = [{"start": at.isoformat(), "price": price + at.hour / 10} for at in hours]
        self.hass.states[entity_id] = ("1", {"prices": rows, "unit_of_measurement": "SEK/kWh", **more})
        if entry:
            self.hass.config_entries[entity_id] = entry

    def sell(self, *entries: str) -> None:
        """Nord Pool of the core is set up, with these entries."""
        self.hass.entries["nordpool"] = entries
        self.hass.actions[NORD_POOL] = lambda data: {
            "SE3": [
                {"start": at.isoformat(), "end": (at + HOUR).isoformat(), "price": 700 + hour}
                for hour in range(24)
                for at in [TODAY + hour * HOUR]
                if data["date"] == (TODAY + HOUR).date().isoformat()
            ]
        }

    async def read(self, **later: float) -> PriceCurve:
        self.clock.advance(**later)
        return await self.feed.read()


@pytest.fixture
def house(clock: Clock, caplog: pytest.LogCaptureFixture) -> SearchingHome:
    caplog.set_level(logging.INFO, LOG.name)
    return SearchingHome(clock)


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == LOG.name]


async def test_the_only_entity_with_prices_is_taken_followed_and_named_once(
    house: SearchingHome, caplog: pytest.LogCaptureFixture
) -> None:
    house.show("sensor.elpris")
    house.hass.states["sensor.forecast"] = ("sunny", {"forecast": [{"datetime": TODAY.isoformat(), "temperature": 3}]})
    house.hass.states["sensor.kitchen"] = ("21", {"unit_of_measurement": "°C"})

    curve = await house.read()
    await house.read(minutes=30)

    assert (len(curve), curve.price_at(house.clock()), house.feed.problem) == (24, 3.0, None)
    assert house.followed == ["sensor.elpris"]
    assert lines(caplog) == ["Prices come from sensor.elpris, found by itself"]


@pytest.mark.parametrize(
    ("entity_id", "more"),
    [
        pytest.param("sensor.nordpool_export_price", {}, id="export"),
        pytest.param("sensor.selling_price", {}, id="sell"),
        pytest.param("sensor.feed_in_tariff", {}, id="feed"),
        pytest.param("sensor.price_2", {"friendly_name": "Price of what is injected"}, id="inject"),
        pytest.param("sensor.production_price", {}, id="production"),
        pytest.param("sensor.terugleverprijs", {}, id="export-in-Dutch"),
        pytest.param("sensor.price_3", {"friendly_name": "Einspeisevergütung"}, id="export-in-German"),
        pytest.param("sensor.cena_sprzedaży", {}, id="export-in-Polish"),
        pytest.param("sensor.salgspris", {}, id="export-in-Danish"),
        pytest.param("event.octopus_energy_gas_current_day_rates", {}, id="gas"),
        pytest.param("sensor.price_4", {"friendly_name": "Fjernvarme"}, id="heat"),
        pytest.param("sensor.monta_garage_plan", {"charge_point_id": "7"}, id="our-own-plan"),
        pytest.param("weather.home", {}, id="another-domain"),
    ],
)
async def test_what_is_paid_for_energy_that_leaves_the_house_is_never_taken(
    house: SearchingHome, entity_id: str, more: dict[str, Any]
) -> None:
    house.show(entity_id, **more)

    assert not await house.read()


async def test_the_entity_of_tomorrow_comes_along_though_it_is_empty_in_the_morning(house: SearchingHome) -> None:
    house.show("sensor.stromligning_price", entry="st")
    house.show("binary_sensor.stromligning_tomorrow", day=None, entry="st")
    house.show("binary_sensor.other_tomorrow", day=None, entry="other")
    await house.read()

    house.show("binary_sensor.stromligning_tomorrow", day=TOMORROW, entry="st")
    curve = await house.read(minutes=1)

    assert house.feed.followed == ("sensor.stromligning_price", "binary_sensor.stromligning_tomorrow")
    assert curve.known_until == TOMORROW + 24 * HOUR


async def test_entities_of_one_integration_that_say_the_same_are_one_source(house: SearchingHome) -> None:
    house.show("sensor.price_average", entry="e")
    house.show("sensor.price_now", entry="e")

    await house.read()

    assert house.feed.followed == ("sensor.price_average",)


async def test_of_an_integrations_action_and_its_entities_the_action_is_asked(house: SearchingHome) -> None:
    house.sell("01NP")
    house.show("sensor.nord_pool_se3", entry="01NP")

    curve = await house.read()

    assert house.hass.calls[0] == (NORD_POOL, {"config_entry": "01NP", "currency": "SEK", "date": "2026-11-20"})
    assert curve.currency == "SEK"


async def test_of_several_a_person_is_asked_by_one_line_and_none_is_taken(
    house: SearchingHome, caplog: pytest.LogCaptureFixture
) -> None:
    house.show("sensor.elpris")
    house.show("sensor.tibber", 2.0)
    house.sell("01NP")

    curves = [await house.read(minutes=1) for _ in range(30)]

    assert not any(curves)
    assert lines(caplog) == [f"Reading the prices: {house.feed.problem}"]
    assert house.feed.problem == (
        "there are several sources of prices; write one in apps.yaml: "
        "price_action: {action: nordpool.get_prices_for_date, data: {config_entry: 01NP}}, "
        "or price_entity: sensor.elpris, or price_entity: sensor.tibber"
    )


async def test_two_entries_of_an_integration_are_two_sources(house: SearchingHome) -> None:
    house.sell("01DK", "01SE")

    await house.read()
    await house.read(minutes=4)

    assert "01DK" in (house.feed.problem or "")
    assert "01SE" in (house.feed.problem or "")


async def test_a_source_that_comes_up_minutes_after_the_start_is_found(
    house: SearchingHome, caplog: pytest.LogCaptureFixture
) -> None:
    await house.read()
    house.show("sensor.elpris")

    curve = await house.read(minutes=1)

    assert len(curve) == 24
    assert lines(caplog) == ["Prices come from sensor.elpris, found by itself"]


async def test_while_there_is_none_that_is_said_with_what_to_do(
    house: SearchingHome, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(20):
        await house.read(minutes=1)

    assert "add one there, such as Nord Pool, or write price_entity" in (house.feed.problem or "")
    assert len(lines(caplog)) == 1


NIGHT_TARIFF = {"markup": 0.2, "grid_fees": [{"per_kwh": 0.4, "from_hour": 6, "to_hour": 22}, {"per_kwh": 0.1}]}


async def test_where_there_is_no_source_the_tariff_alone_tells_the_cheap_hours(
    house: SearchingHome, caplog: pytest.LogCaptureFixture
) -> None:
    house.start(tariff=NIGHT_TARIFF)

    early = await house.read()
    curve = await house.read(minutes=11)
    await house.read(hours=2)

    assert not early.slots
    assert curve.price_at(TOMORROW + 3 * HOUR) == pytest.approx(0.3)
    assert curve.price_at(TOMORROW + 12 * HOUR) == pytest.approx(0.6)
    assert house.feed.problem is None
    assert (
        len([line for line in caplog.messages if "the tariff in apps.yaml is taken for the whole price" in line]) == 1
    )


async def test_a_source_that_is_found_takes_over_from_the_tariff_alone(house: SearchingHome) -> None:
    house.start(tariff=NIGHT_TARIFF)
    await house.read()
    await house.read(minutes=11)

    house.show("sensor.elpris", day=TODAY)
    house.show("sensor.elpris_tomorrow", day=None)
    curve = await house.read(minutes=11)

    assert house.feed.followed
    assert (curve.price_at(TODAY + 23 * HOUR) or 0) > 1


async def test_a_home_assistant_that_is_away_is_no_home_without_a_source(
    house: SearchingHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_arguments: object, **_more: object) -> Any:
        raise ActionError("Home Assistant is away")

    monkeypatch.setattr(search, "candidates", away)
    house.start(tariff=NIGHT_TARIFF)

    await house.read()
    curve = await house.read(minutes=30)

    assert not curve.slots


async def test_a_second_source_that_comes_up_later_is_told_of_and_not_taken(
    house: SearchingHome, caplog: pytest.LogCaptureFixture
) -> None:
    house.show("sensor.elpris")
    await house.read()
    house.show("sensor.tibber", 2.0)

    for _ in range(5):
        await house.read(minutes=1)

    assert house.feed.followed == ("sensor.elpris",)
    assert [line.partition(";")[0] for line in lines(caplog)[1:]] == ["Another source of prices has come up"]


async def test_what_was_found_once_is_used_after_a_restart_before_its_integration_is_up(house: SearchingHome) -> None:
    house.show("sensor.elpris")
    await house.read()
    house.hass.states.clear()
    house.show("sensor.tibber", 2.0)
    house.start()

    curve = await house.read()

    assert house.feed.followed == ("sensor.elpris",)
    assert curve.price_at(house.clock()) == 3.0


async def test_a_source_that_is_gone_for_half_a_day_is_replaced_by_the_only_one_left(house: SearchingHome) -> None:
    house.show("sensor.elpris")
    await house.read()
    house.hass.states.clear()
    house.show("sensor.tibber", 2.0, day=TOMORROW)
    for _ in range(7 * 6):
        await house.read(minutes=10)

    assert house.feed.followed == ("sensor.tibber",)


async def test_what_is_written_counts_and_nothing_is_looked_for(house: SearchingHome) -> None:
    house.show("sensor.elpris")
    house.show("sensor.tibber", 2.0)
    house.start(price_entity="sensor.tibber")

    curve = await house.read()

    assert curve.price_at(house.clock()) == 4.0


async def test_a_car_is_charged_at_the_cheapest_hours_of_a_source_that_nobody_named(home: Household) -> None:
    home.schedule(energy_kwh=11, common={"price_entity": []})
    home.plug_in()

    await home.live(hours=11)

    assert home.charged_between(MIDNIGHT + 2 * HOUR, MIDNIGHT + 4 * HOUR) == pytest.approx(11, abs=0.3)

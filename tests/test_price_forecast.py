from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smart_charging.config.arguments import parse
from smart_charging.config.prices import PriceSettings
from smart_charging.errors import ConfigError
from smart_charging.services.pricing.feed import PriceFeed
from worlds.household import COPENHAGEN, LOG, FakeHass
from worlds.virtual_time import Clock

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TODAY = datetime(2026, 11, 19, 23, tzinfo=UTC)
"""Its midnight in Copenhagen."""
SENSOR, PROPHET = "sensor.nordpool", "sensor.prophet"


class HomeWithForecast:
    """A feed with two entities: published prices, and a forecast of the week after them."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.hass = FakeHass()
        self.writes: list[object] = []
        self.start()

    def start(self, **written: Any) -> None:
        """Anew; what lived in memory is gone."""
        settings = parse(PriceSettings, {"price_entity": SENSOR, "price_forecast": PROPHET} | written)
        self.feed = PriceFeed(settings, self.hass, self.hass, self.hass, zone=COPENHAGEN, clock=self.clock, log=LOG)

    def foretell(self, first: datetime, prices: Sequence[float], **more: Any) -> None:
        forecast = [{"timestamp": (first + n * HOUR).isoformat(), "value": price} for n, price in enumerate(prices)]
        self.hass.states[PROPHET] = ("0", {"forecast": forecast, "unit_of_measurement": "DKK/kWh", **more})

    async def at(self, day: int, price: float = 1.0) -> None:
        """After noon of a day, with prices of all earlier days, of this and the next, that alternate by the hour."""
        self.clock.at = TODAY + day * DAY + 14 * HOUR
        prices = [
            {"start": (TODAY + n * HOUR).isoformat(), "value": price + n % 2 / 2}
            for n in range(24 * day, 24 * (day + 2))
        ]
        self.hass.states[SENSOR] = ("0", {"prices": prices, "currency": "DKK", "unit": "kWh"})
        await self.feed.read()

    def estimate(self, after: timedelta) -> float:
        """The price of a time that much after the published ones."""
        at = self.known_until + after
        return self.feed.estimated(self.feed.history, self.clock(), at + HOUR).price_at(at) or 0.0

    @property
    def known_until(self) -> datetime:
        return self.feed.history.known_until or TODAY


@pytest.fixture
def home(clock: Clock) -> HomeWithForecast:
    return HomeWithForecast(clock)


async def prophesied(home: HomeWithForecast, days: int, error: float) -> None:
    """Days on which tomorrow's prices were forecast with this error, alternating its sign every two hours."""
    for day in range(days):
        first = TODAY + (day + 2) * DAY
        home.foretell(first, [1 + n % 2 / 2 + error * (1 if n % 4 < 2 else -1) for n in range(24 * 7)])
        await home.at(day)


async def test_what_another_forecasts_counts_by_half_at_first(home: HomeWithForecast) -> None:
    home.foretell(TODAY + 2 * DAY, [2.0] * 48)

    await home.at(0)

    assert home.estimate(timedelta(0)) == pytest.approx((1.0 + 2.0) / 2, abs=0.1)
    assert home.estimate(2 * DAY) == pytest.approx(1.0, abs=0.1)  # later than the other forecast goes


async def test_estimates_stay_estimates_and_are_no_history(home: HomeWithForecast) -> None:
    home.foretell(TODAY, [2.0] * 96)
    await home.at(0)

    curve = home.feed.estimated(home.feed.history, home.clock(), home.known_until + DAY)

    assert home.known_until == TODAY + 2 * DAY
    assert {slot.is_estimate for slot in curve.between(home.known_until, home.known_until + DAY)} == {True}
    assert curve.price_at(home.known_until - HOUR) == 1.5  # as published


async def test_one_that_is_often_wrong_is_hardly_heard(home: HomeWithForecast) -> None:
    await prophesied(home, 12, error=3.0)
    home.foretell(home.known_until, [2.4] * 24)

    await home.feed.read()

    assert home.estimate(timedelta(0)) == pytest.approx(1.0, abs=0.25)


async def test_one_that_is_right_is_believed_also_after_a_restart(home: HomeWithForecast) -> None:
    await prophesied(home, 12, error=0.0)
    home.foretell(home.known_until, [1.4] * 24)
    home.start()

    await home.feed.read()

    assert home.estimate(timedelta(0)) == pytest.approx(1.4, abs=0.25)
    assert len(str(home.hass.store["price_forecast"])) < 20_000


async def test_what_was_learnt_of_another_forecast_is_not_held_against_the_next(home: HomeWithForecast) -> None:
    await prophesied(home, 12, error=3.0)
    home.hass.states["sensor.sibyl"] = home.hass.states[PROPHET]
    home.start(price_forecast="sensor.sibyl")
    await home.feed.read()

    kept = home.hass.store["price_forecast"]

    assert kept["of"].startswith("sensor.sibyl")
    assert {count for count, _, _ in kept["theirs"]} == {0}


async def test_it_is_remembered_once_per_publication(home: HomeWithForecast) -> None:
    await prophesied(home, 3, error=0.1)
    before = home.hass.store["price_forecast"]

    for minute in range(30):
        home.foretell(home.known_until, [1 + minute / 100] * 48)
        home.clock.advance(minutes=1)
        await home.feed.read()

    assert home.hass.store["price_forecast"] is before


async def test_of_prices_that_come_by_the_hour_not_every_one_is_remembered(home: HomeWithForecast) -> None:
    await home.at(0)
    written = set()
    for hour in range(72):
        home.foretell(home.known_until, [1.2] * 96)
        home.clock.advance(hours=1)
        more = {"start": home.known_until.isoformat(), "value": 1 + hour % 2 / 2}
        home.hass.states[SENSOR] = ("0", {"prices": [more], "currency": "DKK", "unit": "kWh"})
        await home.feed.read()
        written.add(str(home.hass.store.get("price_forecast")))

    assert 3 <= len(written) <= 5


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        pytest.param(None, f"there is no entity {PROPHET}; name one as price_forecast", id="missing"),
        pytest.param({"unit_of_measurement": "EUR/kWh"}, "is in EUR, the prices in DKK", id="currency"),
        pytest.param({"tariffs": {"grid": 1}}, "only one has fees in it", id="fees"),
        pytest.param({"forecast": [{"timestamp": "soon", "value": 1}]}, "our own estimates stand in", id="nonsense"),
    ],
)
async def test_one_that_cannot_be_used_is_left_out_and_named_once(
    home: HomeWithForecast, attributes: dict[str, Any] | None, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "household")
    if attributes is not None:
        home.foretell(TODAY + 2 * DAY, [0.5] * 48, **attributes)
    await home.at(0)
    for _ in range(60):
        home.clock.advance(minutes=1)
        await home.feed.read()

    assert home.estimate(timedelta(0)) == pytest.approx(1.0, abs=0.1)
    assert [words in record.message for record in caplog.records] == [True]
    assert home.feed.problem is None


async def test_a_price_beyond_belief_is_cut(home: HomeWithForecast) -> None:
    home.foretell(TODAY + 2 * DAY, [9.0] * 48)

    await home.at(0)

    assert home.estimate(timedelta(0)) < 2


async def test_zero_and_negative_forecasts_are_prices(home: HomeWithForecast) -> None:
    home.foretell(TODAY + 2 * DAY, [-0.5] * 48)

    await home.at(0, price=0.0)

    assert -0.5 < home.estimate(timedelta(0)) < 0


async def test_a_memory_that_is_damaged_is_forgotten(home: HomeWithForecast) -> None:
    home.hass.store["price_forecast"] = {"of": f"{PROPHET} DKK False", "made": 3}
    home.foretell(TODAY + 2 * DAY, [2.0] * 48)

    await home.at(0)

    assert home.estimate(timedelta(0)) == pytest.approx(1.5, abs=0.1)


def test_a_forecast_may_say_its_unit_and_keys() -> None:
    written = {"entity": [PROPHET], "price_unit": "DKK/MWh", "price_keys": {"list": "predictions"}}

    settings = parse(PriceSettings, {"price_forecast": written})

    assert settings.price_forecast is not None
    assert settings.price_forecast.price_unit == "DKK/MWh"


def test_a_forecast_without_an_entity_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"price_forecast"):
        parse(PriceSettings, {"price_forecast": {"price_unit": "DKK/MWh"}})

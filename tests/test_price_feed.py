from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smart_charging.config.arguments import parse
from smart_charging.config.prices import PriceSettings
from smart_charging.errors import ActionError
from smart_charging.prices.curve import PriceCurve
from smart_charging.services.pricing.feed import PriceFeed
from worlds.household import COPENHAGEN, LOG, FakeHass
from worlds.virtual_time import Clock

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TODAY = datetime(2026, 11, 19, 23, tzinfo=UTC)
"""Its midnight in Copenhagen; the clock begins at 21 o'clock there."""
SENSOR, TOMORROW = "sensor.nordpool", "binary_sensor.tomorrow"
NORD_POOL = {"action": "nordpool.get_prices_for_date"}


class Home:
    """A feed, what it hears, and what it remembers."""

    def __init__(self, clock: Clock, **written: Any) -> None:
        self.clock = clock
        self.hass = FakeHass()
        self.start(**(written or {"price_entity": SENSOR}))

    def start(self, **written: Any) -> None:
        """Anew, with other arguments maybe; what lived in memory is gone."""
        settings = parse(PriceSettings, written)
        self.feed = PriceFeed(settings, self.hass, self.hass, self.hass, zone=COPENHAGEN, clock=self.clock, log=LOG)

    def show(self, entity_id: str, *days: datetime, price: float = 1.0, **more: Any) -> None:
        """An entity with days of 24 prices, each hour an eighth dearer than the last."""
        prices = [row for day in days for row in rows(day, price)]
        self.hass.states[entity_id] = ("0", {"prices": prices, "currency": "DKK", "unit": "kWh", **more})

    def sell(self, *days: datetime, price: float = 1.0) -> None:
        """Nord Pool's action answers with these days, per MWh."""

        def answer(data: Mapping[str, Any]) -> dict[str, Any]:
            asked = [day for day in days if (day + HOUR).date().isoformat() == data["date"]]
            return {"DK1": [row for day in asked for row in rows(day, price, factor=1000, key="price")]}

        self.hass.actions[NORD_POOL["action"]] = answer

    @property
    def dates(self) -> list[str]:
        """Those Nord Pool was asked for."""
        return [data["date"] for _, data in self.hass.calls]

    async def read(self, **later: float) -> PriceCurve:
        self.clock.advance(**later)
        return await self.feed.read()


def rows(day: datetime, price: float, *, factor: float = 1, key: str = "value") -> list[dict[str, Any]]:
    hours = [day + n * HOUR for n in range(24)]
    return [
        {"start": at.isoformat(), "end": (at + HOUR).isoformat(), key: (price + n / 8) * factor}
        for n, at in enumerate(hours)
    ]


@pytest.fixture
def home(clock: Clock) -> Home:
    return Home(clock)


@pytest.fixture
def market(clock: Clock) -> Home:
    """Nine in the morning, Nord Pool's action, and today's prices."""
    clock.at = TODAY + 9 * HOUR
    market = Home(clock, price_action=NORD_POOL, price_area="DK1", price_currency="DKK")
    market.sell(TODAY)
    return market


async def test_the_days_of_two_entities_are_one_curve(home: Home) -> None:
    home.start(price_entity=[SENSOR, TOMORROW])
    home.show(SENSOR, TODAY)
    home.show(TOMORROW, TODAY + DAY, price=-5)

    curve = await home.read()

    assert home.feed.followed == (SENSOR, TOMORROW)
    assert (curve.known_until, curve.price_at(TODAY + DAY)) == (TODAY + 2 * DAY, -5)
    assert home.feed.problem is None


async def test_a_tomorrow_that_is_off_is_no_problem(home: Home) -> None:
    home.start(price_entity=[SENSOR, TOMORROW])
    home.show(SENSOR, TODAY)
    home.hass.states[TOMORROW] = ("off", {"prices": [], "available_at": "13:00"})

    await home.read()
    curve = await home.read(minutes=5)

    assert (curve.known_until, home.feed.problem) == (TODAY + DAY, None)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        pytest.param(None, f"there is no entity {TOMORROW}", id="missing"),
        pytest.param(("unavailable", {}), f"{TOMORROW} is unavailable", id="unavailable"),
        pytest.param(("on", {"prices": [{"start": "soon", "value": 1}]}), "'soon' is not a time", id="nonsense"),
        pytest.param(("on", {"prices": rows(TODAY + DAY, 900)}), "no plausible price", id="implausible"),
    ],
)
async def test_of_a_pair_the_one_that_can_be_read_counts_and_the_other_is_named(
    home: Home, broken: tuple[str, dict[str, Any]] | None, words: str
) -> None:
    home.start(price_entity=[SENSOR, TOMORROW])
    home.show(SENSOR, TODAY)
    if broken:
        home.hass.states[TOMORROW] = broken

    await home.read()
    curve = await home.read(minutes=1)

    assert curve.known_until == TODAY + DAY
    assert words in (home.feed.problem or "")


async def test_prices_stand_while_they_cannot_be_read_and_that_is_said_once(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "household")
    home.show(SENSOR, TODAY)
    good = await home.read()
    home.hass.states[SENSOR] = ("unavailable", {})

    curves = [await home.read(minutes=1) for _ in range(5)]
    problem = home.feed.problem
    home.show(SENSOR, TODAY)
    await home.read(minutes=1)

    assert curves == [good] * 5
    assert problem == f"{SENSOR} is unavailable"
    assert home.feed.problem is None
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


async def test_a_source_that_comes_late_is_no_problem_for_a_minute(home: Home) -> None:
    await home.read()
    await home.read(seconds=50)

    assert home.feed.problem is None


async def test_after_midnight_prices_of_the_day_before_are_a_problem(home: Home) -> None:
    home.show(SENSOR, TODAY)
    await home.read()

    await home.read(hours=4)
    curve = await home.read(minutes=2)

    assert not curve
    assert home.feed.problem == f"{SENSOR} has no price later than 2026-11-21 00:00"


async def test_yesterdays_list_again_after_midnight_does_not_hide_what_is_known(home: Home) -> None:
    home.show(SENSOR, TODAY, TODAY + DAY)
    await home.read()
    home.show(SENSOR, TODAY)

    curve = await home.read(hours=4)

    assert curve.price_at(home.clock()) == 1.125
    assert curve.slots[0].start == TODAY + DAY
    assert home.feed.problem is None


async def test_of_the_same_time_the_source_counts_and_not_what_is_remembered(home: Home) -> None:
    home.show(SENSOR, TODAY, price=1)
    await home.read()
    home.show(SENSOR, TODAY + 20 * HOUR, price=5)

    curve = await home.read()

    assert [curve.price_at(TODAY + n * HOUR) for n in (19, 20, 21)] == [1 + 19 / 8, 5, 5.125]


async def test_a_list_that_grows_in_place_is_noticed(home: Home) -> None:
    home.show(SENSOR, TODAY)
    await home.read()

    home.hass.states[SENSOR][1]["prices"].extend(rows(TODAY + DAY, 3))

    assert (await home.read()).known_until == TODAY + 2 * DAY


async def test_after_a_restart_without_the_source_remembered_prices_stand_zero_included(home: Home) -> None:
    home.show(SENSOR, TODAY, TODAY + DAY, price=-2.5)
    before = await home.read()
    home.hass.states.clear()

    home.start(price_entity=SENSOR)
    assert not home.feed.history
    after = await home.read()

    assert after == before == home.feed.history
    assert after.price_at(TODAY + 20 * HOUR) == 0


async def test_what_is_remembered_is_written_when_it_changed_and_stays_small(home: Home) -> None:
    written = []
    for day in range(36):
        home.clock.at = TODAY + day * DAY + 14 * HOUR
        home.show(SENSOR, TODAY + day * DAY, TODAY + (day + 1) * DAY, price=day / 16)
        await home.read()
        written.append(home.hass.store["prices"])
        await home.read(minutes=15)
        assert home.hass.store["prices"] is written[-1]

    assert len({str(stored) for stored in written}) == 36
    assert len(str(written[-1])) == pytest.approx(len(str(written[30])), rel=0.1)
    assert len(str(written[-1])) < 10_000
    assert 8 * DAY <= home.clock() - home.feed.history.slots[0].start <= 10 * DAY


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param({"runs": [["soon", 3600, [1]]]}, id="no-time"),
        pytest.param({"runs": [["2026-11-20T00:00:00+00:00", 0, [1]]]}, id="no-length"),
        pytest.param({"runs": None}, id="nothing"),
        pytest.param({"runs": [1, 2]}, id="other-shape"),
    ],
)
async def test_what_is_damaged_in_the_store_counts_as_nothing(home: Home, damage: dict[str, Any]) -> None:
    home.show(SENSOR, TODAY)
    await home.read()
    home.hass.store["prices"] = {**home.hass.store["prices"], **damage}

    home.start(price_entity=SENSOR)

    assert len(await home.read()) == 24


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"price_entity": "sensor.other"}, id="source"),
        pytest.param({"price_entity": SENSOR, "price_currency": "EUR"}, id="currency"),
        pytest.param({"price_entity": SENSOR, "price_unit": "øre/kWh"}, id="unit"),
    ],
)
async def test_prices_of_another_source_currency_or_unit_are_forgotten(home: Home, changed: dict[str, Any]) -> None:
    home.show(SENSOR, TODAY)
    await home.read()
    home.hass.states.clear()

    home.start(**changed)

    assert not await home.read()


async def test_a_source_that_changes_its_currency_begins_a_new_history(home: Home) -> None:
    home.show(SENSOR, TODAY, price=7)
    await home.read()

    home.show(SENSOR, TODAY + DAY, price=0.1, currency="EUR")
    await home.read()

    assert home.feed.history.currency == "EUR"
    assert home.feed.history.price_at(TODAY) is None


async def test_a_price_of_another_century_does_not_make_all_others_old(home: Home) -> None:
    home.show(SENSOR, TODAY, TODAY + 20000 * DAY)

    curve = await home.read()

    assert curve.known_until == TODAY + DAY


async def test_the_unit_written_down_counts(home: Home) -> None:
    home.start(price_entity=SENSOR, price_unit="øre/kWh")
    home.show(SENSOR, TODAY, price=100)

    assert (await home.read()).price_at(TODAY) == 1


async def test_the_tariff_is_added_to_what_is_read_and_to_what_is_remembered(home: Home) -> None:
    home.show(SENSOR, TODAY)
    await home.read()
    fees = [{"per_kwh": 2.0, "from_hour": 17, "to_hour": 21}, {"per_kwh": 0.5}]

    home.start(price_entity=SENSOR, tariff={"energy_tax": 1.0, "vat": 0.25, "grid_fees": fees})
    home.hass.states.clear()
    curve = await home.read()

    assert curve.price_at(TODAY) == (1 + 1 + 0.5) * 1.25
    assert curve.price_at(TODAY + 17 * HOUR) == (1 + 17 / 8 + 1 + 2) * 1.25
    assert home.feed.history == curve


async def test_prices_are_remembered_when_a_feed_in_price_is_written(home: Home) -> None:
    home.show(SENSOR, TODAY)
    before = await home.read()
    home.hass.states.clear()

    home.start(price_entity=SENSOR, feed_in=0.08)

    assert await home.read() == before


async def test_a_tariff_is_not_added_to_prices_that_have_fees_inside_and_that_is_said_once(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    home.start(price_entity=SENSOR, tariff={"vat": 0.25})
    home.show(SENSOR, TODAY, tariffs={"00": 0.1})

    await home.read()
    home.show(SENSOR, TODAY, TODAY + DAY, tariffs={"00": 0.1})
    curve = await home.read()

    assert curve.price_at(TODAY) == 1
    assert ["have fees in them already" in line for line in caplog.messages] == [True]


async def test_a_bill_by_the_hour_counts_for_prices_that_have_fees_inside_too(home: Home) -> None:
    home.start(price_entity=SENSOR, tariff={"vat": 0.25, "average": 60})
    quarters = [
        {"start": (TODAY + n * HOUR / 4).isoformat(), "end": (TODAY + (n + 1) * HOUR / 4).isoformat(), "value": n % 4}
        for n in range(96)
    ]
    home.hass.states[SENSOR] = ("0", {"prices": quarters, "currency": "DKK", "unit": "kWh", "tariffs": {"00": 0.1}})

    curve = await home.read()

    assert {(slot.price_per_kwh, slot.length) for slot in curve} == {(1.5, HOUR)}


async def test_what_an_earlier_version_remembered_of_the_same_source_stays(home: Home) -> None:
    runs = [[TODAY.isoformat(), 3600.0, [0.25] * 24]]
    home.hass.store["prices"] = {
        "source": "8943a15ac13a29c4",  # the digest of these arguments when there was no `fixed`
        "currency": "DKK",
        "has_fees_inside": False,
        "runs": runs,
    }
    home.start(price_entity="sensor.nordpool", price_unit="EUR/MWh")

    assert (await home.read()).price_at(TODAY) == 0.25


async def test_what_nobody_has_published_is_as_it_usually_was_with_the_fees_of_its_own_hour(home: Home) -> None:
    weekend = {"per_kwh": 10.0, "weekdays": ["sat", "sun"]}
    home.start(price_entity=SENSOR, tariff={"grid_fees": [weekend]})
    home.show(SENSOR, TODAY)  # a Friday
    curve = await home.read()

    guessed = home.feed.estimated(curve, home.clock(), TODAY + 2 * DAY)

    saturday = guessed.slot_at(TODAY + DAY + 3 * HOUR)
    assert saturday is not None
    assert (saturday.price_per_kwh, saturday.is_estimate) == (11.375, True)
    assert guessed.known_until == TODAY + DAY
    assert guessed.between(TODAY, TODAY + DAY) == curve


async def test_an_estimate_goes_when_its_price_comes(home: Home) -> None:
    home.show(SENSOR, TODAY)
    home.feed.estimated(await home.read(), home.clock(), TODAY + 2 * DAY)
    home.show(SENSOR, TODAY, TODAY + DAY, price=4)

    curve = await home.read()

    assert home.feed.estimated(curve, home.clock(), TODAY + 2 * DAY) == curve


async def test_estimates_do_not_change_from_one_minute_to_the_next(home: Home) -> None:
    home.show(SENSOR, TODAY)
    curve = await home.read(hours=4)
    first = home.feed.estimated(curve, home.clock(), TODAY + 2 * DAY)

    home.clock.advance(minutes=1)

    assert home.feed.estimated(await home.read(), home.clock(), TODAY + 2 * DAY) == first


async def test_where_nothing_is_known_nothing_is_estimated(home: Home) -> None:
    curve = await home.read()

    assert home.feed.estimated(curve, home.clock(), home.clock() + DAY) == curve
    assert not home.feed.history


async def test_a_sources_own_forecast_counts_beside_ours_and_is_no_history(home: Home) -> None:
    home.show(SENSOR, TODAY, forecast=rows(TODAY + DAY, 5))

    curve = await home.read()
    guessed = home.feed.estimated(curve, home.clock(), TODAY + 2 * DAY)

    assert 1 < (guessed.price_at(TODAY + DAY) or 0) < 5
    assert (curve.known_until, home.feed.history.price_at(TODAY + DAY)) == (TODAY + DAY, None)


async def test_nord_pool_is_asked_for_today_at_the_start_and_then_left_alone(market: Home) -> None:
    curve = await market.read()
    for _ in range(200):
        await market.read(minutes=1)

    assert curve.price_at(TODAY) == 1
    assert market.hass.calls == [
        (NORD_POOL["action"], {"areas": "DK1", "currency": "DKK", "date": "2026-11-20"}),
    ]
    assert market.feed.next_ask == TODAY + timedelta(hours=12, minutes=45)
    assert curve.currency == "DKK"


async def test_tomorrow_is_picked_up_within_minutes_of_its_publication_and_then_nothing_is_asked(market: Home) -> None:
    await market.read()
    asked = market.hass.calls
    while market.clock() < TODAY + timedelta(hours=13, minutes=10):
        await market.read(minutes=1)
    before = len(asked)

    market.sell(TODAY, TODAY + DAY)
    curve = await market.read(minutes=5)
    for _ in range(20):
        await market.read(hours=1)

    assert curve.known_until == TODAY + 2 * DAY
    assert set(market.dates[1:]) == {"2026-11-21"}
    assert (before, len(asked)) == (7, 8)
    assert market.feed.problem is None


async def test_a_day_not_yet_published_may_also_come_as_an_error(market: Home) -> None:
    good = market.hass.actions[NORD_POOL["action"]]

    def answer(data: Mapping[str, Any]) -> Mapping[str, Any]:
        if data["date"] != "2026-11-20":
            raise ActionError("nordpool.get_prices_for_date failed", "empty_response")
        return good(data)

    market.hass.actions[NORD_POOL["action"]] = answer
    for _ in range(20):
        await market.read(minutes=20)

    assert market.feed.problem is None


async def test_actions_that_are_not_known_yet_are_asked_again_within_a_minute_and_quietly(
    market: Home, caplog: pytest.LogCaptureFixture
) -> None:
    answer = market.hass.actions.pop(NORD_POOL["action"])
    await market.read()
    assert market.feed.next_ask is not None
    assert market.feed.next_ask - market.clock() < timedelta(minutes=1)

    market.hass.actions[NORD_POOL["action"]] = answer
    curve = await market.read(seconds=30)

    assert len(curve) == 24
    assert caplog.messages == []


async def test_an_action_that_fails_for_hours_is_not_hammered_and_named_once(
    market: Home, caplog: pytest.LogCaptureFixture
) -> None:
    market.hass.actions.clear()

    for _ in range(180):
        await market.read(minutes=1)

    assert len(market.hass.calls) <= 12
    assert market.feed.problem == "Home Assistant has no action nordpool.get_prices_for_date"
    assert len(caplog.messages) == 1


async def test_when_home_assistant_is_back_an_action_that_failed_is_called_at_once(market: Home) -> None:
    answer = market.hass.actions.pop(NORD_POOL["action"])
    for _ in range(60):
        await market.read(minutes=1)
    market.hass.actions[NORD_POOL["action"]] = answer

    await market.feed.hurry()
    curve = await market.read(seconds=1)

    assert len(curve) == 24
    assert market.feed.problem is None


async def test_after_a_restart_remembered_days_are_asked_once_more_and_stand_if_that_fails(market: Home) -> None:
    before = await market.read()
    market.hass.actions.clear()

    market.start(price_action=NORD_POOL, price_area="DK1", price_currency="DKK")
    after = await market.read(minutes=1)

    assert after == before
    assert len(market.dates) == 2


async def test_the_config_entry_is_that_of_an_entity(market: Home) -> None:
    market.hass.config_entries["sensor.nord_pool_dk1_current_price"] = "01ABC"
    action = NORD_POOL | {"entity": "sensor.nord_pool_dk1_current_price", "data": {"areas": "DK1", "currency": "EUR"}}
    market.start(price_action=action)
    market.sell(TODAY, price=-0.5)

    curve = await market.read()

    assert market.hass.calls[-1][1] == {
        "config_entry": "01ABC",
        "areas": "DK1",
        "currency": "EUR",
        "date": "2026-11-20",
    }
    assert curve.currency == "EUR"


async def test_an_integration_that_was_set_up_anew_is_found_again(market: Home) -> None:
    answer = market.hass.actions[NORD_POOL["action"]]

    def answer_to_the_entry_there_is(data: Mapping[str, Any]) -> Mapping[str, Any]:
        if data["config_entry"] != market.hass.config_entries["sensor.nord_pool"]:
            raise ActionError("nordpool.get_prices_for_date failed", "entry_not_found")
        return answer(data)

    market.hass.actions[NORD_POOL["action"]] = answer_to_the_entry_there_is
    market.hass.config_entries["sensor.nord_pool"] = "old"
    market.start(price_action=NORD_POOL | {"entity": "sensor.nord_pool"})
    await market.read()
    market.hass.config_entries["sensor.nord_pool"] = "new"

    for _ in range(10):
        await market.read(hours=1)

    assert market.hass.calls[-1][1]["config_entry"] == "new"
    assert market.feed.problem is None


async def test_an_entity_of_no_integration_is_named(market: Home) -> None:
    market.start(price_action=NORD_POOL | {"entity": "sensor.typo"})

    await market.read()
    await market.read(minutes=3)

    assert "sensor.typo is no entity of an integration" in (market.feed.problem or "")
    assert market.hass.calls == []


async def test_tibber_is_asked_from_today_to_tomorrow_for_the_home_that_is_meant(market: Home) -> None:
    day = [{"start_time": row["start"], "price": row["value"]} for row in rows(TODAY, 1)]
    market.hass.actions["tibber.get_prices"] = lambda _data: {"prices": {"Hytte": day[:3], "Hjem": day}}
    market.start(price_action={"action": "tibber.get_prices"}, price_area="Hjem", price_currency="NOK")

    curve = await market.read(hours=5)

    assert market.hass.calls[-1][1] == {"start": "2026-11-20T00:00:00+01:00", "end": "2026-11-22T00:00:00+01:00"}
    assert (len(curve), curve.currency) == (24, "NOK")


async def test_any_other_action_is_called_with_what_is_written(market: Home) -> None:
    market.hass.actions["script.prices"] = lambda _data: {
        "prices": [{"timestamp": row["start"], "price": row["value"]} for row in rows(TODAY, 1)]
    }
    market.start(price_action={"action": "script.prices", "data": {"incl_vat": False}})

    curve = await market.read()

    assert market.hass.calls[-1][1] == {"incl_vat": False}
    assert len(curve) == 24


async def test_an_answer_without_a_price_for_now_is_a_problem_and_no_reason_to_hammer(market: Home) -> None:
    market.sell(TODAY - DAY)

    for _ in range(60):
        await market.read(minutes=1)

    assert len(market.hass.calls) <= 8
    assert "without a price for now" in (market.feed.problem or "")


async def test_half_a_day_is_used_and_the_rest_asked_for_with_pauses(market: Home) -> None:
    half = {"DK1": rows(TODAY, 1, factor=1000, key="price")[:12]}
    market.hass.actions[NORD_POOL["action"]] = lambda _data: half

    for _ in range(60):
        await market.read(minutes=1)

    assert len(market.feed.history) == 12
    assert len(market.hass.calls) <= 3


async def test_an_action_that_responds_nothing_is_a_problem(market: Home) -> None:
    market.hass.actions["script.prices"] = lambda _data: {}
    market.start(price_action={"action": "script.prices"})

    await market.read()
    await market.read(minutes=3)

    assert "no prices found" in (market.feed.problem or "")


@pytest.mark.parametrize("price", [0.0, 1.3])
async def test_a_tomorrow_of_one_price_is_not_believed_before_it_can_be_published(home: Home, price: float) -> None:
    home.clock.at = TODAY + 9 * HOUR
    tomorrow = [row | {"value": price} for row in rows(TODAY + DAY, 1)]
    home.show(SENSOR, TODAY, price=0.5)
    home.hass.states[SENSOR][1]["prices"] += tomorrow

    morning = await home.read()
    afternoon = await home.read(hours=4)

    assert (morning.known_until, afternoon.known_until) == (TODAY + DAY, TODAY + 2 * DAY)


async def test_a_price_that_is_the_same_every_day_is_believed_at_any_time(home: Home) -> None:
    home.clock.at = TODAY + 9 * HOUR
    home.show(SENSOR, TODAY, TODAY + DAY)
    for row in home.hass.states[SENSOR][1]["prices"]:
        row["value"] = 1.3

    curve = await home.read()

    assert curve.known_until == TODAY + 2 * DAY


async def test_a_real_tomorrow_is_believed_however_early_it_comes(home: Home) -> None:
    home.clock.at = TODAY + 9 * HOUR
    home.show(SENSOR, TODAY, TODAY + DAY)

    curve = await home.read()

    assert curve.known_until == TODAY + 2 * DAY

"""CO2 counts in plans at its price, is shown in grams, and never becomes money that is shown or booked."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from smart_charging.config.scheduler import SchedulerSettings
from smart_charging.errors import PriceError
from smart_charging.planning.charge_request import ChargeRequest
from smart_charging.planning.cheapest import cheapest_plan
from smart_charging.planning.co2_weight import Co2Weight, in_money, limited_by
from smart_charging.planning.preferences import Preferences
from smart_charging.planning.price_limit import PriceLimit
from smart_charging.prices.reading.co2 import read_co2
from smart_charging.services.pricing.co2_feed import Co2Feed
from smart_charging.services.scheduling.missing_entities import named_entities
from smart_charging.services.sessions.session_log import sessions_of
from worlds.household import HOUR, FakeHass, Household
from worlds.pictures import MIDNIGHT, curve, drawn, needed

NOW = datetime(2026, 2, 11, 18, 7, tzinfo=UTC)
ENTITY = "sensor.grid_co2"
Row = Mapping[str, object]


def quarters(*rows: tuple[str, Row]) -> list[Row]:
    return [{**row, "start": f"2026-02-11T{clock}:00+01:00"} for clock, row in rows]


# -- what integrations write ---------------------------------------------------

DANISH = [
    {"Minutes5UTC": f"2026-02-11T18:{minute:02}:00", "Minutes5DK": "x", "PriceArea": area, "CO2Emission": grams}
    for minute in (5, 10)
    for area, grams in (("DK1", 40 + minute), ("DK2", 80 + minute))
]


@pytest.mark.parametrize(
    ("state", "attributes", "read"),
    [
        pytest.param("212", {"unit_of_measurement": "gCO2eq/kWh"}, {"18:00": 212}, id="co2 signal"),
        pytest.param(
            "moderate",
            {
                "forecast": [
                    {"from": "2026-02-11T18:00Z", "to": "2026-02-11T18:30Z", "intensity": 150, "index": "moderate"},
                    {"from": "2026-02-11T18:30Z", "to": "2026-02-11T19:00Z", "intensity": 130, "index": "moderate"},
                ]
            },
            {"18:00": 150, "18:30": 130},
            id="british",
        ),
        pytest.param(
            "ok",
            {
                "data": [
                    {"from": "2026-02-11T18:00Z", "intensity": {"actual": 99, "forecast": 150}},
                    {"from": "2026-02-11T18:30Z", "intensity": {"actual": None, "forecast": 130}},
                ]
            },
            {"18:00": 150, "18:30": 130},
            id="british, as the service itself",
        ),
        pytest.param(
            "unknown",
            {
                "forecast": [
                    {"carbonIntensity": 301, "datetime": "2026-02-11T18:00:00.000Z"},
                    {"carbonIntensity": 290, "datetime": "2026-02-11T19:00:00.000Z"},
                ]
            },
            {"18:00": 301, "19:00": 290},
            id="electricity maps",
        ),
        pytest.param("unknown", {"records": DANISH}, {"18:00": 87.5}, id="energi data service"),
        pytest.param(
            "0.21",
            {"unit_of_measurement": "kg CO₂/kWh", "ahead": {"2026-02-11T19:00Z": 0.2, "2026-02-11T20:00Z": 0.1}},
            {"18:00": 210, "19:00": 200, "20:00": 100},
            id="kilograms, times as keys",
        ),
        pytest.param(
            "95",
            {
                "unit": "kg/MWh",
                "today": quarters(("19:00", {"co2": 95}), ("19:15", {"co2": "soon"}), ("19:30", {"co2": -4})),
            },
            {"18:00": 95},
            id="odd figures",
        ),
    ],
)
def test_a_source_is_read_by_its_keys(state: str, attributes: Row, read: Mapping[str, float]) -> None:
    known = read_co2(state, attributes, zone=ZoneInfo("Europe/Copenhagen"), now=NOW, area="DK2")

    assert {f"{slot.start:%H:%M}": slot.price_per_kwh for slot in known} == pytest.approx(read)


@pytest.mark.parametrize(
    ("state", "attributes", "complaint"),
    [
        ("12", {"unit_of_measurement": "%"}, "its unit '%' is not one of CO2"),
        ("1.20", {"unit_of_measurement": "ct/kWh"}, "is not one of CO2"),
        ("unavailable", {}, "no figure of CO2 per kWh is in it"),
        ("9999", {"unit_of_measurement": "g/kWh"}, "no figure of CO2 per kWh is in it"),
        ("50", {"records": DANISH}, "its rows are of DK1 and DK2; write one of them as price_area"),
    ],
)
def test_a_source_of_something_else_is_refused(state: str, attributes: Row, complaint: str) -> None:
    with pytest.raises(PriceError, match=complaint):
        read_co2(state, attributes, zone=UTC, now=NOW)


async def test_a_figure_that_was_read_counts_while_the_entity_is_away() -> None:
    home = FakeHass()
    feed = Co2Feed(settings(), home, zone=UTC, log=logging.getLogger("co2"))
    home.states[ENTITY] = ("120", {"unit_of_measurement": "g/kWh"})
    await feed.read(NOW)
    bare = feed.problem(NOW)
    del home.states[ENTITY]

    for minutes in (1, 4):
        await feed.read(NOW + timedelta(minutes=minutes))

    assert [slot.price_per_kwh for slot in feed.grams] == [120]
    assert bare == f"{ENTITY} has no forecast, so that plans go by prices alone"
    assert feed.problem(NOW) == f"there is no entity {ENTITY}; write another one as co2_entity"


def settings(**others: object) -> SchedulerSettings:
    return SchedulerSettings.model_validate({"co2_entity": ENTITY, "fixed": 1.0, **others})


def test_a_price_of_co2_needs_figures() -> None:
    with pytest.raises(ValidationError, match="write co2_entity, too"):
        SchedulerSettings.model_validate({"fixed": 1.0, "co2_price_per_kg": 2})


def test_a_misspelt_entity_is_named_at_the_start() -> None:
    assert named_entities(settings()) == {ENTITY: "co2_entity"}


# -- plans ---------------------------------------------------------------------


def weight(*grams: float | None, price_per_kg: float = 1.0) -> Co2Weight:
    return Co2Weight(grams=curve(*grams), price_per_kg=price_per_kg)


def planned(money: tuple[float, ...], of: Co2Weight, *, limit: PriceLimit | None = None, count: int = 1) -> str:
    prices = curve(*money)
    weighed = of.weighed(prices, MIDNIGHT)
    need = needed(count, len(money))
    request = ChargeRequest(charger_id="1", need=need, preferences=Preferences(limit=limit))
    [limited] = limited_by(prices, [request])
    return drawn(cheapest_plan(weighed, need, now=MIDNIGHT, preferences=limited.preferences), len(money))


def test_of_equal_prices_the_cleaner_quarter_is_charged_in() -> None:
    assert planned((1, 1, 1), weight(300, 100, 200)) == ".#."


def test_a_little_co2_is_not_worth_a_lot_of_money() -> None:
    assert planned((1, 1.5, 1), weight(300, 100, 310)) == "#.."
    assert planned((1, 1.5, 1), weight(300, 100, 310, price_per_kg=3)) == ".#."


def test_a_time_without_a_figure_is_neither_avoided_nor_sought() -> None:
    assert planned((1, 1, 1), weight(300, None, 100)) == "..#"
    assert planned((1, 0.9, 1), weight(300, None, 250)) == ".#."


def test_figures_for_now_alone_change_no_plan() -> None:
    money = curve(9, 3, 1, 2)
    half_past_that_quarter = MIDNIGHT + timedelta(minutes=22)

    weighed = weight(100, 500).weighed(money, half_past_that_quarter)

    assert [round(one.price_per_kwh, 9) for one in weighed] == [9, 3.5, 1.5, 2.5]


def test_a_price_limit_stays_one_of_money() -> None:
    limit = PriceLimit(highest_per_kwh=1.0)

    assert planned((1, 2, 1), weight(900, 100, 950), limit=limit) == "#.."


@given(st.lists(st.tuples(st.integers(-30, 90), st.integers(0, 900)), min_size=1, max_size=8), st.integers(0, 8))
def test_a_plan_is_shown_and_booked_at_prices_of_money(times: list[tuple[int, int]], count: int) -> None:
    money = curve(*(price / 100 for price, _ in times))
    of = weight(*(grams for _, grams in times), price_per_kg=2)
    need = needed(min(count, len(times)), len(times))
    request = ChargeRequest(charger_id="1", need=need)
    plan = cheapest_plan(of.weighed(money, MIDNIGHT), need, now=MIDNIGHT)

    shown = in_money({"1": plan}, [request], money, MIDNIGHT)["1"]

    assert shown.blocks == plan.blocks
    assert {slot.price_per_kwh for slot in shown.slots} <= {slot.price_per_kwh for slot in money}
    best = sorted(price / 100 + 2 * grams / 1000 for price, grams in times)[: min(count, len(times))]
    assert shown.cost is not None
    assert shown.cost + 2 * (of.of_plan(shown, MIDNIGHT) or 0) / 1000 == pytest.approx(sum(best))


# -- a night -------------------------------------------------------------------


def forecast(start: datetime, *grams: float) -> dict[str, object]:
    rows = [{"datetime": (start + hour * HOUR).isoformat(), "carbonIntensity": each} for hour, each in enumerate(grams)]
    return {"unit_of_measurement": "gCO2eq/kWh", "forecast": rows}


async def test_a_night_in_green_hours_is_shown_and_booked_in_grams_and_in_money(home: Household) -> None:
    evening = home.clock()
    home.prices(evening, *[1.0] * 13)
    home.say(ENTITY, "300", **forecast(evening, 300, 300, 80, 80, 300, 300, 300, 300, 300, 300, 300, 300, 300))
    home.schedule(energy_kwh=22, common={"co2_entity": ENTITY, "co2_price_per_kg": 1.5})
    home.plug_in()

    await home.live(minutes=5)
    plan = home.attributes("plan")
    await home.live(hours=5)
    home.unplug()
    await home.live(minutes=5)

    [session] = sessions_of(home.session_file.read_bytes())[0]
    assert plan["co2_planned_g"] == pytest.approx(22 * 80, rel=0.02)
    assert (plan["expected_cost"], {slot["price_per_kwh"] for slot in plan["slots"]}) == (pytest.approx(22), {1.0})
    assert "; 1.8 kg of CO2" in plan["sentence"]
    assert session.cost == pytest.approx(22, abs=0.3)
    assert session.co2_g == pytest.approx(22 * 80, rel=0.05)
    assert session.co2_g_at_once == pytest.approx(22 * 300, rel=0.05)
    assert float(home.state("co2_month")) == pytest.approx(1.76, abs=0.1)
    assert home.attributes("co2_month")["less_than_at_once_kg"] == pytest.approx(4.84, abs=0.3)


async def test_without_the_entity_nothing_is_counted_or_shown(home: Household) -> None:
    home.schedule(energy_kwh=22)
    home.plug_in()

    await home.live(minutes=30)

    assert [key for key in (*home.hass.store, *home.hass.states) if "co2" in key] == []
    assert [key for key in home.attributes("plan") if "co2" in key] == []

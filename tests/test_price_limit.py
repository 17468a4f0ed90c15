"""What a price limit keeps from being bought: known prices, expected ones, and unknown ones."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from smart_charging.cli import plan as plan_command
from smart_charging.planning.charge_request import ChargeRequest
from smart_charging.planning.cheapest import cheapest_plan
from smart_charging.planning.preferences import Preferences
from smart_charging.planning.price_limit import PriceLimit
from smart_charging.planning.shared import shared_plan
from worlds.household import HOUR, MIDNIGHT, Household
from worlds.pictures import MIDNIGHT as START
from worlds.pictures import QUARTER, curve, drawn, needed

FRUGAL = Preferences(limit=PriceLimit(highest_per_kwh=5))
DEAR_EVENING = [2.6, 2.9, 3.1]
"""Up to midnight; of the night nobody tells."""
DEPARTURE = MIDNIGHT + 7 * HOUR
ON_A_FUSE = [pytest.param({}, id="alone"), pytest.param({"fuse_kw": 11}, id="on a fuse")]


def cars(home: Household, common: dict[str, Any]) -> list[int]:
    """One car, or two where there is a fuse to share."""
    return [home.monta.add_charge_point("Carport")] if common else []


def told(home: Household) -> list[str]:
    return [data["message"] for action, data in home.hass.calls if action == "notify.phone"]


@pytest.mark.parametrize("common", ON_A_FUSE)
async def test_when_usual_prices_are_above_the_limit_nothing_is_bought_before_departure_or_after_it(
    home: Household, common: dict[str, Any]
) -> None:
    home.prices(MIDNIGHT - 3 * HOUR, *DEAR_EVENING)
    home.clock.advance(hours=2.5)
    home.schedule(*cars(home, common), energy_kwh=5.5, ready_by="00:30", price_limit=1.5, common=common)
    home.plug_in()

    await home.live(hours=2)

    assert home.delivered_kwh == 0
    assert (home.state("plan"), home.state("next_start")) == ("short", "unknown")
    assert "the price limit of 1.5 DKK/kWh" in home.attributes("plan")["sentence"]


@pytest.mark.parametrize("common", ON_A_FUSE)
async def test_without_any_price_a_limit_lets_nothing_but_the_minimum_be_bought(
    home: Household, common: dict[str, Any]
) -> None:
    home.hass.states.clear()
    car = {"energy_kwh": 5.5, "ready_by": "22:30", "minimum_kwh": 2.2, "price_limit": 1.5}
    home.schedule(*cars(home, common), **car, common=common)
    home.plug_in()

    await home.live(hours=3)

    assert home.delivered_kwh == pytest.approx(2.2, abs=0.2)


async def test_a_minimum_that_departure_leaves_no_time_for_is_bought_after_it_at_any_price(home: Household) -> None:
    home.prices(MIDNIGHT - 3 * HOUR, *[2.6] * 24)
    home.schedule(energy_kwh=22, minimum_kwh=11, ready_by="21:30", price_limit=1.5)
    home.plug_in()

    await home.live(hours=4)

    assert home.delivered_kwh == pytest.approx(11, abs=0.3)


@pytest.mark.parametrize("common", ON_A_FUSE)
async def test_hours_that_are_usually_within_the_limit_are_bought_in(home: Household, common: dict[str, Any]) -> None:
    usual = [*[3.0] * 21, *[0.4] * 3]
    home.prices(MIDNIGHT - 27 * HOUR, *usual, *DEAR_EVENING)
    home.schedule(*cars(home, common), energy_kwh=5.5, price_limit=3.2, common=common)
    home.plug_in()

    await home.live(hours=11)

    assert home.delivered_kwh == pytest.approx(5.5, abs=0.2)


@pytest.mark.parametrize("common", ON_A_FUSE)
async def test_after_departure_a_car_waits_for_prices_within_the_limit(home: Household, common: dict[str, Any]) -> None:
    home.prices(MIDNIGHT - 3 * HOUR, *[2.6] * 13, 1.4, 1.4, *[2.6] * 8)
    home.clock.advance(hours=9)
    home.schedule(*cars(home, common), energy_kwh=22, price_limit=1.5, common=common)
    home.plug_in()
    await home.live(hours=1.5)
    next_start, sentence = home.state("next_start"), home.attributes("plan")["sentence"]

    await home.live(hours=5)

    assert datetime.fromisoformat(next_start) == MIDNIGHT + 10 * HOUR
    assert sentence.endswith("ready 12:00, after the departure at 07:00: the price limit of 1.5 DKK/kWh still counts")
    assert home.charged_between(MIDNIGHT + 10 * HOUR, MIDNIGHT + 12 * HOUR) == pytest.approx(22, abs=0.5)
    assert home.delivered_kwh == pytest.approx(22, abs=0.5)


async def test_the_next_start_is_never_a_time_at_which_nothing_is_bought(home: Household) -> None:
    home.prices(MIDNIGHT - 3 * HOUR, *DEAR_EVENING)
    home.schedule(energy_kwh=5.5, ready_by="23:00", price_limit=1.5)
    home.plug_in()
    for _ in range(8):
        await home.live(minutes=30)

        assert home.state("next_start") == "unknown"


@pytest.mark.parametrize("entities", ["none", "dear"])
async def test_people_are_told_an_hour_before_departure_at_the_latest(home: Household, entities: str) -> None:
    home.hass.states.clear()
    if entities == "dear":
        home.prices(MIDNIGHT - 3 * HOUR, *DEAR_EVENING)
    home.clock.advance(hours=7)
    home.schedule(energy_kwh=22, price_limit=1.5, common={"notify": "notify.phone"})
    home.plug_in()

    await home.live(hours=2)

    assert home.clock() == DEPARTURE - HOUR
    assert any("22.0 kWh will be missing" in text and "price limit of 1.5" in text for text in told(home))


def test_a_time_of_unknown_price_is_closed_under_a_limit_and_open_without_one() -> None:
    frugal = cheapest_plan(curve(6, None, 4), needed(3, within=5), START, preferences=FRUGAL)

    assert drawn(frugal, 5) == "..#.."
    assert frugal.shortfall_reason == "the price limit of 5 EUR/kWh leaves too little time while prices are unknown"
    assert drawn(cheapest_plan(curve(6, None, 4), needed(5, within=5), START), 5) == "#####"


def test_a_limit_is_named_also_when_there_is_too_little_time_anyway() -> None:
    plan = cheapest_plan(curve(6, 4), needed(3, within=2), START, preferences=FRUGAL)

    assert plan.shortfall_reason == (
        "charging takes 0:45 h and 0:30 h is left, of which the price limit of 5 EUR/kWh leaves too little"
    )


def test_the_minimum_ignores_the_limit_on_a_fuse_too() -> None:
    need = replace(needed(2, within=5), minimum_kwh=1)
    requests = [ChargeRequest(charger_id=name, need=need, preferences=FRUGAL) for name in "ab"]

    plans = shared_plan(curve(9, 9, 7, 2, 1), requests, limit_kw=4, now=START)

    assert sorted(drawn(plan, 5) for plan in plans.values()) in (["#...#", ".#.#."], ["#..#.", ".#..#"])


def test_after_departure_a_car_on_a_fuse_goes_on_only_where_it_may() -> None:
    overdue = ChargeRequest(charger_id="a", need=needed(2, within=0), preferences=FRUGAL)

    plans = shared_plan(curve(6, None, 6, *[6] * 20, 4, 5), [overdue], limit_kw=4, now=START)

    assert drawn(plans["a"], 25) == "." * 23 + "##"


def test_the_command_line_buys_nothing_at_unknown_prices_above_the_limit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"{START + hour * 4 * QUARTER:%Y-%m-%dT%H:%M},{2.2 + hour % 3 / 5:.2f},SEK/kWh" for hour in range(24)]
    (tmp_path / "dear.csv").write_text("\n".join(["start_utc,price,unit", *rows]), encoding="utf-8")
    parser = argparse.ArgumentParser()
    plan_command.add_arguments(parser)
    now = f"{START + timedelta(hours=17):%Y-%m-%dT%H:%M}"
    words = f"--limit 1.4 --kwh 18 --power 9 --now {now} --ready-by 06:30 --zone Europe/Stockholm"

    plan_command.run(parser.parse_args(["--prices", str(tmp_path / "dear.csv"), *words.split()]))

    assert capsys.readouterr().out.startswith(
        "No charging; 18.0 kWh will be missing at 06:30: the price limit of 1.4 SEK/kWh leaves too little time\n"
    )

"""Charging is spread over more hours where the month's bill for peaks makes that cheaper."""

import re
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from worlds.household import HOUR, MIDNIGHT, Household

BEGIN = MIDNIGHT - 3 * HOUR
ONE_HOUR = {"highest": 1, "steps": [[10, 400], [15, 600]]}
METER = "sensor.grid_power"


@pytest.fixture
def home(home: Household) -> Household:
    """With prices that make it cost little to wait, or to charge for longer."""
    home.prices(BEGIN, 1.5, 0.52, 0.50, 0.51, 0.53, 0.54, 1.0)
    return home


def schedule(home: Household, fee: dict[str, Any] | list[dict[str, Any]], *others: int, **car: Any) -> None:
    common: dict[str, Any] = {key: car.pop(key) for key in ("house_meter", "fuse_kw") if key in car}
    need = {"energy_kwh": 22, "ready_by": "03:00", **car}
    home.schedule(*others, common={**common, "peak": fee, "house_kw": 1.0}, **need)


def hours_kwh(home: Household) -> list[float]:
    """What was charged in each hour of the night."""
    hours = [BEGIN + number * HOUR for number in range(7)]
    return [home.charged_between(start, end) for start, end in pairwise(hours)]


async def test_without_a_fee_the_cheapest_hours_are_used_in_full(home: Household) -> None:
    home.schedule(energy_kwh=22, ready_by="03:00")
    home.plug_in()

    await home.live(hours=6)

    assert max(hours_kwh(home)) > 10


async def test_no_hour_takes_more_than_the_step_allows(home: Household) -> None:
    schedule(home, ONE_HOUR)
    home.plug_in()

    await home.live(hours=6)

    assert max(hours_kwh(home)) < 9
    assert home.delivered_kwh == pytest.approx(22, abs=0.5)
    assert home.state("plan") == "done"


async def test_the_plan_says_what_was_done_and_what_it_saves(home: Household) -> None:
    schedule(home, ONE_HOUR)
    home.plug_in()

    await home.live(minutes=5)

    plan = home.attributes("plan")
    assert re.search(
        r"; spread over \d hours: the month stays below 10 kW; \d\.\d\d DKK dearer tonight, 200 DKK a month saved$",
        plan["sentence"],
    )
    assert plan["peak_saved"] == 200
    assert plan["peak_expected_kw"] < 10
    assert 0 < plan["peak_dearer"] < 1


async def test_nothing_is_said_of_peaks_once_the_cable_is_out(home: Household) -> None:
    schedule(home, ONE_HOUR)
    home.plug_in()
    await home.live(minutes=5)
    assert "peak_saved" in home.attributes("plan")

    home.unplug()
    await home.live(minutes=5)

    assert "peak_saved" not in home.attributes("plan")


async def test_a_car_that_would_be_late_is_charged_without_regard_to_peaks(home: Household) -> None:
    schedule(home, ONE_HOUR, ready_by="23:15")
    home.plug_in()

    await home.live(hours=2.25)

    assert home.delivered_kwh == pytest.approx(22, abs=0.7)


async def test_the_minimum_is_charged_at_once_all_the_same(home: Household) -> None:
    schedule(home, ONE_HOUR, minimum_kwh=10)
    home.plug_in()

    await home.live(minutes=63)

    assert home.delivered_kwh == pytest.approx(10, abs=0.7)


async def test_hours_that_do_not_count_are_used_in_full(home: Household) -> None:
    by_day = {"highest": 1, "price_per_kw": 100, "counts": [{"from_hour": 6, "to_hour": 21}]}
    schedule(home, by_day)
    home.plug_in()

    await home.live(hours=6)

    assert max(hours_kwh(home)) > 10
    assert "peak_expected_kw" not in home.attributes("plan")


async def test_a_peak_that_is_paid_for_is_used_again(home: Household) -> None:
    home.say(METER, "13500", unit_of_measurement="W")
    schedule(home, {"highest": 1, "price_per_kw": 100}, house_meter=METER)
    await home.live(hours=1.1)
    home.say(METER, "500", unit_of_measurement="W")
    home.plug_in()

    await home.live(hours=5)

    assert max(hours_kwh(home)) > 10
    assert home.attributes("plan")["peak_kw"] == pytest.approx(13.5, abs=0.2)


async def test_what_the_month_has_come_to_survives_a_restart(home: Household) -> None:
    home.say(METER, "12", unit_of_measurement="kW")
    schedule(home, {"highest": 1, "price_per_kw": 100}, house_meter=METER)
    await home.live(hours=1.1)

    await home.restart()
    home.say(METER, "0.5", unit_of_measurement="kW")
    schedule(home, {"highest": 1, "price_per_kw": 100}, house_meter=METER)
    await home.live(minutes=2)

    assert home.attributes("plan")["peak_kw"] == pytest.approx(12, abs=0.2)


async def test_a_quarter_is_dropped_when_the_house_takes_more_than_was_expected(home: Household) -> None:
    home.say(METER, "1", unit_of_measurement="kW")
    schedule(home, ONE_HOUR, house_meter=METER, energy_kwh=11)
    home.plug_in()
    await home.live(hours=1)

    for _ in range(5 * 60):  # an oven of 4 kW, and the car in the same meter
        charging = 11.0 if home.state("binary_sensor.charging") == "on" else 0.0
        home.say(METER, f"{5 + charging}", unit_of_measurement="kW")
        await home.live(minutes=1)

    assert max(hours_kwh(home)[1:]) < 5.1
    assert home.delivered_kwh == pytest.approx(11, abs=0.7)


async def test_a_meter_that_says_nonsense_is_named_and_the_usual_load_counts(
    home: Household, caplog: pytest.LogCaptureFixture
) -> None:
    home.say(METER, "unavailable")
    schedule(home, ONE_HOUR, house_meter=METER)
    home.plug_in()

    await home.live(hours=6)

    assert max(hours_kwh(home)) < 9
    assert [message for message in caplog.messages if METER in message and "is unavailable" in message] != []


async def test_two_cars_share_what_is_left_below_the_peak(home: Household) -> None:
    carport = home.monta.add_charge_point("Carport")
    schedule(home, ONE_HOUR, carport, energy_kwh=11)
    home.plug_in()
    home.plug_in(point_id=carport)

    await home.live(hours=6)

    assert max(hours_kwh(home)) < 9
    assert home.delivered_kwh == pytest.approx(22, abs=0.7)


async def test_on_a_common_fuse_the_peak_counts_too(home: Household) -> None:
    carport = home.monta.add_charge_point("Carport")
    schedule(home, ONE_HOUR, carport, energy_kwh=11, fuse_kw=23)
    home.plug_in()
    home.plug_in(point_id=carport)

    await home.live(hours=6)

    assert max(hours_kwh(home)) < 9
    assert home.delivered_kwh == pytest.approx(22, abs=0.7)


async def test_on_a_tight_fuse_being_ready_goes_before_the_peak(home: Household) -> None:
    carport = home.monta.add_charge_point("Carport")
    schedule(home, ONE_HOUR, carport, fuse_kw=12, ready_by="01:15")
    home.plug_in(wants_kwh=22)
    home.plug_in(wants_kwh=22, point_id=carport)

    await home.live(hours=5)

    assert home.delivered_kwh == pytest.approx(44, abs=1.5)


async def test_of_two_fees_both_are_kept(home: Household) -> None:
    night = {"highest": 1, "price_per_kw": 300, "counts": [{"from_hour": 0, "to_hour": 2}]}
    schedule(home, [ONE_HOUR, night])
    home.plug_in()

    await home.live(hours=6)

    assert max(hours_kwh(home)) < 9
    assert home.charged_between(MIDNIGHT, MIDNIGHT + 2 * HOUR) < 9
    assert home.delivered_kwh == pytest.approx(22, abs=0.7)


async def test_a_plan_with_a_cap_does_not_change_every_minute(home: Household) -> None:
    schedule(home, ONE_HOUR)
    home.plug_in()
    await home.live(minutes=5)
    before = home.attributes("plan")["slots"]

    await home.live(minutes=50)

    assert home.attributes("plan")["slots"] == before


async def test_starts_are_few_although_quarters_are_left_out(home: Household) -> None:
    home.prices(BEGIN, *[0.5] * 28, step=timedelta(minutes=15))
    schedule(home, ONE_HOUR, start_cost=0.2)
    home.plug_in()

    await home.live(hours=6)

    assert home.starts <= 3
    assert max(hours_kwh(home)) < 9

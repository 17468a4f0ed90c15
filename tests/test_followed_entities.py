"""Settings that follow entities."""

import logging
from datetime import datetime, timedelta

import pytest

from smart_charging.clouds.monta.cloud import MontaCloud
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from worlds.household import HOUR, Household
from worlds.virtual_time import Clock


@pytest.fixture
def home(monta: MontaStandIn, cloud: MontaCloud, clock: Clock) -> Household:
    home = Household(monta, cloud, clock)
    home.prices(clock() - timedelta(hours=1), *[2.0] * 5, *[1.0] * 70)
    home.plug_in()
    return home


def departure(home: Household) -> str:
    return f"{datetime.fromisoformat(home.attributes('plan')['ready_by']).astimezone(home.zone):%a %H:%M}"


def wanted(home: Household) -> float:
    return float(home.attributes("plan")["wanted_kwh"])


async def test_an_energy_is_followed(home: Household) -> None:
    home.say("input_number.energy", "22.0")
    home.schedule(energy_kwh="input_number.energy")
    await home.live(minutes=1)
    before = wanted(home)

    home.say("input_number.energy", "5.5")
    await home.live(minutes=2)

    assert (before, wanted(home)) == (22, 5.5)


async def test_a_unit_is_taken_into_account(home: Household) -> None:
    home.say("sensor.energy", "5500", unit_of_measurement="Wh")
    home.schedule(energy_kwh="sensor.energy")

    await home.live(minutes=1)

    assert wanted(home) == 5.5


@pytest.mark.parametrize(
    ("state", "told"),
    [
        pytest.param("unavailable", "input_number.energy is unavailable", id="unavailable"),
        pytest.param("plenty", "input_number.energy: expected a valid number", id="nonsense"),
        pytest.param("-4", "input_number.energy: expected greater than or equal to 0", id="out of bounds"),
    ],
)
async def test_what_makes_no_sense_is_named_and_the_last_good_value_stands_in(
    home: Household, caplog: pytest.LogCaptureFixture, state: str, told: str
) -> None:
    home.say("input_number.energy", "5.5")
    home.schedule(energy_kwh="input_number.energy")
    await home.live(minutes=1)

    home.say("input_number.energy", state)
    await home.live(minutes=10)

    [problem] = home.attributes("plan")["problems"]
    assert problem.startswith(f"energy_kwh: {told}")
    assert problem.endswith("its last good value, 5.5, stands in")
    assert wanted(home) == 5.5
    assert len([record for record in caplog.records if told in record.message]) == 1


async def test_the_end_of_a_problem_is_told_too(home: Household, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    home.schedule(energy_kwh="input_number.energy")
    await home.live(minutes=5)

    home.say("input_number.energy", "7")
    await home.live(minutes=2)

    assert home.attributes("plan")["problems"] == []
    assert [message for message in caplog.messages if "energy_kwh" in message and "works again" in message]


async def test_the_last_good_value_outlives_a_restart(home: Household) -> None:
    home.say("input_number.energy", "5.5")
    home.schedule(energy_kwh="input_number.energy")
    await home.live(minutes=1)
    home.say("input_number.energy", "unavailable")

    await home.restart()
    home.schedule(energy_kwh="input_number.energy")
    await home.live(minutes=5)

    assert wanted(home) == 5.5


async def test_the_last_value_of_another_entity_does_not_stand_in(home: Household) -> None:
    home.say("input_number.energy", "5.5")
    home.schedule(energy_kwh="input_number.energy")
    await home.live(minutes=1)

    await home.restart()
    home.schedule(energy_kwh="input_number.another")
    await home.live(minutes=5)

    assert "there is no entity input_number.another" in home.attributes("plan")["problems"][0]
    assert wanted(home) != 5.5


async def test_a_car_of_which_nobody_knows_the_need_is_charged_until_departure(home: Household) -> None:
    home.schedule(energy_kwh="input_number.energy")

    await home.live(minutes=10)

    assert home.state("plan") == "charging"


async def test_nothing_is_done_while_an_entity_may_still_be_coming(home: Household) -> None:
    home.schedule(energy_kwh="input_number.energy")

    await home.live(seconds=50)

    assert (home.state("plan"), home.monta.sent("charges", "POST")) == ("waiting", [])


async def test_a_departure_is_followed(home: Household) -> None:
    home.say("input_datetime.leave", "07:00:00")
    home.schedule(ready_by="input_datetime.leave")
    await home.live(minutes=1)
    before = departure(home)

    home.say("input_datetime.leave", "05:30:00")
    await home.live(minutes=2)

    assert (before, departure(home)) == ("Sat 07:00", "Sat 05:30")


async def test_every_weekday_has_its_departure_and_one_without_has_none(home: Household) -> None:
    home.say("input_datetime.sunday", "10:15:00")
    home.schedule(ready_by={"fri": "06:00", "sun": "input_datetime.sunday", "mon": "07:00"})

    await home.live(minutes=1)

    assert departure(home) == "Sun 10:15"  # it is Friday evening


async def test_a_departure_for_once_counts_and_falls_back_when_it_is_over(home: Household) -> None:
    home.say("input_datetime.once", "2026-11-20 22:30:00")
    home.schedule(ready_by="07:00", ready_by_once="input_datetime.once", energy_kwh=2)
    await home.live(minutes=1)
    before = departure(home)

    await home.live(hours=2)

    assert (before, departure(home)) == ("Fri 22:30", "Sat 07:00")


async def test_a_departure_for_once_that_is_over_does_not_count(home: Household) -> None:
    home.schedule(ready_by="07:00", ready_by_once="2026-11-19 05:00")

    await home.live(minutes=1)

    assert departure(home) == "Sat 07:00"


async def test_a_mode_is_followed(home: Household) -> None:
    home.say("input_select.mode", "off")
    home.schedule(mode="input_select.mode")
    await home.live(minutes=2)
    before = home.state("plan")

    home.say("input_select.mode", "now")
    await home.live(minutes=2)

    assert (before, home.state("plan")) == ("off", "charging")


async def test_hours_are_a_time_at_full_power(home: Household) -> None:
    home.schedule(hours=2)

    await home.live(minutes=1)

    assert wanted(home) == 22


async def test_a_state_of_charge_becomes_energy_and_moves_on_with_the_meter(home: Household) -> None:
    home.say("sensor.car", "40")
    home.schedule(soc_percent="sensor.car", target_soc_percent=80, battery_kwh=45, mode="now")
    await home.live(minutes=1)
    before = wanted(home)

    await home.live(hours=1)
    home.say("sensor.car", "60")
    await home.live(minutes=2)

    assert before == pytest.approx(20)  # two fifths of 45 kWh, at 90 %
    assert wanted(home) - home.attributes("plan")["delivered_kwh"] == pytest.approx(10, abs=0.5)


async def test_a_car_that_tells_no_state_of_charge_is_taken_for_an_empty_one(home: Household) -> None:
    home.schedule(soc_percent="sensor.car", target_soc_percent=80, battery_kwh=45)

    await home.live(minutes=5)

    assert wanted(home) == pytest.approx(40)


async def test_a_stale_state_of_charge_does_not_keep_the_charge_going(home: Household) -> None:
    home.say("sensor.car", "60")
    home.schedule(soc_percent="sensor.car", target_soc_percent=80, battery_kwh=45, mode="now")

    await home.live(hours=2)

    assert home.delivered_kwh == pytest.approx(10, abs=0.3)


async def test_a_state_of_charge_that_stood_still_while_the_car_was_away_is_not_believed(home: Household) -> None:
    home.say("sensor.car", "80")
    home.schedule(soc_percent="sensor.car", battery_kwh=45)
    await home.live(minutes=2)
    before = home.state("plan")

    home.unplug()
    await home.live(hours=1)
    await home.restart()
    home.schedule(soc_percent="sensor.car", battery_kwh=45)
    home.plug_in()
    await home.live(minutes=2)

    assert before == "done"
    assert wanted(home) == pytest.approx(40)
    assert "taken for an empty one" in home.attributes("plan")["problems"][0]


async def test_a_state_of_charge_that_changed_while_the_car_was_away_is_believed(home: Household) -> None:
    home.say("sensor.car", "80")
    home.schedule(soc_percent="sensor.car", battery_kwh=45)
    await home.live(minutes=2)

    home.unplug()
    await home.live(minutes=20)
    home.say("sensor.car", "60")
    await home.live(minutes=20)
    home.plug_in()
    await home.live(minutes=2)

    assert wanted(home) == pytest.approx(10)


async def test_a_state_of_charge_of_nothing_is_one(home: Household) -> None:
    home.say("sensor.car", "0")
    home.schedule(soc_percent="sensor.car", battery_kwh=45, target_soc_percent=50)

    await home.live(minutes=1)

    assert wanted(home) == pytest.approx(25)


async def test_a_state_of_charge_that_stays_lower_is_believed_and_one_that_is_lost_is_kept(home: Household) -> None:
    home.say("sensor.car", "60")
    home.schedule(soc_percent="sensor.car", battery_kwh=45, mode="off")
    await home.live(minutes=1)
    home.say("sensor.car", "unavailable")
    await home.live(minutes=5)
    lost = wanted(home)

    home.say("sensor.car", "40")
    await home.live(minutes=12)

    assert [lost, wanted(home)] == pytest.approx([10, 20])


async def test_the_minimum_comes_at_once_and_the_rest_when_it_is_cheap(home: Household) -> None:
    home.schedule(energy_kwh=11, minimum_kwh=3)

    await home.live(hours=1)

    assert home.delivered_kwh == pytest.approx(3, abs=0.2)
    assert home.state("plan") == "waiting"


async def test_a_minimum_state_of_charge_comes_at_once(home: Household) -> None:
    home.say("sensor.car", "10")
    home.schedule(soc_percent="sensor.car", battery_kwh=45, minimum_soc_percent=20)

    await home.live(hours=1)

    assert home.delivered_kwh == pytest.approx(5, abs=0.3)


async def test_above_the_price_limit_nothing_is_charged_and_that_is_said(home: Household) -> None:
    home.say("input_number.limit", "0.5")
    home.schedule(energy_kwh=5.5, ready_by="22:30", price_limit="input_number.limit")

    await home.live(hours=1)

    assert (home.state("plan"), home.delivered_kwh) == ("short", 0)
    assert "price limit of 0.5" in home.attributes("plan")["shortfall_reason"]


async def test_a_price_limit_at_its_helpers_lowest_is_none(home: Household) -> None:
    home.say("input_number.limit", "-1.0", min=-1, max=10)
    home.schedule(energy_kwh=5.5, ready_by="22:30", price_limit="input_number.limit")

    await home.live(hours=1, minutes=30)

    assert home.delivered_kwh == pytest.approx(5.5, abs=0.2)


async def test_one_block_is_not_interrupted(home: Household) -> None:
    home.prices(home.clock(), 2.0, 0.1, 0.5, 0.1, *[2.0] * 20)
    home.schedule(energy_kwh=22, one_block="input_boolean.block")
    home.say("input_boolean.block", "on")

    await home.live(minutes=1)

    assert len(home.attributes("plan")["slots"]) == 2
    assert home.attributes("plan")["slots"][0]["end"] == home.attributes("plan")["slots"][1]["start"]


async def test_blocks_are_no_shorter_than_asked_for(home: Household) -> None:
    quarter = timedelta(minutes=15)
    home.prices(home.clock(), 2.0, 0.1, 2.0, 0.1, 2.0, 0.4, 0.4, *[2.0] * 50, step=quarter)
    home.schedule(energy_kwh=5.5, min_block_s="input_number.block")
    home.say("input_number.block", "1800")
    began = home.clock()

    await home.live(hours=3)

    assert home.charged_between(began + 5 * quarter, began + 7 * quarter) == pytest.approx(5.5, abs=0.2)
    assert home.starts == 1


@pytest.mark.parametrize(("prefers_late", "hours"), [("off", 1), ("on", 3)])
async def test_of_equally_cheap_hours_the_first_or_the_last_is_taken(
    home: Household, prefers_late: str, hours: int
) -> None:
    home.prices(home.clock(), 2.0, 0.1, 2.0, 0.1, *[2.0] * 20)
    home.schedule(energy_kwh=11, ready_by="02:00", prefers_late="input_boolean.late")
    home.say("input_boolean.late", prefers_late)
    began = home.clock()

    await home.live(hours=4, minutes=15)

    assert home.charged_between(began + hours * HOUR, began + (hours + 1) * HOUR) == pytest.approx(11, abs=0.2)


async def test_a_share_is_one_of_the_days_of_the_house(home: Household) -> None:
    evening, night, noon = (1.0, 0.9, 1.1), (0.95, *[2.0] * 9), [0.1] * 14
    home.prices(home.clock(), *evening, *night, *noon)
    home.schedule(energy_kwh=22, ready_by="00:00", cheapest_share=0.33, goes_on=False)
    began = home.clock()

    await home.live(hours=3)

    assert home.charged_between(began + HOUR, began + 2 * HOUR) == pytest.approx(11, abs=0.2)
    assert home.delivered_kwh == pytest.approx(11, abs=0.2)


async def test_a_start_that_saves_less_than_it_costs_is_not_made(home: Household) -> None:
    home.prices(home.clock(), 2.0, 0.1, 0.12, 0.1, *[2.0] * 20)
    home.schedule(energy_kwh=22, start_cost=0.5)

    await home.live(minutes=1)

    first, second = home.attributes("plan")["slots"]
    assert first["end"] == second["start"]


async def test_a_car_that_is_not_to_go_on_after_departure_is_stopped_there(home: Household) -> None:
    home.schedule(energy_kwh=50, ready_by="22:00", goes_on=False)

    await home.live(hours=1, minutes=30)

    assert home.delivered_kwh == pytest.approx(11, abs=0.4)  # from nine to ten


@pytest.mark.parametrize("once", ["2036-05-01 07:30", "9999-12-31 23:59", "9999-12-31T23:59:00-12:00"])
async def test_a_departure_years_away_is_told_and_not_planned_for(home: Household, once: str) -> None:
    home.schedule(ready_by="07:00", ready_by_once=once)
    home.plug_in()

    await home.live(minutes=2)

    assert departure(home) == "Sat 07:00"
    assert [text for text in home.attributes("plan")["problems"] if "days away; until it comes nearer" in text]


@pytest.mark.parametrize("once", ["0001-01-01 00:00", "2025-02-03 06:00"])
async def test_a_departure_long_over_is_nothing_to_tell(home: Household, once: str) -> None:
    home.schedule(ready_by="07:00", ready_by_once=once)
    home.plug_in()

    await home.live(minutes=2)

    assert (departure(home), home.attributes("plan")["problems"]) == ("Sat 07:00", [])

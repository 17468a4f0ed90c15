from datetime import datetime, timedelta

import pytest

from smart_charging.clouds.monta.cloud import MontaCloud
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.entities.command import EntityCommand
from worlds.household import Household
from worlds.virtual_time import Clock


@pytest.fixture
async def home(monta: MontaStandIn, cloud: MontaCloud, clock: Clock) -> Household:
    home = Household(monta, cloud, clock)
    home.prices(clock() - timedelta(hours=1), *[2.0] * 5, *[1.0] * 20)
    home.schedule(energy_kwh=22)
    home.plug_in()
    await home.live(minutes=1)
    return home


async def ask(home: Household, key: str, payload: str, *, charger_id: int | None = None) -> None:
    device_id = str(charger_id or home.point_id)
    await home.hub.entity_commands.obey(EntityCommand(device_id=device_id, domain="number", key=key, payload=payload))
    await home.live(minutes=2)


def ready_by(home: Household) -> datetime:
    return datetime.fromisoformat(home.attributes("plan")["ready_by"]).astimezone(home.zone)


async def test_energy_asked_for_while_the_cable_is_in_is_planned(home: Household) -> None:
    await ask(home, "target_energy", "5.5")

    assert home.attributes("plan")["wanted_kwh"] == 5.5
    assert home.attributes("plan")["planned_kwh"] == 5.5


async def test_nothing_asked_for_is_nothing_planned(home: Household) -> None:
    await ask(home, "target_energy", "0")

    assert home.state("plan") == "done"
    assert home.attributes("plan")["wanted_kwh"] == 0


async def test_a_departure_asked_for_while_the_cable_is_in_is_planned(home: Household) -> None:
    before = ready_by(home)

    await ask(home, "ready_by", "05:30")

    assert f"{before:%H:%M} {ready_by(home):%H:%M}" == "07:00 05:30"


async def test_a_minimum_asked_for_is_charged_at_once(home: Household) -> None:
    await ask(home, "minimum_energy", "5.5")

    assert home.state("plan") == "charging"


async def test_a_price_limit_asked_for_holds_until_the_lowest_number_takes_it_back(home: Household) -> None:
    await ask(home, "price_limit", "0.5")
    limited = home.attributes("plan")["planned_kwh"]

    await ask(home, "price_limit", "-1")

    assert (limited, home.attributes("plan")["planned_kwh"]) == (0, 22)


async def test_a_departure_for_once_asked_for_holds_until_none_takes_it_back(home: Household) -> None:
    await ask(home, "ready_by_once", f"{home.clock().astimezone(home.zone) + timedelta(days=1):%Y-%m-%d} 04:15")
    once = ready_by(home)

    await ask(home, "ready_by_once", "none")

    assert f"{once:%H:%M} {ready_by(home):%H:%M}" == "04:15 07:00"


async def test_one_block_asked_for_leaves_no_break(home: Household) -> None:
    now = home.clock()
    home.prices(now - timedelta(hours=1), *[2.0] * 5, 1.0, 1.5, 1.0, *[2.0] * 20)
    await home.live(minutes=1)
    before = len(home.attributes("plan")["slots"])

    await ask(home, "one_block", "on")

    starts = [slot["start"] for slot in home.attributes("plan")["slots"]]
    ends = [slot["end"] for slot in home.attributes("plan")["slots"]]
    assert before > 0
    assert starts[1:] == ends[:-1]


async def test_what_was_asked_outlives_a_restart(home: Household) -> None:
    await ask(home, "target_energy", "5.5")
    await ask(home, "ready_by", "05:30")
    await ask(home, "price_limit", "0.5")

    await home.restart()
    home.schedule(energy_kwh=22)
    await home.live(minutes=1)

    assert (home.attributes("plan")["wanted_kwh"], home.attributes("plan")["planned_kwh"]) == (5.5, 0)
    home.unplug()
    await home.live(minutes=2)
    home.plug_in()
    await home.live(minutes=2)
    assert f"{ready_by(home):%H:%M}" == "05:30"


async def test_a_value_changed_in_apps_yaml_is_newer_than_the_one_asked_for(home: Household) -> None:
    await ask(home, "target_energy", "5.5")

    await home.restart()
    home.schedule(energy_kwh=30)
    await home.live(minutes=1)

    assert home.attributes("plan")["wanted_kwh"] == 30


async def test_another_target_in_per_cent_is_newer_than_an_energy_asked_for(home: Household) -> None:
    home.say("sensor.car", "40")
    home.say("input_number.target", "80")
    home.schedule(soc_percent="sensor.car", target_soc_percent="input_number.target", battery_kwh=45)
    await home.live(minutes=1)
    await ask(home, "target_energy", "5.5")
    asked = home.attributes("plan")["wanted_kwh"]

    home.say("sensor.car", "41")
    await home.live(minutes=2)
    kept = home.attributes("plan")["wanted_kwh"]
    home.say("input_number.target", "61")
    await home.live(minutes=2)

    assert (asked, kept, home.attributes("plan")["wanted_kwh"]) == (5.5, 5.5, pytest.approx(10))


async def test_another_time_for_a_weekday_is_newer_than_a_departure_asked_for(home: Household) -> None:
    home.say("input_datetime.sunday", "09:00:00")
    home.schedule(ready_by={"sat": "07:00", "sun": "input_datetime.sunday"})
    await home.live(minutes=1)
    await ask(home, "ready_by", "05:30")
    asked = ready_by(home)

    home.say("input_datetime.sunday", "10:00:00")
    await home.live(minutes=2)

    assert f"{asked:%H:%M} {ready_by(home):%H:%M}" == "05:30 07:00"


@pytest.mark.parametrize(
    ("key", "payload"),
    [
        ("target_energy", "-1"),
        ("target_energy", "501"),
        ("target_energy", "nan"),
        ("target_energy", ""),
        ("ready_by", "25:00"),
        ("ready_by", "7"),
    ],
)
async def test_nonsense_changes_nothing_and_is_said(
    home: Household, caplog: pytest.LogCaptureFixture, key: str, payload: str
) -> None:
    before = home.attributes("plan")

    await ask(home, key, payload)

    assert home.attributes("plan") == before
    assert [record for record in caplog.records if key in record.message and "write" in record.message] != []


async def test_a_command_for_another_charger_changes_nothing(home: Household) -> None:
    before = home.attributes("plan")

    await ask(home, "target_energy", "5.5", charger_id=77)

    assert home.attributes("plan") == before


async def test_a_command_nobody_obeys_is_said(home: Household, caplog: pytest.LogCaptureFixture) -> None:
    await ask(home, "colour", "red")

    assert f"colour of charge point {home.point_id}: no app handles it; is its app in apps.yaml?" in caplog.messages

from typing import Any

import pytest

from smart_charging.clouds.monta.cloud import MontaCloud
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.entities.command import EVERY
from worlds.household import Household
from worlds.virtual_time import Clock

GARAGE, CARPORT = 410001, 410002


@pytest.fixture
async def home(monta: MontaStandIn, cloud: MontaCloud, clock: Clock) -> Household:
    """Two chargers, a car at each."""
    home = Household(monta, cloud, clock)
    monta.add_charge_point("Carport sør")
    for point_id in (GARAGE, CARPORT):
        monta.plug_in(point_id, Car(wants_kwh=60, max_power_kw=11.0))
    await home.live(minutes=2)
    return home


def started(home: Household) -> list[int]:
    return sorted(charge.point.id for charge in home.monta.site.charges.values())


@pytest.mark.parametrize(
    "meant",
    [
        pytest.param(CARPORT, id="number"),
        pytest.param(float(CARPORT), id="float"),
        pytest.param(f" {CARPORT} ", id="text"),
        pytest.param("Carport sør", id="name"),
        pytest.param("carport SØR", id="name-in-other-letters"),
        pytest.param("sensor.monta_carport_sor_state", id="sensor"),
        pytest.param("switch.monta_carport_sor_charging", id="switch"),
        pytest.param("sensor.monta_carport_sor_plan", id="plan"),
        pytest.param("switch.monta_carport_sor_charge", id="switch-of-the-package"),
        pytest.param("button.monta_carport_sor_start_charging", id="button-of-the-package"),
    ],
)
async def test_a_charger_is_meant_by_id_name_or_entity_id(home: Household, meant: object) -> None:
    answer = await home.ha_commands.command("start", meant)

    (charge,) = home.monta.site.charges.values()
    assert charge.point.id == CARPORT
    assert answer == {
        "ok": True,
        "charge_point_id": str(CARPORT),
        "charger": "Carport sør",
        "charge_id": str(charge.id),
        "state": "starting",
        "error": None,
    }


@pytest.mark.parametrize("meant", [EVERY, [EVERY], [GARAGE, "Carport sør"], ["Garage", GARAGE, str(CARPORT)]], ids=repr)
async def test_several_are_answered_one_by_one(home: Household, meant: object) -> None:
    answer = await home.ha_commands.command("start", meant)

    assert answer["ok"] is True
    assert [(one["ok"], one["charger"]) for one in answer["results"]] == [(True, "Garage"), (True, "Carport sør")]
    assert started(home) == [GARAGE, CARPORT]


async def test_a_list_of_one_is_answered_as_a_list(home: Household) -> None:
    answer = await home.ha_commands.command("start", [GARAGE])

    assert [one["charge_point_id"] for one in answer["results"]] == [str(GARAGE)]


async def test_what_cannot_be_done_for_one_is_done_for_the_others(home: Household) -> None:
    home.unplug()
    await home.live(minutes=1)

    answer = await home.ha_commands.command("start", [GARAGE, "Nowhere", CARPORT])

    assert answer["ok"] is False
    assert [one["ok"] for one in answer["results"]] == [False, False, True]
    assert "Garage has no cable plugged in" in answer["results"][0]["error"]
    assert answer["results"][1]["charge_point_id"] == "Nowhere"
    assert started(home) == [CARPORT]


async def test_an_unknown_charger_is_answered_with_the_known_ones(home: Household) -> None:
    answer = await home.ha_commands.command("stop", "switch.monta_garden_charging")

    assert answer["error"] == (
        "there is no charge point switch.monta_garden_charging in this account; "
        "there is 410001 (Garage), 410002 (Carport sør)"
    )
    assert (answer["ok"], answer["charger"]) == (False, None)


async def test_a_name_of_two_chargers_means_neither(home: Household) -> None:
    home.monta.add_charge_point("Garage")
    await home.live(minutes=2)

    answer = await home.ha_commands.command("start", "Garage")

    assert answer["error"] == "2 chargers are called Garage; write one's id: 410001, 410003"
    assert started(home) == []


@pytest.mark.parametrize("nothing", ["", [None], [[GARAGE]], [True], ["Garage", {}]], ids=repr)
async def test_what_can_mean_no_charger_is_asked_for(home: Household, nothing: object) -> None:
    answer = await home.ha_commands.command("start", nothing)

    assert answer["ok"] is False
    assert "charge_point_id is missing; write a charger's id, its name" in answer["error"]
    assert started(home) == []


@pytest.mark.parametrize("name", ["limit_kwh", "limit_minutes"])
@pytest.mark.parametrize(
    "value", [0, -1, "", "much", "nan", float("inf"), True, [5], {}, 10**400], ids=lambda v: repr(v)[:8]
)
async def test_a_wrong_limit_is_an_error_and_nothing_is_started(home: Household, name: str, value: object) -> None:
    limit: dict[str, Any] = {name: value}

    answer = await home.ha_commands.command("start", GARAGE, **limit)

    assert answer["ok"] is False
    assert answer["error"].startswith(f"{name} is ")
    assert "write a number more than 0" in answer["error"]
    assert started(home) == []


async def test_a_stop_takes_no_limit(home: Household) -> None:
    answer = await home.ha_commands.command("stop", GARAGE, limit_kwh=5)

    assert answer["error"] == "limit_kwh and limit_minutes belong to a start"


async def test_right_after_a_start_the_chargers_are_read_before_a_name_is_looked_up(home: Household) -> None:
    await home.restart()

    answer = await home.ha_commands.command("start", "Garage")

    assert answer["ok"] is True


async def test_a_cloud_that_does_not_answer_is_told_in_words(home: Household) -> None:
    await home.restart()
    home.monta.fail_next(Failure.CUT, "charge-points")

    answer = await home.ha_commands.command("start", EVERY)

    assert answer["ok"] is False
    assert "GET charge-points" in answer["error"]


async def test_an_account_without_chargers_is_not_all_done(
    monta: MontaStandIn, cloud: MontaCloud, clock: Clock
) -> None:
    home = Household(monta, cloud, clock)
    monta.site.points.clear()

    answer = await home.ha_commands.command("start", EVERY)

    assert (answer["ok"], answer["error"]) == (False, "this account has no chargers")

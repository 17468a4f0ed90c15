"""Three bare apps: chargers and prices are found, and what was found, assumed or is to be asked is told once."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from smart_charging.clouds.monta.stand_in.failures import Failure
from worlds.bare_home import BARE, CAR, MORNING, NIGHT, BareHome, sell_prices
from worlds.cloud_houses import CLOUD_HOUSES, CloudNights
from worlds.virtual_time import Clock


@pytest.fixture
def home(tmp_path: Path) -> BareHome:
    return BareHome(tmp_path)


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]


def test_three_bare_apps_charge_the_car_and_say_what_they_found_and_assumed(
    home: BareHome, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "virtual.charging_scheduler")
    [garage] = home.add("Garage")
    home.plug_in(garage)

    home.play(lambda: home.clock.sleep_until(MORNING))

    home.monta.site.catch_up()
    assert sum(one.consumed_kwh or 0 for one in home.monta.site.charges.values()) == pytest.approx(20, abs=0.3)
    assert home.house.state("sensor.monta_garage_plan") == "done"
    assert [line for line in caplog.messages if line.startswith("Found by itself")] == [
        f"Found by itself: chargers to schedule: Garage ({garage}); prices from nordpool.get_prices_for_date; "
        "time zone Europe/Copenhagen, currency DKK, country DK. Assumed until apps.yaml says otherwise: 20 kWh each "
        "time the cable goes in, ready by 07:00, the charger's rated power; a kWh costs what the price source says; "
        "where fees and taxes come on top, write tariff"
    ]
    [(what, notification)] = home.notifications
    assert (what, notification["notification_id"]) == ("create", "smart_charging_charging_scheduler")
    assert f"- chargers to schedule: Garage ({garage})" in notification["message"]


def test_only_private_ac_chargers_are_scheduled_unasked(home: BareHome) -> None:
    home.add("Garage", "Carport")
    home.add("Street", visibility="public")
    home.add("Rapid", type="dc")
    home.add("Shed", visibility="sideways", type=None)

    home.play(lambda: asyncio.sleep(0))

    assert home.planned == {"garage", "carport", "shed"}


def test_of_more_than_four_none_is_scheduled_and_the_person_is_asked_which(home: BareHome) -> None:
    points = home.add("A", "B", "C", "D", "E")

    home.play(lambda: asyncio.sleep(600))

    assert home.planned == set()
    [(_, notification)] = home.notifications
    example = f'`chargers: [{{charge_point_id: {points[0]}, energy_kwh: 20, ready_by: "07:00"}}]`'
    assert f"Write {example}, or `all_chargers: true`; there are A ({points[0]}), B" in notification["message"]


def test_chargers_may_join_and_leave_but_a_fifth_is_asked_about(
    home: BareHome, caplog: pytest.LogCaptureFixture
) -> None:
    async def script() -> None:
        home.add("A", "B", "C")
        await asyncio.sleep(120)
        joined.append(home.planned)
        home.add("D", "E")
        home.monta.site.points.pop(gone)
        await asyncio.sleep(120)
        await home.restart()
        joined.append(home.planned)

    joined: list[set[str]] = []
    [gone] = home.add("First")
    home.play(script)

    assert joined[0] == {"first", "a", "b", "c"}
    assert joined[1] - {"first"} == {"a", "b", "c"}
    assert [data["message"].count("all_chargers") for _, data in home.notifications] == [
        0,
        0,
        1,
        1,
    ]  # and First, gone, is named no more
    assert errors(caplog) == []


def test_an_empty_account_is_told_of_and_its_first_charger_is_scheduled(home: BareHome) -> None:
    async def script() -> None:
        home.add("Garage")
        await asyncio.sleep(120)

    home.play(script)

    assert home.planned == {"garage"}
    first, second = home.notifications
    assert "the account has no charger; one that joins it is scheduled by itself" in str(first)
    assert "chargers to schedule: Garage" in str(second)


def test_a_cloud_that_is_down_at_the_start_is_waited_for(home: BareHome) -> None:
    async def script() -> None:
        assert (home.planned, home.notifications) == (set(), [])
        home.monta.failures.outage = None
        await asyncio.sleep(900)

    home.add("Garage")
    home.monta.failures.outage = Failure.CUT
    home.play(script)

    assert home.planned == {"garage"}
    assert len(home.notifications) == 1


def test_nothing_is_told_again_after_a_restart_and_it_goes_away_once_all_is_written(home: BareHome) -> None:
    async def script() -> None:
        await home.restart()
        assert len(home.notifications) == 1
        await home.restart(chargers=[{"charge_point_id": "Garage", **CAR}])
        await home.restart(chargers=[{"charge_point_id": "Garage", **CAR}])

    home.add("Garage")
    home.play(script)

    assert [what for what, _ in home.notifications] == ["create", "dismiss"]


def test_what_is_told_while_home_assistant_is_away_is_told_when_it_is_back(home: BareHome) -> None:
    async def script() -> None:
        home.house.home.go_away()
        home.add("Carport")
        await asyncio.sleep(300)
        home.house.home.come_back(restarted=False)
        await asyncio.sleep(120)

    home.add("Garage")
    home.play(script)

    assert ["Carport" in data["message"] for _, data in home.notifications] == [False, True]


def test_who_names_chargers_has_no_other_scheduled_and_is_told_nothing(
    home: BareHome, caplog: pytest.LogCaptureFixture
) -> None:
    garage, _ = home.add("Garage", "Carport")

    home.play(lambda: asyncio.sleep(600), chargers=[{"charge_point_id": garage, **CAR}])

    assert home.planned == {"garage"}
    assert home.notifications == []
    assert errors(caplog) == []


def test_all_chargers_adds_the_others_with_the_defaults_of_a_person(home: BareHome) -> None:
    for point_id in home.add("A", "B", "C", "D", "E", "F"):
        home.plug_in(point_id)

    home.play(
        lambda: asyncio.sleep(60),
        charger_defaults={"hours": 2, "ready_by": "05:00", "power_kw": 7},
        chargers=[{"charge_point_id": "A"}, {"charge_point_id": "b", "energy_kwh": 9}],
        all_chargers=True,
    )

    assert home.planned == {"a", "b", "c", "d", "e", "f"}
    assert [home.wanted_kwh(name) for name in "abf"] == [14, 9, 14]


def test_of_two_price_sources_none_is_taken_and_both_are_named_with_their_lines(home: BareHome) -> None:
    async def script() -> None:
        home.house.home.entries["nordpool"] = ["01DK", "02SE"]
        await home.start(chargers=[{"charge_point_id": "Garage", **CAR}])
        await asyncio.sleep(300)

    home.add("Garage")
    home.run(script)

    [(_, notification)] = home.notifications
    lines = [
        f"price_action: {{action: nordpool.get_prices_for_date, data: {{config_entry: {one}}}}}"
        for one in ("01DK", "02SE")
    ]
    assert f"prices: there are several sources of prices; write one in apps.yaml: {', or '.join(lines)}" in str(
        notification
    )


@pytest.mark.parametrize("written", ["Carport", "carport"])
def test_a_charger_may_be_named_as_the_cloud_names_it(home: BareHome, written: str) -> None:
    home.add("Garage", "Carport")

    home.play(lambda: asyncio.sleep(0), chargers=[{"charge_point_id": written, **CAR}])

    assert home.planned == {"carport"}


def test_a_name_of_nobody_or_of_two_is_an_error_that_names_the_known_ones(
    home: BareHome, caplog: pytest.LogCaptureFixture
) -> None:
    one, other, third = home.add("Box", "Box", "Garage")

    home.play(
        lambda: asyncio.sleep(300),
        chargers=[{"charge_point_id": name, **CAR} for name in ("Box", "Barn", "Garage", str(third))],
    )

    assert home.planned == {"garage"}
    assert errors(caplog) == [
        f"Box is not scheduled: 2 chargers are called that; write one's id as charge_point_id, of {one}, {other}",
        f"There is no charge point Barn to schedule; the account has {one} (Box), {other} (Box), {third} (Garage)",
        f"Charge point {third} is written by id and by name; write it once",
    ]


def test_a_charger_that_another_app_names_is_left_to_that(home: BareHome, caplog: pytest.LogCaptureFixture) -> None:
    home.add("Garage", "Carport")
    second = {"class": "ChargingScheduler", "chargers": [{"charge_point_id": "carport", **CAR, "mode": "off"}]}

    home.play(lambda: asyncio.sleep(60), {**BARE, "again": second})

    assert [home.house.state(f"sensor.monta_{name}_plan") for name in ("garage", "carport")] == ["idle", "idle"]
    assert home.house.home.states["sensor.monta_carport_plan"]["attributes"]["mode"] == "off"
    assert errors(caplog) == []


@pytest.mark.parametrize("cloud", sorted(CLOUD_HOUSES))
def test_the_chargers_of_every_cloud_are_found(tmp_path: Path, cloud: str) -> None:
    clock = Clock(NIGHT)
    at = CLOUD_HOUSES[cloud](clock, random.Random(3))  # noqa: S311  # habits of a stand-in
    nights = CloudNights(at=at, folder=tmp_path, clock=clock)

    async def script(now: CloudNights) -> None:
        sell_prices(now.running)
        await now.running.start({**BARE, "charging_monitor": now.at.arguments})
        await asyncio.sleep(180)
        assert now.state("plan") == "idle"

    nights.play(script)

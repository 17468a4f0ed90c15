"""What cannot be meant as it is written in apps.yaml is told, with what to write."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from worlds.bare_home import BARE, BareHome


@pytest.fixture
def home(tmp_path: Path) -> BareHome:
    return BareHome(tmp_path)


def said(caplog: pytest.LogCaptureFixture, *levels: str) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname in levels]


def test_a_missing_entity_is_named_within_15_s_with_the_one_that_is_like_it(
    home: BareHome, caplog: pytest.LogCaptureFixture
) -> None:
    async def script() -> None:
        home.house.home.show("input_number.garage_energy", 8)
        await home.house.start(
            {**BARE, "charging_scheduler": {"chargers": [car], "fuse_kw": "sensor.fuse", "price_entity": "sensor.spot"}}
        )
        await asyncio.sleep(15)

    car = {"charge_point_id": 410001, "energy_kwh": "input_number.garag_energy", "ready_by": "06:00"}

    home.run(script)

    assert [line for line in said(caplog, "WARNING") if "There is no entity" in line] == [
        "There is no entity sensor.spot yet, which price_entity names; look its id up under Developer tools, States",
        "There is no entity sensor.fuse yet, which fuse_kw names; look its id up under Developer tools, States",
        "There is no entity input_number.garag_energy yet, which energy_kwh of charger 410001 names; "
        "did you mean input_number.garage_energy?",
    ]


def test_home_assistant_is_waited_for_before_an_entity_counts_as_missing(
    home: BareHome, caplog: pytest.LogCaptureFixture
) -> None:
    async def script() -> None:
        home.house.home.go_away()
        await home.house.start({**BARE, "charging_scheduler": {"price_entity": "sensor.spot"}})
        await asyncio.sleep(600)
        told.append(missing())
        home.house.home.come_back(restarted=False)
        await asyncio.sleep(15)
        told.append(missing())

    def missing() -> int:
        return len([line for line in said(caplog, "WARNING") if "There is no entity sensor.spot" in line])

    told: list[int] = []
    home.run(script)

    assert told == [0, 1]


def test_aliases_that_clash_or_are_of_nobody_are_told_once(home: BareHome, caplog: pytest.LogCaptureFixture) -> None:
    async def script() -> None:
        await asyncio.sleep(300)

    one, other, third = home.add("Garage", "Carport", "Yard")
    aliases = {one: "box", other: "box", third: "wallet", 99: "barn"}

    home.play(script, {**BARE, "charging_monitor": {**BARE["charging_monitor"], "aliases": aliases}})

    assert [line for line in said(caplog, "WARNING") if line.startswith("aliases")] == [
        f"aliases: box is taken, so the entities of charge point {one} are called monta_box_{one}; write another word "
        "for it",
        f"aliases: wallet is taken, so the entities of charge point {third} are called monta_wallet_{third}; write "
        "another word for it",
        f"aliases: there is no charge point 99 to be called barn; the account has {one}, {other}, {third}",
    ]


def test_of_two_bare_schedulers_the_second_leaves_the_charger_and_names_both(
    home: BareHome, caplog: pytest.LogCaptureFixture
) -> None:
    [garage] = home.add("Garage")

    home.play(lambda: asyncio.sleep(300), {**BARE, "again": {"class": "ChargingScheduler"}})

    assert said(caplog, "ERROR") == [
        f"Charge point {garage} is not scheduled by again: charging_scheduler plans for it already; name it in one of "
        "them only"
    ]


@pytest.mark.parametrize(
    ("entity_id", "told", "lines"),
    [
        pytest.param(
            "sensor.nord_pool_dk2_currency",
            {"icon": "mdi:cash"},
            "Nord Pool of the core answers by an action: write price_action: {action: nordpool.get_prices_for_date, "
            "entity: sensor.nord_pool_dk2_currency}",
            id="the currency of Nord Pool",
        ),
        pytest.param(
            "sensor.power_price_now",
            {"unit_of_measurement": "DKK/kWh"},
            "Home Assistant has prices elsewhere: write price_action: {action: nordpool.get_prices_for_date, "
            "data: {config_entry: 01DK}}",
            id="a price without a list",
        ),
    ],
)
def test_an_entity_that_holds_no_prices_is_answered_with_the_lines_to_write(
    home: BareHome, caplog: pytest.LogCaptureFixture, entity_id: str, told: dict[str, str], lines: str
) -> None:
    async def script() -> None:
        home.house.home.show(entity_id, "0.81", **told)
        await home.start(price_entity=entity_id)

    home.add("Garage")

    home.run(script)

    [line] = [line for line in said(caplog, "WARNING") if line.startswith("Reading the prices")]
    assert f"{entity_id}: no prices found" in line
    assert line.endswith(lines)

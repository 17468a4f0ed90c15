"""Tools for language models over the real apps: what is told of chargers and plans, and what is done."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from mcp.shared.memory import create_connected_server_and_client_session as connected

from smart_charging.cli.mcp.charging_tools import ChargingTools
from smart_charging.cli.mcp.home import ChargingHome
from smart_charging.cli.mcp.server import server_of
from worlds.bare_home import BareHome
from worlds.home_api import ADDRESS, TOKEN, HomeApi
from worlds.model import answer_of, refusal_of

if TYPE_CHECKING:
    import respx
    from mcp import ClientSession

SESSIONS = [
    {
        "charger_id": "410001",
        "charger": "Garage",
        "plugged_in_at": f"2027-10-0{day}T16:00:00+00:00",
        "unplugged_at": f"2027-10-0{day + 1}T05:00:00+00:00",
        "energy_kwh": 10.0 + day,
        "cost": 12.5,
    }
    for day in range(1, 5)
]
Script = Callable[["ClientSession"], Awaitable[None]]
Play = Callable[..., None]


@pytest.fixture
def home(tmp_path: Path) -> BareHome:
    return BareHome(tmp_path)


@pytest.fixture
def play(home: BareHome, router: respx.MockRouter, tmp_path: Path) -> Play:
    """With a charger in the garage, and a client of the tools."""
    [garage] = home.add("Garage")
    home.plug_in(garage)
    (tmp_path / "sessions.jsonl").write_text("".join(json.dumps(one) + "\n" for one in SESSIONS))

    def played(script: Script, *, stream_status: int = 200) -> None:
        api = ChargingHome(ADDRESS, TOKEN)  # before the house puts its own wire in the place of HTTP

        async def with_client() -> None:
            HomeApi(home.house.home, router, stream_status=stream_status)
            async with api:
                tools = ChargingTools(api, sessions_file=tmp_path / "sessions.jsonl", now=home.clock)
                server = server_of([*tools.reading(), *tools.commanding()])
                async with connected(server) as client:
                    await script(client)

        home.play(with_client)

    return played


def test_chargers_and_their_plan_are_told_with_the_reason(play: Play) -> None:
    async def script(client: ClientSession) -> None:
        listed = await answer_of(client, "list_chargers")
        plan = await answer_of(client, "get_plan", charger="garage")

        [charger] = listed["rows"]
        assert (charger["charger"], charger["cable"], charger["plan"]) == ("monta_garage", "on", "charging")
        assert charger["says"] == plan["sentence"]
        assert (plan["wanted_kwh"], plan["currency"], plan["mode"]) == (20, "DKK", "smart")
        assert plan["slots"][0].keys() >= {"start", "end", "price_per_kwh"}

    play(script)


def test_a_charge_is_stopped_and_started_again_and_the_answer_is_the_apps_own(play: Play, home: BareHome) -> None:
    async def script(client: ClientSession) -> None:
        stopped = await answer_of(client, "stop_charging", charger="Garage")
        await asyncio.sleep(60)
        plan = await answer_of(client, "get_plan", charger="Garage")
        started = await answer_of(client, "start_charging", charger="Garage", limit_kwh=2)
        await asyncio.sleep(3600)

        assert (stopped["charger"], stopped["ok"]) == ("monta_garage", True)
        assert (plan["state"], plan["reason"]) == ("manual", "stopped by hand")
        assert started["ok"]

    play(script)

    home.monta.site.catch_up()
    assert max(home.monta.site.charges.values(), key=lambda one: one.id).consumed_kwh == pytest.approx(2, abs=0.3)


def test_a_mode_is_chosen(play: Play) -> None:
    async def script(client: ClientSession) -> None:
        await answer_of(client, "set_mode", charger="garage", mode="off")
        await asyncio.sleep(60)

        assert (await answer_of(client, "get_plan", charger="garage"))["state"] == "off"
        assert "'fast'" in await refusal_of(client, "set_mode", charger="garage", mode="fast")

    play(script)


def test_what_the_apps_refuse_is_told_in_their_words(play: Play, home: BareHome) -> None:
    home.add("Carport")

    async def script(client: ClientSession) -> None:
        assert "cable" in await refusal_of(client, "start_charging", charger="carport")

    play(script)


def test_energy_and_departure_are_set_where_the_scheduler_reads_them(play: Play, home: BareHome) -> None:
    async def script(client: ClientSession) -> None:
        ours = home.house.home
        assert "there is no target_energy to set" in await refusal_of(client, "set_target", charger="garage", kwh=12)
        ours.show("input_number.monta_garage_target_energy", 20)
        ours.show("text.monta_garage_ready_by", "07:00")
        ours.actions["text/set_value"] = lambda _data: None

        await answer_of(client, "set_target", charger="garage", kwh=12)
        await answer_of(client, "set_departure", charger="garage", time="06:15")

        assert ours.calls[-2:] == [
            ("input_number/set_value", {"entity_id": "input_number.monta_garage_target_energy", "value": 12}),
            ("text/set_value", {"entity_id": "text.monta_garage_ready_by", "value": "06:15"}),
        ]
        assert "does not match" in await refusal_of(client, "set_departure", charger="garage", time="25:00")

    play(script)


def test_an_unknown_charger_is_answered_with_those_there_are(play: Play) -> None:
    async def script(client: ClientSession) -> None:
        assert await refusal_of(client, "get_plan", charger="garag") == (
            "charger 'garag': there is none; write one of monta_garage"
        )

    play(script)


def test_sessions_are_told_newest_first_and_in_pages(play: Play) -> None:
    async def script(client: ClientSession) -> None:
        listed = await answer_of(client, "list_sessions", charger="garage")

        assert (listed["page"], listed["pages"]) == (0, 1)
        assert [row["energy_kwh"] for row in listed["rows"]] == [14, 13, 12, 11]
        assert listed["rows"][0]["plugged_in_at"] == "2027-10-04T18:00+02:00"

    play(script)


def test_prices_are_those_with_the_tariff_from_now_on(play: Play, home: BareHome) -> None:
    async def script(client: ClientSession) -> None:
        prices = await answer_of(client, "get_prices")
        home.house.home.states.pop("sensor.monta_price")

        assert (prices["currency"], prices["page"], prices["pages"]) == ("DKK", 0, 1)
        assert prices["rows"][0] == {"start": "2027-10-08T03:00+02:00", "price_per_kwh": 0.301}
        assert "no prices are known" in await refusal_of(client, "get_prices")

    play(script)


def test_savings_are_told_of_chargers_that_have_some(play: Play, home: BareHome) -> None:
    async def script(client: ClientSession) -> None:
        assert await answer_of(client, "get_saving") == []
        home.house.home.show("sensor.monta_garage_saving_month", 31.2, unit_of_measurement="DKK")

        assert await answer_of(client, "get_saving") == [
            {"charger": "monta_garage", "saving_month": "31.2", "currency": "DKK"}
        ]

    play(script)


def test_a_token_that_may_not_hear_events_does_nothing_and_is_told_of(play: Play, home: BareHome) -> None:
    async def script(client: ClientSession) -> None:
        assert "has to be an administrator's" in await refusal_of(client, "stop_charging", charger="garage")

    play(script, stream_status=401)

    assert home.house.state("switch.monta_garage_charging") == "on"


def test_apps_that_do_not_answer_are_told_of(play: Play, home: BareHome) -> None:
    async def script(client: ClientSession) -> None:
        home.house.home.appdaemon = None

        assert "AppDaemon did not answer within 60 s" in await refusal_of(client, "stop_charging", charger="garage")

    play(script)

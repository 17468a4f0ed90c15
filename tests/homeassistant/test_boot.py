from pathlib import Path

import pytest

from smart_charging.demo.home_assistant import HomeAssistant

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_it_runs_with_nothing_set_up_that_calls_home(home_assistant: HomeAssistant) -> None:
    config = await home_assistant.get("/api/config")
    entries = await home_assistant.command("config_entries/get")

    assert (config["state"], config["time_zone"], config["currency"]) == ("RUNNING", "Europe/Copenhagen", "DKK")
    assert config["version"] == home_assistant.version
    assert {entry["domain"] for entry in entries} <= {"backup", "sun"}


async def test_a_state_that_is_set_is_read_back(home_assistant: HomeAssistant) -> None:
    await home_assistant.post("/api/states/sensor.garage_charger", {"state": "charging"})

    state = await home_assistant.state("sensor.garage_charger")
    assert state is not None
    assert state["state"] == "charging"
    assert await home_assistant.state("sensor.nowhere") is None


async def test_a_restart_keeps_the_login_and_the_address(home_assistant: HomeAssistant) -> None:
    before = (home_assistant.url, home_assistant.token, home_assistant.pid)

    await home_assistant.restart()

    assert (home_assistant.url, home_assistant.token) == before[:2]
    assert home_assistant.pid != before[2]
    assert (await home_assistant.get("/api/config"))["state"] == "RUNNING"


async def test_the_token_is_for_its_owners_eyes_only(home_assistant: HomeAssistant) -> None:
    mode, text = mode_and_text(home_assistant.folder / "login.json")

    assert mode == 0o600
    assert home_assistant.token in text


def mode_and_text(file: Path) -> tuple[int, str]:
    return file.stat().st_mode & 0o777, file.read_text()

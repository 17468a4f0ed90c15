from pathlib import Path

import pytest

from smart_charging.demo.home_assistant import HomeAssistant, HomeAssistantError

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_it_runs_with_nothing_set_up_that_calls_home(home_assistant: HomeAssistant) -> None:
    config = await home_assistant.get("/api/config")
    entries = await home_assistant.command("config_entries/get")

    assert (config["state"], config["time_zone"], config["currency"]) == ("RUNNING", "Europe/Copenhagen", "DKK")
    assert config["version"] == home_assistant.version
    assert {entry["domain"] for entry in entries} <= {"backup", "sun"}


async def test_who_opens_it_gets_the_dashboard_and_not_the_onboarding(home_assistant: HomeAssistant) -> None:
    page = await home_assistant.get("/")

    assert "<home-assistant>" in page


async def test_the_owner_logs_in_with_the_password(home_assistant: HomeAssistant) -> None:
    client = {"client_id": f"{home_assistant.url}/"}
    form = {"handler": ["homeassistant", None], "redirect_uri": client["client_id"]}
    flow = await home_assistant.post("/auth/login_flow", {**client, **form})
    typed = {"username": home_assistant.username, "password": home_assistant.password}

    answer = await home_assistant.post(f"/auth/login_flow/{flow['flow_id']}", {**client, **typed})

    assert answer["type"] == "create_entry"


async def test_a_state_that_is_set_is_read_back(home_assistant: HomeAssistant) -> None:
    await home_assistant.post("/api/states/sensor.garage_charger", {"state": "charging"})

    state = await home_assistant.state("sensor.garage_charger")
    assert state is not None
    assert state["state"] == "charging"
    assert await home_assistant.state("sensor.nowhere") is None


async def test_an_action_of_a_package_changes_its_entity(home_assistant: HomeAssistant) -> None:
    await home_assistant.call("input_boolean", "turn_on", entity_id="input_boolean.smart_charging")

    assert (await home_assistant.states())["input_boolean.smart_charging"]["state"] == "on"


async def test_a_refusal_is_an_error_that_says_what_was_asked(home_assistant: HomeAssistant) -> None:
    with pytest.raises(HomeAssistantError, match="POST /api/services/charger/start: 400"):
        await home_assistant.call("charger", "start")


async def test_a_restart_keeps_the_login_and_the_address(home_assistant: HomeAssistant) -> None:
    before = (home_assistant.url, home_assistant.token, home_assistant.process.pid)

    await home_assistant.restart()

    assert (home_assistant.url, home_assistant.token) == before[:2]
    assert home_assistant.process.pid != before[2]
    assert (await home_assistant.get("/api/config"))["state"] == "RUNNING"


async def test_the_token_is_for_its_owners_eyes_only(home_assistant: HomeAssistant) -> None:
    mode, text = mode_and_text(home_assistant.folder / "login.json")

    assert mode == 0o600
    assert home_assistant.token in text


def mode_and_text(file: Path) -> tuple[int, str]:
    return file.stat().st_mode & 0o777, file.read_text()

"""Commands from a real Home Assistant on the cloud's good and bad days."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta.stand_in.server import serve
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.demo.home_assistant import HomeAssistant
from smart_charging.demo.process import Process
from worlds.real_house import PATIENCE_S, Becomes, apps_yaml, fast_monta, running_apps

pytestmark = pytest.mark.asyncio(loop_scope="module")

GARAGE, CARPORT = 410001, 410002
SWITCH, OTHER_SWITCH = "switch.monta_garage_charging", "switch.monta_carport_charging"


@pytest.fixture
def monta() -> MontaStandIn:
    stand_in = fast_monta()
    for name in ("Garage", "Carport"):
        stand_in.plug_in(stand_in.add_charge_point(name), Car(wants_kwh=50))
    return stand_in


@pytest_asyncio.fixture(loop_scope="module")
async def appdaemon(
    home_assistant: HomeAssistant, monta: MontaStandIn, becomes: Becomes, tmp_path: Path
) -> AsyncIterator[Process]:
    async with (
        serve(monta) as base_url,
        running_apps(tmp_path, apps_yaml(base_url, command_pause_s=3), monta, home_assistant) as process,
    ):
        await until(lambda: len(monta.sent("charges", "GET")) > 2)  # else the last test's switch would do
        await becomes(SWITCH, "off", pending="false")
        yield process


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110  # the stand-in tells nobody
            await asyncio.sleep(0.01)


async def press(home: HomeAssistant, service: str, entity_id: str = SWITCH) -> None:
    await home.call("switch", service, entity_id=entity_id)


def starts(monta: MontaStandIn) -> int:
    return len([request for request in monta.sent("charges", "POST") if request.path == "charges"])


async def test_two_chargers_obey_at_once(
    home_assistant: HomeAssistant, monta: MontaStandIn, becomes: Becomes, appdaemon: Process
) -> None:
    await asyncio.gather(press(home_assistant, "turn_on"), press(home_assistant, "turn_on", OTHER_SWITCH))

    await becomes("sensor.monta_garage_state", "charging")
    await becomes("sensor.monta_carport_state", "charging")
    assert starts(monta) == 2


async def test_ten_presses_in_two_seconds_end_in_the_last_command_with_two_requests(
    home_assistant: HomeAssistant, monta: MontaStandIn, becomes: Becomes, appdaemon: Process
) -> None:
    for _ in range(5):
        await press(home_assistant, "turn_on")
        await asyncio.sleep(0.2)
        await press(home_assistant, "turn_off")
        await asyncio.sleep(0.2)

    await becomes(SWITCH, "off", pending="false")
    await until(lambda: len(monta.sent("charges", "POST")) == 2)
    await becomes("sensor.monta_garage_last_charge", "stopped")
    assert len(monta.sent("charges", "POST")) == 2


async def test_a_start_pending_over_a_restart_of_home_assistant_ends_in_truth(
    home_assistant: HomeAssistant, monta: MontaStandIn, becomes: Becomes, appdaemon: Process
) -> None:
    monta.site.delays.start = monta.site.delays.start * 20
    await press(home_assistant, "turn_on")
    await becomes(SWITCH, "on", pending="true")

    await home_assistant.restart()

    await becomes(SWITCH, "on", pending="false", started_by="person")
    assert starts(monta) == 1


async def test_after_a_kill_in_the_middle_of_a_start_the_charge_is_known_and_is_the_only_one(
    home_assistant: HomeAssistant, monta: MontaStandIn, becomes: Becomes, appdaemon: Process
) -> None:
    monta.site.delays.start = monta.site.delays.start * 10
    await press(home_assistant, "turn_on")
    await until(lambda: starts(monta) == 1)
    await asyncio.sleep(1)

    appdaemon.kill()
    appdaemon.start()
    await appdaemon.wait_for("App initialization complete", timeout_s=30)

    await becomes(SWITCH, "on", pending="false", started_by="person")
    await press(home_assistant, "turn_on")
    await becomes("sensor.monta_garage_state", "charging")
    assert (starts(monta), len(monta.site.charges)) == (1, 1)


@pytest.mark.usefixtures("appdaemon")
@pytest.mark.parametrize(
    ("failure", "ends"),
    [
        pytest.param(Failure.SERVER_ERROR, "off", id="500"),
        pytest.param(Failure.CUT_AFTER_ACTING, "on", id="cut-after-acting"),
        pytest.param(Failure.CUT, "off", id="cut-before-acting"),
        pytest.param(Failure.RATE_LIMITED, "off", id="429"),
    ],
)
async def test_a_bad_answer_to_a_start_ends_in_truth(
    home_assistant: HomeAssistant, monta: MontaStandIn, becomes: Becomes, failure: Failure, ends: str
) -> None:
    monta.fail_next(failure, "charges", method="POST")

    await press(home_assistant, "turn_on")
    await until(lambda: starts(monta) > 0)  # else the switch as it was would do

    await becomes(SWITCH, ends, pending="false")
    assert len(monta.site.charges) == (1 if ends == "on" else 0)


async def test_a_cloud_that_hangs_leaves_the_command_pending_and_then_ends_in_truth(
    home_assistant: HomeAssistant, monta: MontaStandIn, becomes: Becomes, appdaemon: Process
) -> None:
    monta.fail_next(Failure.HANG, "charges", method="POST")

    await press(home_assistant, "turn_on")

    await becomes(SWITCH, "on", pending="true")
    await becomes(SWITCH, "off", pending="false")
    assert len(monta.site.charges) == 0


async def test_a_foreign_charge_is_shown_as_such_and_a_person_may_stop_it(
    home_assistant: HomeAssistant, monta: MontaStandIn, becomes: Becomes, appdaemon: Process
) -> None:
    monta.start_by_hand(GARAGE)
    await becomes(SWITCH, "on", started_by="other")

    await press(home_assistant, "turn_off")

    await becomes(SWITCH, "off", pending="false")
    await becomes("sensor.monta_garage_last_charge", "stopped")

"""Commands from a real Home Assistant on the cloud's good and bad days."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from copy import copy
from dataclasses import dataclass

import pytest
import pytest_asyncio

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta.stand_in.server import serve
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.demo.home_assistant import HomeAssistant
from smart_charging.demo.process import Process
from worlds.real_house import PATIENCE_S, Becomes, apps_yaml, fast_monta, running_apps

pytestmark = pytest.mark.asyncio(loop_scope="session")


@dataclass(frozen=True, slots=True)
class SwitchedCharger:
    """A charger of the account, with a car, of which one test makes use."""

    home: HomeAssistant
    id: int
    slug: str

    async def press(self, service: str) -> None:
        """Its switch."""
        await self.home.call("switch", service, entity_id=self.switch)

    @property
    def switch(self) -> str:
        return f"switch.monta_{self.slug}_charging"

    @property
    def state(self) -> str:
        return f"sensor.monta_{self.slug}_state"

    @property
    def last_charge(self) -> str:
        return f"sensor.monta_{self.slug}_last_charge"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def monta() -> MontaStandIn:
    stand_in = fast_monta()
    stand_in.add_charge_point("Office")
    return stand_in


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def appdaemon(
    home_assistant: HomeAssistant, monta: MontaStandIn, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Process]:
    folder = tmp_path_factory.mktemp("appdaemon")
    async with (
        serve(monta) as base_url,
        running_apps(folder, apps_yaml(base_url, command_pause_s=3), monta, home_assistant) as process,
    ):
        yield process


AddPlace = Callable[[], Awaitable[SwitchedCharger]]


@pytest_asyncio.fixture(loop_scope="session")
async def add_place(
    home_assistant: HomeAssistant, appdaemon: Process, monta: MontaStandIn, becomes: Becomes
) -> AsyncIterator[AddPlace]:
    """Adds another charger each time, so that no test sees what became of the one before."""
    delays = copy(monta.site.delays)
    monta.requests.clear()

    async def add() -> SwitchedCharger:
        number = len(monta.site.points)
        place = SwitchedCharger(home_assistant, monta.add_charge_point(f"Place {number}"), f"place_{number}")
        monta.plug_in(place.id, Car(wants_kwh=50))
        await becomes(f"binary_sensor.monta_{place.slug}_cable", "on")
        await becomes(place.switch, "off", pending="false")
        return place

    yield add
    monta.site.delays = delays


@pytest_asyncio.fixture(loop_scope="session")
async def garage(add_place: AddPlace) -> SwitchedCharger:
    return await add_place()


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110  # the stand-in tells nobody
            await asyncio.sleep(0.01)


def starts(monta: MontaStandIn) -> int:
    """Sent since the test began."""
    return len([request for request in monta.sent("charges", "POST") if request.path == "charges"])


def charges(monta: MontaStandIn, place: SwitchedCharger) -> int:
    return len([charge for charge in monta.site.charges.values() if charge.point.id == place.id])


async def test_two_chargers_obey_at_once(monta: MontaStandIn, becomes: Becomes, add_place: AddPlace) -> None:
    garage, carport = [await add_place() for _ in range(2)]

    await asyncio.gather(*(place.press("turn_on") for place in (garage, carport)))

    await becomes(garage.state, "charging")
    await becomes(carport.state, "charging")
    assert starts(monta) == 2


async def test_ten_presses_in_two_seconds_end_in_the_last_command_with_two_requests(
    monta: MontaStandIn, becomes: Becomes, garage: SwitchedCharger
) -> None:
    for _ in range(5):
        await garage.press("turn_on")
        await asyncio.sleep(0.2)
        await garage.press("turn_off")
        await asyncio.sleep(0.2)

    await becomes(garage.switch, "off", pending="false")
    await until(lambda: len(monta.sent("charges", "POST")) == 2)
    await becomes(garage.last_charge, "stopped")
    assert len(monta.sent("charges", "POST")) == 2


async def test_a_start_pending_over_a_restart_of_home_assistant_ends_in_truth(
    home_assistant: HomeAssistant, monta: MontaStandIn, becomes: Becomes, garage: SwitchedCharger
) -> None:
    monta.site.delays.start = monta.site.delays.start * 20
    await garage.press("turn_on")
    await becomes(garage.switch, "on", pending="true")

    await home_assistant.restart()

    await becomes(garage.switch, "on", pending="false", started_by="person")
    assert starts(monta) == 1


async def test_after_a_kill_in_the_middle_of_a_start_the_charge_is_known_and_is_the_only_one(
    monta: MontaStandIn, becomes: Becomes, garage: SwitchedCharger, appdaemon: Process
) -> None:
    monta.site.delays.start = monta.site.delays.start * 10
    await garage.press("turn_on")
    await until(lambda: starts(monta) == 1)
    await asyncio.sleep(1)

    appdaemon.kill()
    appdaemon.start()
    await appdaemon.wait_for("App initialization complete", timeout_s=30)

    await becomes(garage.switch, "on", pending="false", started_by="person")
    await garage.press("turn_on")
    await becomes(garage.state, "charging")
    assert (starts(monta), charges(monta, garage)) == (1, 1)


async def test_a_cloud_that_hangs_leaves_the_command_pending_and_then_ends_in_truth(
    monta: MontaStandIn, becomes: Becomes, garage: SwitchedCharger
) -> None:
    monta.fail_next(Failure.HANG, "charges", method="POST")

    await garage.press("turn_on")

    await becomes(garage.switch, "on", pending="true")
    await becomes(garage.switch, "off", pending="false")
    assert charges(monta, garage) == 0


async def test_a_foreign_charge_is_shown_as_such_and_a_person_may_stop_it(
    monta: MontaStandIn, becomes: Becomes, garage: SwitchedCharger
) -> None:
    monta.start_by_hand(garage.id)
    await becomes(garage.switch, "on", started_by="other")

    await garage.press("turn_off")

    await becomes(garage.switch, "off", pending="false")
    await becomes(garage.last_charge, "stopped")


@pytest.mark.parametrize(
    ("failure", "ends"),
    [
        pytest.param(Failure.SERVER_ERROR, "off", id="500"),
        pytest.param(Failure.CUT_AFTER_ACTING, "on", id="cut-after-acting"),
        pytest.param(Failure.CUT, "off", id="cut-before-acting"),
        pytest.param(Failure.RATE_LIMITED, "off", id="429"),  # the last of all: the account is left alone for a while
    ],
)
async def test_a_bad_answer_to_a_start_ends_in_truth(
    monta: MontaStandIn,
    becomes: Becomes,
    garage: SwitchedCharger,
    failure: Failure,
    ends: str,
) -> None:
    monta.fail_next(failure, "charges", method="POST")

    await garage.press("turn_on")
    await until(lambda: starts(monta) > 0)  # else the switch as it was would do

    await becomes(garage.switch, ends, pending="false")
    assert charges(monta, garage) == (1 if ends == "on" else 0)

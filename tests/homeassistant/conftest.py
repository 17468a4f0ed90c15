"""A real Home Assistant for the tests of this folder; without one they are skipped, except on CI."""

import os
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from smart_charging.demo.ha_install import HomeAssistantUnavailableError, Installation, install_home_assistant
from smart_charging.demo.home_assistant import HomeAssistant
from worlds import real_house
from worlds.home_services import HomeServices, home_services
from worlds.real_house import Becomes
from worlds.shared_home import PACKAGES, cleared

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1"]))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def home_assistant_installation() -> Installation:
    try:
        return await install_home_assistant(print)
    except HomeAssistantUnavailableError as err:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(err))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def services(
    home_assistant_installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[HomeServices]:
    """What the one Home Assistant reaches in the place of the world."""
    async with home_services(home_assistant_installation, tmp_path_factory.mktemp("installation")) as around:
        yield around


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def only_home_assistant(
    services: HomeServices, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[HomeAssistant]:
    folder = tmp_path_factory.mktemp("home")
    async with HomeAssistant(folder, services.installation, packages=PACKAGES) as running:
        yield running
        running.process.kill()  # politely it takes a second; test_boot sees to that


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def home_assistant(only_home_assistant: HomeAssistant) -> AsyncIterator[HomeAssistant]:
    """Shared by most files, which therefore say `pytestmark = pytest.mark.asyncio(loop_scope="session")`.

    What a file adds to it is gone before the next one.
    """
    async with cleared(only_home_assistant) as running:
        yield running


@pytest.fixture(scope="module")
def becomes(home_assistant: HomeAssistant) -> Becomes:
    """Of the module's own Home Assistant, where it has one."""
    return partial(real_house.becomes, home_assistant)

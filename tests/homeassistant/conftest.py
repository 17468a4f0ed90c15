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
from worlds.real_house import Becomes

HERE = Path(__file__).parent

PACKAGE = """\
input_boolean:
  smart_charging:
    name: Smart charging
"""


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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home_assistant(
    home_assistant_installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[HomeAssistant]:
    """Shared by a file's tests, which therefore say `pytestmark = pytest.mark.asyncio(loop_scope="module")`."""
    folder = tmp_path_factory.mktemp("home")
    async with HomeAssistant(folder, home_assistant_installation, packages={"smart_charging": PACKAGE}) as running:
        yield running
        running.process.kill()  # politely it takes a second; test_boot sees to that


@pytest.fixture(scope="module")
def becomes(home_assistant: HomeAssistant) -> Becomes:
    """Of the module's own Home Assistant, where it has one."""
    return partial(real_house.becomes, home_assistant)

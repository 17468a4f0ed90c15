"""Fixtures: one night, one Monta, one client."""

from __future__ import annotations

import asyncio
import functools
import gc
import ssl
from typing import TYPE_CHECKING, Any

import pytest
import respx
from xdist.scheduler import LoadFileScheduling

from smart_charging.clouds.http.budget import Budget
from smart_charging.clouds.monta.client import MontaClient, monta_budget
from smart_charging.clouds.monta.cloud import MontaCloud
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta_partner.stand_in.cloud import PartnerStandIn
from worlds.fakes import BASE_URL, mount, shorten
from worlds.household import NIGHT, Household
from worlds.monta_partner import partner_client
from worlds.virtual_time import Clock, VirtualLoop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping

    from smart_charging.clouds.monta_partner.client import PartnerClient

SHARED, NOT_SHARED = "tests/homeassistant/", ("test_apps_in_home_assistant.py", "test_package.py")
"""A Home Assistant, but for the files whose own one is set up differently."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported and collected stays to the end; to look through it for garbage is a quarter of all the work."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
        gc.enable()


class OneHomeAssistant(LoadFileScheduling):  # type: ignore[misc]  # it has no types
    """A file's tests run in one process, and so do all of those that share a Home Assistant."""

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        return SHARED if file.startswith(SHARED) and not file.endswith(NOT_SHARED) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneHomeAssistant | None:
    """In the place of the one for `--dist=loadfile`."""
    return OneHomeAssistant(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(scope="session", autouse=True)
def one_ssl_context() -> Iterator[None]:
    """httpx reads all certificates again for every client, of which nothing here makes use."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", functools.cache(ssl.create_default_context))
        yield


@pytest.fixture(scope="session", autouse=True)
def started_programs_keep_their_bytecode() -> Iterator[None]:
    """Dozens of AppDaemons and Home Assistants compile the same files only once, whatever we ourselves were told."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        yield


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Who asks for the clock runs on a loop that moves it; who talks through sockets needs one that waits."""
    needs_sockets = any(item.get_closest_marker(name) for name in ("enable_socket", "allow_hosts"))
    if "clock" in getattr(item, "fixturenames", ()) and not needs_sockets:
        return {"virtual": lambda: VirtualLoop(Clock())}
    return {"real": asyncio.new_event_loop}


@pytest.fixture
async def clock() -> Clock:
    """The running loop's; only a hand moves it where that is a real one."""
    loop = asyncio.get_running_loop()
    return loop.clock if isinstance(loop, VirtualLoop) else Clock()


@pytest.fixture
def router() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        yield router


@pytest.fixture
def monta(clock: Clock, router: respx.MockRouter) -> MontaStandIn:
    stand_in = MontaStandIn(now=clock)
    mount(stand_in, router)
    return stand_in


@pytest.fixture
def budget(clock: Clock) -> Budget:
    return monta_budget(now=clock, sleep=clock.sleep, jitter=lambda least, _most: least)


@pytest.fixture
async def client(monta: MontaStandIn, clock: Clock, budget: Budget) -> AsyncIterator[MontaClient]:
    async with MontaClient(
        client_id=monta.tokens.client_id,
        client_secret=monta.tokens.client_secret,
        base_url=BASE_URL,
        budget=budget,
        now=clock,
    ) as client:
        yield client


@pytest.fixture
def home(monta: MontaStandIn, cloud: MontaCloud, clock: Clock) -> Household:
    """In the evening, before a night whose prices are known."""
    home = Household(monta, cloud, clock)
    home.prices(clock(), *NIGHT)
    return home


@pytest.fixture
def cloud(client: MontaClient, monta: MontaStandIn) -> MontaCloud:
    return MontaCloud(shorten(client, monta))


@pytest.fixture
def operator(clock: Clock) -> PartnerStandIn:
    """Monta as an operator sees it."""
    return PartnerStandIn(now=clock, driver_price=2.5)


@pytest.fixture
async def partner(operator: PartnerStandIn, clock: Clock) -> AsyncIterator[PartnerClient]:
    async with partner_client(operator, clock) as client:
        yield client

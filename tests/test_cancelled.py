"""Apps are loaded anew at any moment: whatever a start, a stop or a write waits for, nothing is done twice or lost."""

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from smart_charging.services.control.origins import Origin
from smart_charging.services.store import FolderStore
from worlds.cancelling import Cancelled
from worlds.household import Household

WANTED_KWH, TOLERANCE_KWH = 0.5, 0.3


@pytest.fixture
def home(home: Household, monkeypatch: pytest.MonkeyPatch) -> Household:
    """One whose memory takes a moment, as a disk does."""
    remember = home.hass.remember

    async def remember_slowly(key: str, facts: Mapping[str, Any]) -> None:
        await asyncio.sleep(0)
        await remember(key, facts)
        await asyncio.sleep(0)

    monkeypatch.setattr(home.hass, "remember", remember_slowly)
    return home


async def load_anew(home: Household, *, mode: str) -> None:
    await home.restart()
    home.schedule(energy_kwh=WANTED_KWH, mode=mode)


async def plug_in(home: Household, *, mode: str) -> None:
    home.schedule(energy_kwh=WANTED_KWH, mode=mode)
    await home.live(seconds=30)
    home.plug_in()
    await home.polling.refresh()


@pytest.mark.parametrize("at", range(21))
async def test_a_start_cancelled_wherever_it_waits_is_neither_sent_twice_nor_lost(home: Household, at: int) -> None:
    await plug_in(home, mode="now")
    assert home.scheduling

    was_in_time = await Cancelled(home.scheduling.beat(), at=at).was_in_time()
    await load_anew(home, mode="now")
    await home.live(minutes=7)

    assert was_in_time
    assert (len(home.monta.site.charges), home.state("plan")) == (1, "done")
    assert home.delivered_kwh == pytest.approx(WANTED_KWH, abs=TOLERANCE_KWH)


@pytest.mark.parametrize("at", range(5))
async def test_a_stop_cancelled_wherever_it_waits_is_obeyed_and_is_no_persons_wish(home: Household, at: int) -> None:
    await plug_in(home, mode="now")
    await home.live(minutes=2)
    home.clock.advance(seconds=60)
    await home.polling.refresh()
    assert home.scheduling

    was_in_time = await Cancelled(home.scheduling.beat(), at=at).was_in_time()
    await load_anew(home, mode="now")
    await home.live(minutes=3)

    assert was_in_time
    assert (home.starts, home.state("plan")) == (1, "done")
    assert home.delivered_kwh == pytest.approx(WANTED_KWH, abs=TOLERANCE_KWH)


@pytest.mark.parametrize("at", range(11))
async def test_a_persons_start_cancelled_wherever_it_waits_is_not_taken_for_the_schedulers(
    home: Household, at: int
) -> None:
    home.prices(home.clock.at, *[9] * 6, 1, 1, *[9] * 4)
    await plug_in(home, mode="smart")

    press = Cancelled(home.control.start(str(home.point_id), origin=Origin.PERSON), at=at)
    was_in_time = await press.was_in_time()
    await load_anew(home, mode="smart")
    await home.live(minutes=4)

    assert was_in_time
    assert len(home.monta.site.charges) <= 1
    assert home.stops == 0


@pytest.mark.parametrize("at", range(4))
async def test_a_write_cancelled_wherever_it_waits_leaves_old_or_new_and_hinders_none_after_it(
    tmp_path: Path, at: int
) -> None:
    store = FolderStore(tmp_path, logging.getLogger("disk"))
    await store.remember("plan", {"number": 1})

    await Cancelled(store.remember("plan", {"number": 2}), at=at).was_in_time()
    kept = await FolderStore(tmp_path, logging.getLogger("disk")).recall("plan")
    await store.remember("plan", {"number": 3})

    assert kept in ({"number": 1}, {"number": 2})
    assert await FolderStore(tmp_path, logging.getLogger("disk")).recall("plan") == {"number": 3}

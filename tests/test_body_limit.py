"""Answers beyond reason cost neither memory nor time; what was spent of the quota outlives a restart."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
import respx

from smart_charging.clouds.http.body_limit import LARGEST_BODY
from smart_charging.clouds.http.budget import Urgency
from smart_charging.clouds.http.spent_file import SpentFile
from smart_charging.clouds.monta.client import MOST_PAGES, MontaClient, monta_budget
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.errors import RateLimitedError, TransportError
from worlds.fakes import BASE_URL
from worlds.household import LOG
from worlds.virtual_time import Clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from smart_charging.clouds.http.budget import Budget

LOGIN = {
    "accessToken": "a",
    "accessTokenExpirationDate": "2026-11-21T20:00:00Z",
    "refreshToken": "r",
    "refreshTokenExpirationDate": "2026-12-21T20:00:00Z",
}


async def points(clock: Clock, answer: httpx.Response) -> list[int]:
    """Ids of the charge points in this answer, sent over httpx."""
    budget = monta_budget(quota=1000, now=clock, sleep=clock.sleep)
    client = MontaClient(client_id="a", client_secret="b", base_url=BASE_URL, budget=budget, now=clock)
    with respx.mock() as router:
        router.post(f"{BASE_URL}auth/token").respond(json=LOGIN)
        router.get(url__startswith=f"{BASE_URL}charge-points").mock(return_value=answer)
        async with client:
            return [point.id for point in await client.charge_points()]


def page(*ids: int, pages: int = 1) -> bytes:
    return json.dumps({"data": [{"id": one} for one in ids], "meta": {"totalPageCount": pages}}).encode()


async def test_a_packed_answer_is_unpacked(clock: Clock) -> None:
    packed = httpx.Response(200, stream=_Bytes(gzip.compress(page(1, 2))), headers={"content-encoding": "gzip"})

    assert await points(clock, packed) == [1, 2]


@pytest.mark.parametrize("encoding", ["gzip", None])
async def test_an_answer_larger_than_any_that_makes_sense_is_dropped(clock: Clock, encoding: str | None) -> None:
    huge = b" " * (LARGEST_BODY + 1)
    content, headers = (gzip.compress(huge), {"content-encoding": "gzip"}) if encoding else (huge, {})

    with pytest.raises(TransportError, match="TooLargeError"):
        await points(clock, httpx.Response(200, stream=_Bytes(content), headers=headers))


async def test_a_gzip_bomb_costs_no_more_memory_than_the_largest_answer(clock: Clock) -> None:
    bomb = gzip.compress(b" " * 6 * LARGEST_BODY)
    tracemalloc.start()

    with pytest.raises(TransportError):
        await points(clock, httpx.Response(200, stream=_Bytes(bomb), headers={"content-encoding": "gzip"}))

    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 3 * LARGEST_BODY


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip"])
async def test_an_answer_that_cannot_be_unpacked_is_a_broken_one(clock: Clock, encoding: str) -> None:
    with pytest.raises(TransportError, match="DecodingError"):
        await points(clock, httpx.Response(200, stream=_Bytes(page(1)), headers={"content-encoding": encoding}))


async def test_a_list_that_claims_pages_without_end_is_not_read_for_ever(clock: Clock) -> None:
    assert await points(clock, httpx.Response(200, content=page(7, pages=10**18))) == [7]


async def test_no_more_pages_are_read_than_any_account_has(
    monta: MontaStandIn, client: MontaClient, monkeypatch: pytest.MonkeyPatch, budget: Budget
) -> None:
    monkeypatch.setattr("smart_charging.clouds.monta.client.MOST_PAGES", 3)
    monkeypatch.setattr("smart_charging.clouds.monta.client.PAGE_SIZE", 2)
    for _ in range(20):
        monta.add_charge_point()

    assert len(await client.charge_points()) == 6
    assert MOST_PAGES == 50
    assert budget.requests_left > 0


class _Bytes(httpx.AsyncByteStream):
    """Content that httpx has not unpacked yet."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._content), 2**16):
            yield self._content[start : start + 2**16]


async def spend(budget: Budget, times: int) -> None:
    for _ in range(times):
        async with budget.place("GET charges", Urgency.COMMAND):
            pass


def budget_with(folder: Path, clock: Clock) -> Budget:
    return monta_budget(now=clock, sleep=clock.sleep, spent_file=SpentFile(folder / "spent.requests", LOG))


async def test_what_was_spent_is_known_after_a_restart(tmp_path: Path, clock: Clock) -> None:
    before = budget_with(tmp_path, clock)
    clock.advance(minutes=1)
    await spend(before, 9)
    await before.keep(at_the_end=True)
    clock.advance(seconds=20)

    after = budget_with(tmp_path, clock)

    assert after.requests_left == 1
    clock.advance(seconds=40)
    assert after.requests_left == 10


async def test_after_a_regular_end_long_ago_the_whole_quota_is_free(tmp_path: Path, clock: Clock) -> None:
    before = budget_with(tmp_path, clock)
    await before.keep(at_the_end=True)
    clock.advance(hours=1)

    assert budget_with(tmp_path, clock).requests_left == 10


async def test_after_a_kill_the_quota_counts_as_spent_as_usual(tmp_path: Path, clock: Clock) -> None:
    budget_with(tmp_path, clock)

    after_a_kill = budget_with(tmp_path, clock)

    assert after_a_kill.requests_left == 4


async def test_a_busy_minute_is_remembered_over_a_kill(tmp_path: Path, clock: Clock) -> None:
    killed = budget_with(tmp_path, clock)
    clock.advance(minutes=1)
    await spend(killed, 9)
    await killed.keep()

    after = budget_with(tmp_path, clock)

    with pytest.raises(RateLimitedError):
        async with after.place("GET charges", Urgency.POLL):
            pass


def test_what_was_kept_counts_once(tmp_path: Path, clock: Clock) -> None:
    file = SpentFile(tmp_path / "spent.requests", LOG)
    file.write([clock.at], is_complete=True, quota=None)

    assert file.take().is_complete
    assert not file.take().is_complete


@pytest.mark.parametrize(
    "content", [b"", b"{", b'{"isComplete": 1}', b'{"isComplete": true, "sentAt": ["x"]}', b"\xff"]
)
def test_a_file_that_cannot_be_read_is_like_a_kill(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "spent.requests"
    file.write_bytes(content)

    assert not SpentFile(file, LOG).take().is_complete

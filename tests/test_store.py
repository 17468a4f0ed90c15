from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from smart_charging.services.store import ONE_EVERY, WRITES_AT_ONCE, FolderStore
from worlds.virtual_time import Clock

LIB = Path(__file__).parents[1] / "lib"
STORED: dict[str, Any] = {
    "manual": "started by hand",
    "blocks": [["a", "b"]],
    "kwh": 0.0,
    "is_full": False,
    "soc": None,
}
FOR_EVER = """\
import asyncio, logging, sys
from pathlib import Path
from smart_charging.services import store as module
from smart_charging.services.store import FolderStore

module.WRITES_AT_ONCE = 10**9

async def main():
    store = FolderStore(Path(sys.argv[1]), logging.getLogger())
    for number in range(10**9):
        await store.remember("session", {"number": number, "words": "x" * (number % 5000)})
        print(number, flush=True)

asyncio.run(main())
"""


@pytest.fixture
def store(tmp_path: Path) -> Callable[[], FolderStore]:
    """As of another start each time."""
    return lambda: FolderStore(tmp_path / "store", logging.getLogger("store"))


async def test_what_is_stored_is_the_same_after_a_restart(store: Callable[[], FolderStore]) -> None:
    await store().remember("session_410001", STORED)

    assert await store().recall("session_410001") == STORED
    assert await store().recall("session_410002") == {}


async def test_nothing_can_be_stored_too(store: Callable[[], FolderStore]) -> None:
    await store().remember("session", STORED)
    await store().remember("session", {})

    assert await store().recall("session") == {}


async def test_what_a_caller_does_with_what_it_stored_changes_nothing_that_is_kept(
    store: Callable[[], FolderStore],
) -> None:
    one = store()
    await one.remember("session", STORED)

    (await one.recall("session"))["blocks"].clear()

    assert await one.recall("session") == STORED


async def test_of_many_at_once_the_last_counts(store: Callable[[], FolderStore]) -> None:
    one = store()

    await asyncio.gather(*(one.remember("session", {"number": number}) for number in range(20)))

    assert await store().recall("session") == {"number": 19}


async def test_a_kill_in_the_middle_of_a_write_leaves_what_was_stored_before_or_after(
    store: Callable[[], FolderStore], tmp_path: Path
) -> None:
    for lines in (1, 20, 40):
        command = [sys.executable, "-c", FOR_EVER, str(tmp_path / "store")]
        environment = {**os.environ, "PYTHONPATH": str(LIB)}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as writer:  # noqa: ASYNC220, S603  # our own words
            assert writer.stdout is not None
            for _ in range(lines):
                writer.stdout.readline()
            writer.kill()
            known = [lines - 1, *map(int, writer.stdout.read().split())][-1]

        assert (await store().recall("session"))["number"] in {known, known + 1}


@pytest.mark.parametrize("content", ["", '{"manual": "star', "[]"])
async def test_a_file_that_somebody_spoilt_is_said_and_counts_as_nothing(
    store: Callable[[], FolderStore], tmp_path: Path, caplog: pytest.LogCaptureFixture, content: str
) -> None:
    await store().remember("session", STORED)
    (tmp_path / "store" / "session.json").write_text(content)

    assert await store().recall("session") == {}
    assert "session.json: it cannot be read" in caplog.text


async def test_a_folder_that_cannot_be_written_is_said_once_and_what_was_to_be_stored_counts_until_a_restart(
    store: Callable[[], FolderStore], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "store").write_text("in the way")
    one = store()

    await one.remember("session", STORED)
    await one.remember("session", STORED)

    assert await one.recall("session") == STORED
    assert len([record for record in caplog.records if "nothing can be kept" in record.message]) == 1


class HangingDisk:
    """A disk that hangs at the first write, until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers = threading.Event()
        self.hangs = threading.Event()
        self.writes = 0
        self._sync = os.fsync
        monkeypatch.setattr(os, "fsync", self._fsync)

    def _fsync(self, handle: int) -> None:
        self.writes += 1
        if self.writes == 1:
            self.hangs.set()
            self.answers.wait(timeout=10)
        self._sync(handle)

    async def seen_to_hang(self) -> None:
        await asyncio.to_thread(self.hangs.wait, 10)


async def test_a_write_that_hung_before_a_restart_does_not_undo_a_later_one(
    store: Callable[[], FolderStore], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = HangingDisk(monkeypatch)
    old = asyncio.create_task(store().remember("session", {"number": 1}))
    await disk.seen_to_hang()

    await store().remember("session", {"number": 2})
    disk.answers.set()
    await old

    assert await store().recall("session") == {"number": 2}
    assert [file.name for file in (tmp_path / "store").iterdir()] == ["session.json"]


async def test_a_disk_that_hangs_holds_nobody_up_for_long_and_gets_the_newest_once_it_answers(
    store: Callable[[], FolderStore], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    disk, one = HangingDisk(monkeypatch), store()
    monkeypatch.setattr("smart_charging.services.store.PATIENCE", timedelta(milliseconds=10))

    for number in range(3):
        await one.remember("session", {"number": number})
    disk.answers.set()
    async with asyncio.timeout(10):
        while await store().recall("session") != {"number": 2}:  # noqa: ASYNC110  # no event tells
            await asyncio.sleep(0.01)

    assert (disk.writes, caplog.text.count("the disk does not answer")) == (2, 1)


async def test_data_that_has_not_changed_is_not_written_again(
    store: Callable[[], FolderStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, one = HangingDisk(monkeypatch), store()
    disk.answers.set()

    for _ in range(5):
        await one.remember("session", STORED)

    assert disk.writes == 1


async def test_what_killed_writes_left_behind_goes_with_the_next_one(
    store: Callable[[], FolderStore], tmp_path: Path
) -> None:
    await store().remember("session", {"number": 1})
    others = {".session.json.ab12cd_3", ".session.json.json.ab12cd_3", ".sessions.json.ab12cd_3"}
    for name in others:
        (tmp_path / "store" / name).write_text("{")

    await store().remember("session", {"number": 2})

    left = {file.name for file in (tmp_path / "store").iterdir()}
    assert left == others - {".session.json.ab12cd_3"} | {"session.json"}


async def test_one_key_that_cannot_be_written_keeps_no_other_from_the_disk(
    store: Callable[[], FolderStore], caplog: pytest.LogCaptureFixture
) -> None:
    one = store()

    await one.remember("x" * 400, STORED)
    await one.remember("session", STORED)

    assert await store().recall("session") == STORED
    assert "nothing can be kept" in caplog.text


@pytest.mark.parametrize("content", ["[" * 200_000, '{"a":' * 100_000, "\x00" * 50, '{"a": "' + "x" * 9_000_000 + '"}'])
async def test_a_file_that_nobody_could_have_written_counts_as_nothing(
    store: Callable[[], FolderStore], tmp_path: Path, content: str
) -> None:
    await store().remember("session", STORED)
    (tmp_path / "store" / "session.json").write_text(content)

    assert await store().recall("session") == {}


async def test_data_that_changes_every_second_is_written_every_two_minutes_and_when_the_app_ends(
    clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, one = HangingDisk(monkeypatch), FolderStore(tmp_path, logging.getLogger("store"))
    disk.answers.set()

    for second in range(3600):
        await one.remember("values", {"second": second})
        clock.advance(seconds=1)
        await asyncio.sleep(0)

    assert disk.writes <= WRITES_AT_ONCE + 30
    await one.close()
    assert await FolderStore(tmp_path, logging.getLogger("store")).recall("values") == {"second": 3599}


async def test_a_key_that_is_held_back_holds_no_other_back_and_is_written_by_itself(
    clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, one = HangingDisk(monkeypatch), FolderStore(tmp_path, logging.getLogger("store"))
    disk.answers.set()
    for second in range(WRITES_AT_ONCE + 5):
        await one.remember("values", {"second": second})

    await one.remember("session", STORED)

    assert disk.writes == WRITES_AT_ONCE + 1
    await clock.sleep(ONE_EVERY.total_seconds() + 1)
    assert disk.writes == WRITES_AT_ONCE + 2
    assert await FolderStore(tmp_path, logging.getLogger("store")).recall("values") == {"second": WRITES_AT_ONCE + 4}

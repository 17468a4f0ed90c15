"""What is booked stays booked, once, whatever happens to the process, the file or the disk."""

import asyncio
import logging
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import Mock
from zoneinfo import ZoneInfo

import pytest

from smart_charging.entities.publish import Change, Device, Entity, Publisher
from smart_charging.entities.saving import SAVING_ENTITIES, Savings
from smart_charging.planning.outcome import cost_at_once
from smart_charging.services.sessions.session_log import BookedSession, SessionLog, sessions_of
from worlds.pictures import MIDNIGHT, curve

LOG = logging.getLogger("session_log")
COPENHAGEN = ZoneInfo("Europe/Copenhagen")
NEW_YEAR = datetime(2026, 1, 1, tzinfo=COPENHAGEN)


def session(day: int = 0, *, charger_id: str = "7", saving: float | None = 2.0, currency: str = "DKK") -> BookedSession:
    """A night that ends on some day after New Year's at 7:00."""
    ended_at = (NEW_YEAR + timedelta(days=day, hours=7)).astimezone(UTC)
    return BookedSession(
        charger_id=charger_id,
        charger="Næs ⚡",
        plugged_in_at=ended_at - timedelta(hours=13),
        unplugged_at=ended_at,
        energy_kwh=11.5,
        wanted_kwh=11.5,
        cost=-1.0,
        cost_at_once=None if saving is None else saving - 1.0,
        currency=currency,
        starts=2,
        ready_by=ended_at,
        was_ready=True,
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config" / "sessions.jsonl"


def written(file: Path, *lines: bytes, torn: bytes = b"") -> None:
    """A session log from before, for everybody to read."""
    file.parent.mkdir()
    file.touch(mode=0o666)
    file.write_bytes(b"".join(line + b"\n" for line in lines) + torn)


def lines_of(file: Path) -> list[bytes]:
    return file.read_bytes().split(b"\n")[:-1]


def mode_of(file: Path) -> int:
    return file.stat().st_mode & 0o777


async def opened(file: Path) -> SessionLog:
    session_log = SessionLog(file, LOG)
    await session_log.prepare()
    return session_log


async def test_what_was_booked_is_there_after_a_restart(file: Path) -> None:
    unknown = BookedSession(
        charger_id="8", charger="", plugged_in_at=MIDNIGHT, unplugged_at=MIDNIGHT, energy_kwh=0.5, was_ready=False
    )
    for each in (session(1), unknown):
        await (await opened(file)).add(each)

    assert (await opened(file)).sessions == [session(1), unknown]


@pytest.mark.parametrize("name", ["a\nb", '"', "\u2028", "\ud83d", ""])
def test_any_name_of_a_charger_fits_into_one_line(name: str) -> None:
    named = replace(session(), charger=name)

    assert b"\n" not in named.line()
    assert sessions_of(named.line()) == ([named], [])


async def test_only_the_owner_may_read_it_whoever_could_before(file: Path) -> None:
    written(file)

    await (await opened(file)).add(session())

    assert mode_of(file) == 0o600


async def test_a_session_added_twice_is_booked_once(file: Path) -> None:
    session_log = await opened(file)
    for each in (session(1), session(2), replace(session(1), energy_kwh=12.0)):
        await session_log.add(each)

    await (await opened(file)).add(session(2))

    assert len(lines_of(file)) == 2
    assert (await opened(file)).sessions == session_log.sessions == [session(1), session(2)]


async def test_a_session_booked_before_the_log_was_read_is_not_booked_again(file: Path) -> None:
    await (await opened(file)).add(session())

    await SessionLog(file, LOG).add(session())

    assert len(lines_of(file)) == 1


async def test_sessions_that_end_together_are_all_booked(file: Path) -> None:
    session_log = SessionLog(file, LOG)

    await asyncio.gather(*(session_log.add(session(charger_id=str(n))) for n in range(8)))

    assert len((await opened(file)).sessions) == 8


async def test_a_kill_at_any_byte_of_a_write_costs_at_most_the_line_it_hit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.fsync", lambda _: None)  # hundreds of them take seconds
    one, two, three = (session(day) for day in range(3))
    content = one.line() + b"\n" + two.line() + b"\n"
    for size in range(len(content) + 1):
        file = tmp_path / f"{size}.jsonl"
        file.write_bytes(content[:size])
        there = [one, two][: content[:size].count(b"}")]

        session_log = await opened(file)
        await session_log.add(three)

        assert session_log.sessions == (await opened(file)).sessions == [*there, three]


@pytest.mark.parametrize(
    "line",
    [
        b'{"charger_id":',
        b"\x00\x00\x00",
        b"\xff\xfe",
        b"[]",
        b"{}",
        session().line().replace(b"11.5", b"NaN"),
        session().line().replace(b"11.5", b'"11.5"'),
        session().line().replace(b"+00:00", b""),
    ],
)
async def test_lines_that_make_no_sense_are_told_once_and_left_alone(
    file: Path, line: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    written(file, session(1).line(), line, session(2).line())

    session_log = await opened(file)
    await session_log.add(session(3))

    assert session_log.sessions == [session(1), session(2), session(3)]
    assert lines_of(file)[1] == line
    assert [record.message for record in caplog.records] == [f"{file}: line 2 cannot be read and is left out"]


def test_what_a_later_version_adds_is_no_reason_to_leave_a_session_out() -> None:
    line = session().line().replace(b"{", b'{"phases": 3, ', 1)

    assert sessions_of(line) == ([session()], [])


@pytest.fixture
def unwritable(tmp_path: Path) -> Path:
    (tmp_path / "a file").touch()
    return tmp_path / "a file" / "sessions.jsonl"


async def test_a_place_that_cannot_be_used_is_named_once_and_tried_again_with_the_next_session(
    unwritable: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    session_log = await opened(unwritable)
    await session_log.add(session(1))
    await session_log.add(session(2))
    while_away = session_log.sessions
    unwritable.parent.unlink()

    await session_log.add(session(3))

    assert while_away == [session(1), session(2)]
    assert (await opened(unwritable)).sessions == [session(1), session(2), session(3)]
    assert [record.message for record in caplog.records] == [
        f"{unwritable}: sessions cannot be booked (Not a directory); "
        "kept until a restart, and tried again with the next one",
        f"{unwritable}: sessions are booked again",
    ]


async def test_a_full_disk_leaves_half_a_line_and_loses_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session_log = await opened(file)
    await session_log.add(session(1))
    write = os.write
    monkeypatch.setattr("os.write", lambda handle, data: write(handle, data[:40]))
    await session_log.add(session(2))
    monkeypatch.setattr("os.write", write)

    await session_log.add(session(3))

    assert (await opened(file)).sessions == session_log.sessions == [session(1), session(2), session(3)]


async def test_a_torn_line_is_ended_where_the_system_has_neither_pread_nor_fchmod(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(file, session(1).line(), torn=b'{"charger_id": "7"')
    for name in ("pread", "fchmod"):
        monkeypatch.delattr(f"os.{name}")

    await (await opened(file)).add(session(2))

    assert lines_of(file) == [session(1).line(), b'{"charger_id": "7"', session(2).line()]


async def test_a_line_is_one_write_and_on_the_disk_before_it_counts(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, fsync = Mock(wraps=os.write), Mock(wraps=os.fsync)
    session_log, order = await opened(file), Mock(write=write, fsync=fsync)
    monkeypatch.setattr("os.write", write)
    monkeypatch.setattr("os.fsync", fsync)

    await session_log.add(session())

    assert [name for name, _, _ in order.mock_calls] == ["write", "fsync"]


async def savings_of(file: Path, *sessions: BookedSession, now: datetime = NEW_YEAR + timedelta(days=20)) -> Savings:
    session_log = await opened(file)
    for each in sessions:
        await session_log.add(each)
    return session_log.saving("7", now, COPENHAGEN)


async def test_savings_are_summed_by_month_of_the_wall_clock_and_in_total(file: Path) -> None:
    last_year = replace(session(), unplugged_at=NEW_YEAR - timedelta(seconds=1))
    this_year = replace(session(1), unplugged_at=NEW_YEAR)

    savings = await savings_of(file, last_year, this_year, session(2, saving=-0.5), session(3, charger_id="8"))

    assert savings == Savings(
        month=1.5, total=3.5, currency="DKK", month_began_at=datetime(2025, 12, 31, 23, tzinfo=UTC)
    )


async def test_a_session_of_unknown_saving_is_left_out(file: Path) -> None:
    savings = await savings_of(file, session(1), session(2, saving=None))

    assert (savings.month, savings.total) == (2.0, 2.0)


async def test_a_month_without_sessions_has_saved_nothing_one_of_unknown_savings_nobody_knows_what(file: Path) -> None:
    february = NEW_YEAR + timedelta(days=40)
    without = await savings_of(file, session(1), now=february)
    unknown = await savings_of(file, session(35, saving=None), now=february)

    assert (without.month, unknown.month, unknown.total) == (0.0, None, 2.0)


async def test_only_the_newest_currency_counts(file: Path) -> None:
    savings = await savings_of(file, session(2, currency="EUR"), session(1), session(3, saving=None))

    assert (savings.total, savings.currency) == (2.0, "EUR")


class Shown:
    """A writer that keeps what it was given last."""

    def __init__(self) -> None:
        self.entities: dict[str, Entity] = {}

    async def write(self, changes: Sequence[Change]) -> None:
        self.entities |= {change.entity.entity_id: change.entity for change in changes}

    async def remove(self, *_: object) -> None: ...


async def test_the_sensors_appear_with_the_first_saving(file: Path) -> None:
    shown, device = Shown(), Device(id="7", slug="monta_garage", name="Garage", model="AC")
    publisher = Publisher(shown)
    await publisher.publish(SAVING_ENTITIES, await savings_of(file), device)
    before = dict(shown.entities)

    await publisher.publish(SAVING_ENTITIES, await savings_of(file, session(1, saving=-0.001)), device)

    month, total = (shown.entities[f"sensor.monta_garage_saving_{span}"] for span in ("month", "total"))
    assert before == {}
    assert (str(month.state), str(total.state)) == ("0.0", "0.0")
    assert month.traits["unit_of_measurement"] == total.traits["unit_of_measurement"] == "DKK"
    assert month.attributes["last_reset"] == NEW_YEAR


@pytest.mark.parametrize(
    ("energy_kwh", "cost"),
    [(0.0, 0.0), (0.5, -1.0), (1.0, -2.0), pytest.param(1.5, None, id="price unknown")],
)
def test_charging_at_once_costs_what_its_time_costs(energy_kwh: float, cost: float | None) -> None:
    assert cost_at_once(curve(-2, None, 3), MIDNIGHT, energy_kwh, 4.0) == cost

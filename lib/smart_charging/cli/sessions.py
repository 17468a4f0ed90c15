"""List the sessions that were booked, and sum them by month.

Changes nothing. Costs are at the prices of the time when the energy flowed; "at once" is what the
same energy would have cost if charging had begun right after plugging in.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, tzinfo
from pathlib import Path

from smart_charging.cli.complaints import complain
from smart_charging.cli.given import Given
from smart_charging.cli.user_files import bytes_of
from smart_charging.errors import ConfigError
from smart_charging.services.sessions.session_log import SESSIONS_FILE, BookedSession, left_out, sessions_of

_TIME = "%Y-%m-%d %H:%M"
_LISTED = ("plugged in", "unplugged", "charger", "kWh", "wanted", "cost", "at once", "saving", "", "starts", "ready")
_SUMMED = ("month", "sessions", "kWh", "cost", "at once", "saving", "", "starts")
_TEXTS = {"month", "plugged in", "unplugged", "charger", "", "ready"}
_INCOMPLETE = "*"
_FOOTNOTE = "* without the sessions for which it is unknown"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `sessions`; their values are parsed in `run`, so that every mistake gives one line."""
    parser.add_argument(
        "file",
        nargs="?",
        default=SESSIONS_FILE,
        metavar="FILE",
        help=f"where the scheduler books its sessions (default: {SESSIONS_FILE} in this folder)",
    )
    parser.add_argument("--csv", action="store_true", help="print the sessions as CSV, for programs; no sums")
    parser.add_argument(
        "--charger", action="append", metavar="NAME", help="only of this charger, by name or id; once per charger"
    )
    parser.add_argument("--zone", metavar="NAME", help="of all times, such as Europe/Oslo (this machine's)")


def run(arguments: argparse.Namespace) -> int:
    """Print two tables, or CSV."""
    given = Given(vars(arguments))
    zone, path = given.zone("zone"), Path(arguments.file)
    booked, torn = _read(path)
    sessions = sorted(_of(booked, arguments.charger), key=lambda one: one.unplugged_at)
    if torn:
        complain("smart-charging sessions", f"{path}: {left_out(torn)}")
    if given.has("csv"):
        csv.writer(sys.stdout).writerows(_rows(sessions, zone))
    else:
        print(*_as_text(sessions, zone), sep="\n")
    return 0


def _read(path: Path) -> tuple[Sequence[BookedSession], Sequence[int]]:
    booked, torn = sessions_of(bytes_of(path))
    if torn and not booked:
        raise ConfigError(f"{path}: {left_out(torn)}; there is no session in it")
    return booked, torn


def session_lines(path: Path, zone: tzinfo) -> Iterator[str]:
    """The two tables for a session file."""
    booked, _ = sessions_of(path.read_bytes() if path.exists() else b"")
    yield from _as_text(booked, zone)


def _of(sessions: Sequence[BookedSession], chargers: Sequence[str] | None) -> Sequence[BookedSession]:
    """The sessions of these chargers, or of all if none is given."""
    if not chargers:
        return sessions
    there = {name.casefold() for one in sessions for name in (one.charger_id, one.charger)}
    for charger in chargers:
        if charger.casefold() not in there:
            names = ", ".join(sorted({f"{one.charger} ({one.charger_id})" for one in sessions})) or "none"
            raise ConfigError(f"--charger {charger}: there is no session of it; there are sessions of {names}")
    wanted = {charger.casefold() for charger in chargers}
    return [one for one in sessions if wanted & {one.charger_id.casefold(), one.charger.casefold()}]


def _rows(sessions: Sequence[BookedSession], zone: tzinfo) -> Iterator[Sequence[object]]:
    """A header and a row per session; unknown values are empty."""
    columns: dict[str, Callable[[BookedSession], object]] = {
        "charger_id": lambda one: one.charger_id,
        "charger": lambda one: one.charger,
        "plugged_in_at": lambda one: _iso(one.plugged_in_at, zone),
        "unplugged_at": lambda one: _iso(one.unplugged_at, zone),
        "ready_by": lambda one: one.ready_by and _iso(one.ready_by, zone),
        "was_ready": lambda one: None if one.was_ready is None else str(one.was_ready).lower(),
        "starts": lambda one: one.starts,
        "energy_kwh": lambda one: _rounded(one.energy_kwh),
        "wanted_kwh": lambda one: _rounded(one.wanted_kwh),
        "cost": lambda one: _rounded(one.cost),
        "cost_at_once": lambda one: _rounded(one.cost_at_once),
        "saving": lambda one: _rounded(one.saving),
        "currency": lambda one: one.currency,
    }
    yield tuple(columns)
    for session in sessions:
        yield [value(session) for value in columns.values()]


def _as_text(sessions: Sequence[BookedSession], zone: tzinfo) -> Iterator[str]:
    if not sessions:
        yield "No session is booked yet."
        return
    yield from _table(_LISTED, [_listed(one, zone) for one in sessions])
    yield ""
    months: defaultdict[tuple[str, str], list[BookedSession]] = defaultdict(list)
    for one in sessions:
        months[f"{one.unplugged_at.astimezone(zone):%Y-%m}", one.currency or ""].append(one)
    sums = [_summed(month, currency, months[month, currency]) for month, currency in sorted(months)]
    yield from _table(_SUMMED, sums)
    if any(cell.endswith(_INCOMPLETE) for row in sums for cell in row):
        yield _FOOTNOTE


def _listed(one: BookedSession, zone: tzinfo) -> Sequence[str]:
    times = [f"{moment.astimezone(zone):{_TIME}}" for moment in (one.plugged_in_at, one.unplugged_at)]
    money = [_amount(amount) for amount in (one.cost, one.cost_at_once, one.saving)]
    ready = {True: "yes", False: "no", None: "unknown"}[one.was_ready]
    wanted = "" if one.wanted_kwh is None else _amount(one.wanted_kwh)
    return [*times, one.charger, _amount(one.energy_kwh), wanted, *money, one.currency or "", str(one.starts), ready]


def _summed(month: str, currency: str, sessions: Sequence[BookedSession]) -> Sequence[str]:
    energy_kwh = _amount(sum(one.energy_kwh for one in sessions))
    money = [
        _sum([one.cost for one in sessions]),
        _sum([one.cost_at_once for one in sessions]),
        _sum([one.saving for one in sessions]),
    ]
    return [month, str(len(sessions)), energy_kwh, *money, currency, str(sum(one.starts for one in sessions))]


def _sum(amounts: Sequence[float | None]) -> str:
    known = [amount for amount in amounts if amount is not None]
    if not known:
        return _amount(None)
    return _amount(sum(known)) + ("" if len(known) == len(amounts) else _INCOMPLETE)


def _amount(value: float | None) -> str:
    """Two decimals; 0.00 rather than -0.00."""
    return "unknown" if value is None else f"{round(value, 2) + 0.0:.2f}"


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table with text left-aligned and figures right-aligned; the sign after a sum does not count as width."""
    widths = [max(len(cell.rstrip(_INCOMPLETE)) for cell in column) for column in zip(titles, *rows, strict=True)]
    for row in (titles, *rows):
        cells = [_padded(*each) for each in zip(titles, row, widths, strict=True)]
        yield " ".join(cells).rstrip()


def _padded(title: str, cell: str, width: int) -> str:
    if title in _TEXTS:
        return cell.ljust(width) + " "
    return cell.rstrip(_INCOMPLETE).rjust(width) + (_INCOMPLETE if cell.endswith(_INCOMPLETE) else " ")


def _iso(moment: datetime, zone: tzinfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds")


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4) + 0.0

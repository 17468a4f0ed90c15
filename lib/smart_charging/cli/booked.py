"""Reads the scheduler's session file."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TypeVar

from smart_charging.cli.complaints import did_you_mean
from smart_charging.cli.user_files import bytes_of
from smart_charging.errors import ConfigError
from smart_charging.printable import printable
from smart_charging.reports.month import Month
from smart_charging.reports.source import Found, Kind, Money, ReportedSession
from smart_charging.services.sessions.session_log import SESSIONS_FILE, BookedSession, left_out, sessions_of

SESSIONS = Kind(
    noun="session",
    began="plugged in",
    ended="unplugged",
    counted_by="the cable was pulled out",
    money=(Money.COST, Money.SAVING),
)
"""What the session file has."""
S = TypeVar("S", BookedSession, ReportedSession)


def add_file_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the file, `--charger` and `--zone`."""
    parser.add_argument(
        "file",
        nargs="?",
        default=SESSIONS_FILE,
        metavar="FILE",
        help=f"where the scheduler books its sessions (default: {SESSIONS_FILE} in this folder)",
    )
    parser.add_argument(
        "--charger",
        action="append",
        default=[],
        metavar="NAME",
        help="only of this charger, by name or id; once per charger",
    )
    parser.add_argument("--zone", metavar="NAME", help="of all times, such as Europe/Oslo (this machine's)")


class BookedSessions:
    """The sessions in a file, as far as they are of the chargers asked for; a source for reports."""

    kind = SESSIONS

    def __init__(self, path: Path, chargers: Sequence[str], zone: tzinfo) -> None:
        self._path = path
        self._chargers = chargers
        self._zone = zone

    def read(self) -> tuple[Sequence[BookedSession], Sequence[str]]:
        """The sessions in the order in which they ended, and what to tell about the rest of the file.

        Raises:
            ConfigError: The file cannot be read, has no session at all, or none of a charger.
        """
        if not self._path.exists():
            raise ConfigError(
                f"there is no file {self._path}; write where {SESSIONS_FILE} is, "
                "which AppDaemon keeps in its configuration folder from the first session on"
            )
        booked, torn = sessions_of(bytes_of(self._path))
        if torn and not booked:
            raise ConfigError(f"{self._path}: {left_out(torn)}; there is no session in it")
        wanted = sorted(of_chargers(booked, self._chargers), key=lambda one: one.unplugged_at)
        return wanted, [f"{self._path}: {left_out(torn)}"] if torn else []

    async def counted_between(self, start: datetime, end: datetime) -> Found:
        """A month's sessions; where there are none, which months have some."""
        sessions, notes = self.read()
        found = [_reported(one) for one in sessions if one.energy_kwh and start <= one.unplugged_at < end]
        return Found(sessions=found, notes=notes if found else [*notes, self._where_there_are_some(sessions)])

    def _where_there_are_some(self, sessions: Sequence[BookedSession]) -> str:
        if not sessions:
            return f"{self._path}: no session is booked yet"
        first, last = (Month.of(one.unplugged_at, self._zone) for one in (sessions[0], sessions[-1]))
        return f"{self._path}: sessions are booked " + (f"in {first}" if first == last else f"from {first} to {last}")


def of_chargers(sessions: Sequence[S], chargers: Sequence[str], noun: str = SESSIONS.noun) -> Sequence[S]:
    """The sessions of these chargers, by name or id, or of all if none is given.

    Raises:
        ConfigError: One of the chargers has none; says which there are.
    """
    if not chargers:
        return sessions
    there = {name.casefold() for one in sessions for name in (one.charger_id, one.charger)}
    for charger in chargers:
        if charger.casefold() not in there:
            names = ", ".join(sorted({f"{one.charger} ({one.charger_id})" for one in sessions})) or "none"
            meant = did_you_mean(charger, {name for one in sessions for name in (one.charger_id, one.charger)})
            raise ConfigError(f"--charger {charger}: there is no {noun} of it; there are {noun}s of {names}{meant}")
    wanted = {charger.casefold() for charger in chargers}
    return [one for one in sessions if wanted & {one.charger_id.casefold(), one.charger.casefold()}]


def _reported(booked: BookedSession) -> ReportedSession:
    return ReportedSession(
        charger_id=booked.charger_id,
        charger=booked.charger,
        began_at=booked.plugged_in_at,
        ended_at=booked.unplugged_at,
        energy_kwh=booked.energy_kwh,
        cost=booked.cost,
        saving=booked.saving,
        currency=printable(booked.currency, most=10) if booked.currency else None,
    )

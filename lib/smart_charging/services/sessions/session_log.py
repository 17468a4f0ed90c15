"""The log of finished sessions with their cost: an append-only file with one JSON line per session.

Sessions in which nothing was charged have lines, too: they tell when cars come.
What the cloud says of a session's charges comes later, as a line for each. A process can be
killed in the middle of a line: what is left of it is skipped, and the next entry begins on a
line of its own.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any, Self

from smart_charging.entities.saving import Savings
from smart_charging.planning.plan import ALMOST_NOTHING_KWH
from smart_charging.prices.wall_time import month_begin
from smart_charging.services.sessions.line_file import add_lines, content_of
from smart_charging.services.sessions.settled_charge import ChargeKey, SettledCharge, is_settled_charge
from smart_charging.services.stored import UNREADABLE, amount, flag, number, optional, table, text, texts, utc_moment

SESSIONS_FILE = "smart_charging_sessions.jsonl"
"""In AppDaemon's configuration folder."""

_LINES_NAMED = 10
_MAY_BE_UNKNOWN = ("wanted_kwh", "cost", "cost_at_once", "fresh_kwh", "cost_nightly", "co2_g", "co2_g_at_once")

SessionKey = tuple[str, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedSession:
    """One finished session; None always means unknown."""

    charger_id: str
    charger: str
    """The charger's name at the time."""
    plugged_in_at: datetime
    unplugged_at: datetime
    energy_kwh: float
    wanted_kwh: float | None = None
    cost: float | None = None
    """At the prices of when the energy flowed, in `currency`."""
    cost_at_once: float | None = None
    """The cost of the same energy, charged as soon as the cable was in."""
    fresh_kwh: float | None = None
    """What the car wanted beyond what earlier nights had left it owed; None where they may leave nothing."""
    cost_nightly: float | None = None
    """The cost of the same energy, charged at the cheapest time of the nights on which it was first wanted; None
    where nothing may be left to later ones, too."""
    currency: str | None = None
    """ISO 4217, upper case."""
    starts: int = 0
    """The number of charges that delivered energy."""
    ready_by: datetime | None = None
    was_ready: bool | None = None
    """Whether the energy wanted was charged by `ready_by`."""
    charge_ids: Sequence[str] = ()
    """The charges that delivered energy."""
    co2_g: float | None = None
    """What the energy emitted when it flowed."""
    co2_g_at_once: float | None = None
    """What the same energy would have, charged as soon as the cable was in."""
    settled: Sequence[SettledCharge] = ()
    """What the cloud says of those that it has settled, in the order of `charge_ids`; they have lines of their own."""

    @property
    def key(self) -> SessionKey:
        """Identifies the session, however often it is added."""
        return self.charger_id, self.plugged_in_at

    @property
    def is_idle(self) -> bool:
        """Whether nothing was charged, nor left to later nights; such a session is in no list or sum."""
        return max(self.energy_kwh, self.fresh_kwh or 0.0) <= ALMOST_NOTHING_KWH

    @property
    def saving(self) -> float | None:
        """Negative where charging at once would have been cheaper; None where either cost is unknown."""
        return None if self.cost is None or self.cost_at_once is None else self.cost_at_once - self.cost

    @property
    def saving_nightly(self) -> float | None:
        """What it saved to leave energy to later nights; negative where they were dearer."""
        return None if self.cost is None or self.cost_nightly is None else self.cost_nightly - self.cost

    def line(self) -> bytes:
        """The line for the file, without its line end; times as ISO text in UTC."""
        own = asdict(replace(self, settled=()))
        facts = {
            key: value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
            for key, value in own.items()
        }
        del facts["settled"]
        return json.dumps(facts, ensure_ascii=False).encode(errors="backslashreplace")  # a lone surrogate stays JSON

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        """The opposite of `line`, of its parsed JSON; keys of later versions are ignored."""
        return cls(
            charger_id=text(facts["charger_id"]),
            charger=text(facts["charger"]),
            plugged_in_at=utc_moment(facts["plugged_in_at"]),
            unplugged_at=utc_moment(facts["unplugged_at"]),
            energy_kwh=number(facts["energy_kwh"]),
            **{key: amount(facts[key]) for key in _MAY_BE_UNKNOWN if facts.get(key) is not None},
            currency=optional(text, facts.get("currency")),
            starts=int(number(facts.get("starts", 0))),
            ready_by=optional(utc_moment, facts.get("ready_by")),
            was_ready=optional(flag, facts.get("was_ready")),
            charge_ids=tuple(texts(facts.get("charge_ids", ()))),
            settled=(),
        )

    def with_settled(self, charge: SettledCharge) -> Self:
        """The session with one more settled charge; the same where it is another session's, or there already."""
        return self.with_known({charge.key: charge} | {one.key: one for one in self.settled})

    def with_known(self, settled: Mapping[ChargeKey, SettledCharge]) -> Self:
        """The session with those of the settled charges that are its own."""
        keys = [(self.charger_id, charge_id) for charge_id in self.charge_ids]
        known = tuple(settled[key] for key in keys if key in settled)
        return replace(self, settled=known) if known else self


def sessions_of(content: bytes) -> tuple[Sequence[BookedSession], Sequence[int]]:
    """The sessions with energy in a file's content, each once, and the numbers of the lines that cannot be read."""
    visits, torn = _visits_of(content)
    return [one for one in visits if not one.is_idle], torn


def _visits_of(content: bytes) -> tuple[Sequence[BookedSession], Sequence[int]]:
    sessions: dict[SessionKey, BookedSession] = {}
    settled: dict[ChargeKey, SettledCharge] = {}
    torn = []
    for place, line in enumerate(content.split(b"\n"), start=1):
        try:
            entry = _entry(line)
        except (*UNREADABLE, RecursionError):
            torn.append(place)
            continue
        if isinstance(entry, SettledCharge):
            settled.setdefault(entry.key, entry)
        elif entry:
            sessions.setdefault(entry.key, entry)
    return [session.with_known(settled) for session in sessions.values()], torn


def _entry(line: bytes) -> BookedSession | SettledCharge | None:
    if not line.strip():
        return None
    facts = table(json.loads(line))
    return SettledCharge.from_dict(facts) if is_settled_charge(facts) else BookedSession.from_dict(facts)


@dataclass(frozen=True, slots=True)
class _Counted:
    """Sessions as they are asked for: with all visits or only those that count, of all chargers and of each."""

    visits: Sequence[BookedSession]
    sessions: Sequence[BookedSession]
    visits_at: Mapping[str, Sequence[BookedSession]]
    sessions_at: Mapping[str, Sequence[BookedSession]]

    @classmethod
    def of(cls, visits: Iterable[BookedSession]) -> Self:
        """Sorted."""
        visits = list(visits)
        sessions = [one for one in visits if not one.is_idle]
        return cls(visits, sessions, _by_charger(visits), _by_charger(sessions))


def _by_charger(sessions: Iterable[BookedSession]) -> Mapping[str, Sequence[BookedSession]]:
    found: dict[str, list[BookedSession]] = {}
    for one in sessions:
        found.setdefault(one.charger_id, []).append(one)
    return found


class SessionLog:
    """Adds finished sessions to the file, each once, and sums up what they saved.

    Errors of the file never reach the caller: what cannot be written is kept and retried with the next session.
    """

    def __init__(self, file: Path, log: logging.Logger) -> None:
        self._file = file
        self._log = log
        self._sessions: dict[SessionKey, BookedSession] = {}
        self._unwritten: dict[SessionKey, BookedSession] = {}
        self._unwritten_charges: dict[ChargeKey, SettledCharge] = {}
        self._sorted: _Counted | None = None
        self._is_read = False
        self._works = True
        self._turn = asyncio.Lock()

    @property
    def sessions(self) -> Sequence[BookedSession]:
        """Those that count, in the order they were added, including those that could not be written yet."""
        return self._counted.sessions

    @property
    def visits(self) -> Sequence[BookedSession]:
        """All sessions, also those in which a car was only there."""
        return self._counted.visits

    def visits_at(self, charger_id: str) -> Sequence[BookedSession]:
        """One charger's sessions, also those in which a car was only there."""
        return self._counted.visits_at.get(charger_id, [])

    def of(self, charger_id: str) -> Sequence[BookedSession]:
        """One charger's sessions, in the same order."""
        return self._counted.sessions_at.get(charger_id, [])

    @property
    def _counted(self) -> _Counted:
        """Sorted once for all who ask for them in every round; what changes them sets it to None."""
        if self._sorted is None:
            self._sorted = _Counted.of((self._sessions | self._unwritten).values())
        return self._sorted

    async def prepare(self) -> None:
        """Read the file; a missing one counts as empty."""
        async with self._turn:
            await self._catch_up()

    async def add(self, session: BookedSession) -> None:
        """Add a session, unless it is in the file already, perhaps from before a restart."""
        async with self._turn:
            if session.key not in self._sessions:
                self._unwritten.setdefault(session.key, session)
                self._sorted = None
            await self._catch_up()

    async def settle(self, charge: SettledCharge) -> None:
        """Add what the cloud says of a charge of a session that was added before."""
        async with self._turn:
            self._unwritten_charges.setdefault(charge.key, charge)
            self._note(charge)
            await self._catch_up()

    def unsettled(self, since: datetime) -> Sequence[tuple[BookedSession, str]]:
        """The ids of charges that are not settled, with their sessions, of those that ended at `since` or later."""
        return [
            (session, charge_id)
            for session in self.sessions
            if session.unplugged_at >= since
            for charge_id in session.charge_ids
            if all(one.charge_id != charge_id for one in session.settled)
        ]

    def saving(self, charger_id: str, now: datetime, zone: tzinfo) -> Savings:
        """What one charger saved, in the currency of its newest session that has a saving.

        Sessions of unknown saving are left out, and so are those in other currencies; a month
        belongs to the session's end, by the clock in `zone`.
        """
        all_of_it = self.of(charger_id)
        known = [session for session in all_of_it if session.saving is not None]
        if not known:
            return Savings()
        currency = max(known, key=lambda session: session.unplugged_at).currency
        began_at = month_begin(now, zone)
        of_month = [session for session in all_of_it if session.unplugged_at >= began_at]
        return Savings(
            month=_sum(of_month, currency) if of_month else 0.0,
            total=_sum(known, currency),
            currency=currency,
            month_began_at=began_at,
        )

    def stays_at(self, charger_id: str) -> Sequence[tuple[datetime, datetime]]:
        """From when to when cables were in at a charger."""
        return [(one.plugged_in_at, one.unplugged_at) for one in self.visits_at(charger_id)]

    async def _catch_up(self) -> None:
        try:
            if not self._is_read:
                await self._read()
            await self._write()
        except OSError as err:
            if self._works:
                self._log.warning(
                    "%s: sessions cannot be booked (%s); kept until a restart, and tried again with the next one",
                    self._file,
                    err.strerror,
                )
            self._works = False
        else:
            if not self._works:
                self._log.info("%s: sessions are booked again", self._file)
            self._works = True

    async def _read(self) -> None:
        sessions, torn = _visits_of(await asyncio.to_thread(content_of, self._file))
        if torn:
            self._log.warning("%s: %s", self._file, left_out(torn))
        self._sessions = {session.key: session for session in sessions}
        self._unwritten = {key: one for key, one in self._unwritten.items() if key not in self._sessions}
        for charge in self._unwritten_charges.values():
            self._note(charge)
        self._is_read, self._sorted = True, None

    def _note(self, charge: SettledCharge) -> None:
        self._sorted = None
        for sessions in (self._sessions, self._unwritten):
            for key, session in sessions.items():
                if key[0] == charge.charger_id:
                    sessions[key] = session.with_settled(charge)

    async def _write(self) -> None:
        if batch := dict(self._unwritten):
            await asyncio.to_thread(add_lines, self._file, [session.line() for session in batch.values()])
            self._sessions |= batch
            self._unwritten = {key: one for key, one in self._unwritten.items() if key not in batch}
        if charges := dict(self._unwritten_charges):
            await asyncio.to_thread(add_lines, self._file, [charge.line() for charge in charges.values()])
            self._unwritten_charges = {key: one for key, one in self._unwritten_charges.items() if key not in charges}


def left_out(lines: Sequence[int]) -> str:
    """A sentence about the lines that cannot be read."""
    shown = [str(number) for number in lines[:_LINES_NAMED]]
    numbers = ", ".join(shown) + (f" and {more} more" if (more := len(lines) - len(shown)) else "")
    return (
        f"line {numbers} cannot be read and is left out"
        if len(lines) == 1
        else f"lines {numbers} cannot be read and are left out"
    )


def _sum(sessions: Iterable[BookedSession], currency: str | None) -> float | None:
    savings = [one.saving for one in sessions if one.currency == currency and one.saving is not None]
    return sum(savings) if savings else None

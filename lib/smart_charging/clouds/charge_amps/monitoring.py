"""An account of Charge Amps as a `ChargerCloud` that only reads; `cloud.py` adds commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from smart_charging.charger import ChargerState
from smart_charging.clouds.charge_amps.charges import ChargeBook
from smart_charging.clouds.charge_amps.redaction import shortened
from smart_charging.clouds.charge_amps.station import ON, Outlet, OutletSettings, Station, charger_id_of, parts_of
from smart_charging.clouds.charge_amps.translate import charger_from
from smart_charging.clouds.charge_amps.words import CHARGE_AMPS
from smart_charging.clouds.link import Link
from smart_charging.errors import NotFoundError, NotPermittedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from smart_charging.charger import Charge, Charger
    from smart_charging.clouds.charge_amps.client import Channel
    from smart_charging.clouds.charge_amps.history import History
    from smart_charging.clouds.charge_amps.notes import Notes
    from smart_charging.clouds.charge_amps.reader import Reader
    from smart_charging.clouds.words import CloudWords

COMMANDED_WITHIN = timedelta(minutes=5)
"""A charge that begins this soon after a start is not one that began by itself."""
READ_ONLY = "without an API key Charge Amps is only read; ask its support for one and write charge_amps_api_key"


class ChargeAmpsMonitor:
    """The chargers of one account, over either API.

    Args:
        least_rest: Between two readings; more often tells nothing new.
    """

    may_be_commanded = False
    may_be_set = False

    def __init__(
        self,
        channel: Channel,
        reader: Reader,
        notes: Notes,
        history: History,
        books: ChargeBooks,
        *,
        least_rest: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self._channel = channel
        self._reader = reader
        self._notes = notes
        self._history = history
        self._books = books
        self._least_rest = least_rest
        self._now = now
        self._is_prepared = False
        self._started_at: dict[str, datetime] = {}

    @property
    def words(self) -> CloudWords:
        """Charge Amps'."""
        return CHARGE_AMPS

    @property
    def link(self) -> Link:
        """The connection now."""
        return Link(latency=self._channel.latency, limited_until=self._channel.pace.limited_until)

    def answer_shapes(self) -> Mapping[str, object]:
        """How the last answers were built, by endpoint."""
        return self._channel.answer_shapes()

    def pace(self, rest: timedelta) -> timedelta:
        """The interval, or the shortest one that makes sense."""
        return max(rest, self._least_rest)

    async def chargers(self) -> Sequence[Charger]:
        """Every connector of every charge point."""
        await self._prepare()
        stations = await self._reader.stations()
        return [charger for station in stations for charger in await self._chargers_of(station)]

    async def charger(self, charger_id: str) -> Charger:
        """One connector, read with its charge point."""
        await self._prepare()
        station, _ = await self._outlet(charger_id)
        found = (one for one in await self._chargers_of(station) if one.id == charger_id)
        return next(found)

    async def start(self, charger_id: str) -> Charge | None:
        """Refused: this API is only read."""
        raise NotPermittedError(f"charger {shortened(charger_id)} cannot be started: {READ_ONLY}")

    async def stop(self, charger_id: str, charge_id: str | None) -> Charge | None:
        """Refused: this API is only read."""
        raise NotPermittedError(f"charger {shortened(charger_id)} cannot be stopped: {READ_ONLY}")

    async def aclose(self) -> None:
        """Close the connections; running charges continue."""
        await self._channel.aclose()

    async def _prepare(self) -> None:
        """Read the notes of the last run once."""
        if not self._is_prepared:
            await self._notes.load()
            self._books.recall(self._notes.charges)
            self._is_prepared = True

    async def _outlet(self, charger_id: str) -> tuple[Station, Outlet]:
        """A connector with its charge point, read now."""
        if parts := parts_of(charger_id):
            station = await self._reader.station(parts[0])
            for outlet in station.outlets:
                if outlet.number == parts[1]:
                    return station, outlet
        raise NotFoundError(f"charger {shortened(charger_id)}: Charge Amps has no such connector")

    async def _chargers_of(self, station: Station) -> Sequence[Charger]:
        await self._history.update(station)
        return [await self._charger(station, outlet) for outlet in station.outlets]

    async def _charger(self, station: Station, outlet: Outlet) -> Charger:
        charger_id = charger_id_of(station.id, outlet.number)
        change = self._notes.changes.get(charger_id)
        book = self._books.of(charger_id)
        is_paused = outlet.is_held or (change is not None and change.is_pause)
        by_itself = self._begins_by_itself(charger_id, outlet.settings, is_paused=is_paused)
        if book.update(outlet, self._now(), is_paused=is_paused, by_itself=by_itself):
            self._notes.charges[charger_id] = book.to_dict()
            await self._notes.keep()
        return charger_from(
            station,
            outlet,
            charges=book.charges,
            change=change,
            is_paused=is_paused,
            began_by_itself=book.began_by_itself,
            lifetime_kwh=self._history.total(station, outlet),
            may_be_commanded=self.may_be_commanded,
            may_be_set=self.may_be_set,
        )

    def _begins_by_itself(self, charger_id: str, settings: OutletSettings | None, *, is_paused: bool) -> bool:
        """Whether a charge that begins now is nobody's wish: the mode lets it, and no tag is asked for."""
        if settings is None or settings.mode != ON or settings.rfid_lock or is_paused:
            return False
        started_at = self._started_at.get(charger_id)
        return started_at is None or not timedelta(0) <= self._now() - started_at <= COMMANDED_WITHIN


class ChargeBooks:
    """The charges of all chargers."""

    def __init__(self) -> None:
        self._books: dict[str, ChargeBook] = {}

    def of(self, charger_id: str) -> ChargeBook:
        """The charges of one charger."""
        if charger_id not in self._books:
            self._books[charger_id] = ChargeBook(charger_id)
        return self._books[charger_id]

    def recall(self, facts: Mapping[str, Mapping[str, object]]) -> None:
        """Take what was noted before a restart."""
        for charger_id, one in facts.items():
            self.of(charger_id).recall(one)

    def settle(self, station_id: str, connector: int, session_id: str, total_kwh: float) -> None:
        """Take the final energy of a session."""
        self.of(charger_id_of(station_id, connector)).settle(session_id, total_kwh)


def is_free(outlet: Outlet) -> bool:
    """Whether no car is at it, so that its session is over."""
    return outlet.state is ChargerState.AVAILABLE

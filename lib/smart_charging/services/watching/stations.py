"""The devices of charge points whose connectors are chargers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace

from smart_charging.charger import Charger
from smart_charging.entities.cloud_tables import CloudTables
from smart_charging.entities.names import AccountNames, Slugs
from smart_charging.entities.publish import Device, Publisher
from smart_charging.entities.station import STATION_ENTITIES, StationView
from smart_charging.services.store import Store, recalled_part
from smart_charging.services.stored import text, texts

STATIONS = "stations"


class Stations:
    """Publishes a charge point's own device, which those of its connectors hang on.

    Its slug and its connectors are remembered, so that the device goes with the last of them.
    """

    def __init__(self, publisher: Publisher, store: Store, names: AccountNames, tables: CloudTables) -> None:
        self._publisher = publisher
        self._store = store
        self._names = names
        self._tables = tables
        self._slugs = Slugs({}, names.prefix)
        self._connectors: dict[str, list[str]] = {}

    async def prepare(self) -> None:
        """Restore slugs and connectors from before a restart."""
        kept = await self._store.recall(STATIONS)
        read = {
            station_id: recalled_part(self._store, STATIONS, one, _read, station_id) for station_id, one in kept.items()
        }
        known = {station_id: one for station_id, one in read.items() if one}
        self._connectors = {station_id: list(connectors) for station_id, (connectors, _) in known.items()}
        self._slugs.recall({station_id: slug for station_id, (_, slug) in known.items()})

    @property
    def device_ids(self) -> Set[str]:
        """Of the charge points known, including those known before a restart."""
        return {self.device_id(station_id) for station_id in self._connectors}

    def device_id(self, station_id: str) -> str:
        """Differs from that of a charger, even where both have the same id."""
        return self._names.device_id(f"station_{station_id}")

    def connectors(self, device_id: str) -> Sequence[str]:
        """The charger ids of the charge point that has this device; empty where none has."""
        found = (ids for station_id, ids in self._connectors.items() if self.device_id(station_id) == device_id)
        return next(found, ())

    async def publish(self, chargers: Iterable[Charger], *, is_available: bool) -> None:
        """Bring the charge points of these chargers up to date."""
        for station_id, parts in _by_station(chargers).items():
            name = parts[0].station_name or station_id
            self._slugs.of(Charger.named(station_id, f"{name} station"))
            await self._note(station_id, parts)
            view = StationView(id=station_id, name=name, chargers=parts)
            device = replace(self._device(view), is_available=is_available)
            await self._publisher.publish(STATION_ENTITIES, view, device)
            await self._publisher.publish(self._tables.station, view, device)

    async def remove(self, charger_id: str) -> None:
        """Remove a connector, and with the last one its charge point."""
        for station_id, ids in list(self._connectors.items()):
            if charger_id not in ids:
                continue
            ids.remove(charger_id)
            if not ids:
                keys = [*((row.domain, row.key) for row in STATION_ENTITIES), *self._tables.station_keys]
                gone = StationView(id=station_id, name="", chargers=())
                await self._publisher.remove(self._device(gone), keys)
                del self._connectors[station_id]
            await self._remember()

    async def _note(self, station_id: str, parts: Sequence[Charger]) -> None:
        known = self._connectors.setdefault(station_id, [])
        if new := [part.id for part in parts if part.id not in known]:
            known += new
            await self._remember()

    def _device(self, view: StationView) -> Device:
        return Device(
            id=self.device_id(view.id),
            slug=self._slugs.given[view.id],
            name=view.name,
            model="Charge point",
            manufacturer=self._names.words.manufacturer,
            firmware=next((part.firmware for part in view.chargers if part.firmware), None),
        )

    async def _remember(self) -> None:
        kept = {
            station_id: {"slug": self._slugs.given[station_id], "connectors": ids}
            for station_id, ids in self._connectors.items()
        }
        await self._store.remember(STATIONS, kept)


def _by_station(chargers: Iterable[Charger]) -> Mapping[str, Sequence[Charger]]:
    found: dict[str, list[Charger]] = {}
    for charger in chargers:
        if charger.station_id is not None:
            found.setdefault(charger.station_id, []).append(charger)
    return found


def _read(facts: Mapping[str, object]) -> tuple[Sequence[str], str]:
    return texts(facts["connectors"]), text(facts["slug"])

"""Finds the house's meter in what the energy dashboard of Home Assistant is set up with."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from smart_charging.config.arguments import ENTITY_ID
from smart_charging.errors import ActionError
from smart_charging.services.home_assistant import Administration, Entities, EntityState
from smart_charging.services.peaks.house_meter import HouseMeter
from smart_charging.services.peaks.meter_counter import MeterCounter

_LOOK_AGAIN = timedelta(minutes=30)
_POWER_UNITS, _ENERGY_UNITS = {"W", "kW", "MW"}, {"Wh", "kWh", "MWh"}


class ReadsHouse(Protocol):
    """Tells what the house takes."""

    async def house_kw(self, cars_kw: float, now: datetime) -> float | None:
        """What the house takes without its cars; None while that is not known."""
        ...


class MeterHome(Entities, Administration, Protocol):
    """What the search needs of Home Assistant."""


class MeterSearch:
    """Looks until there is something: the dashboard may be set up later, and Home Assistant may start after us."""

    def __init__(self, home: MeterHome, log: logging.Logger) -> None:
        self._home = home
        self._log = log
        self._look_at: datetime | None = None
        self._meter: ReadsHouse | None = None
        self.found: str | None = None
        """What was taken, in words."""
        self.has_looked = False
        """Whether a look has come to its end, found or not."""

    async def meter(self, now: datetime) -> ReadsHouse | None:
        """The meter, as soon as there is one; without a websocket, or a dashboard set up, there is none."""
        if self._meter is None and (self._look_at is None or now >= self._look_at):
            self._look_at = now + _LOOK_AGAIN
            try:
                self._meter = await self._look()
            except ActionError as err:
                self._log.debug("No meter of the house: %s", err)
            self.has_looked = True
        return self._meter

    async def _look(self) -> ReadsHouse | None:
        """A sensor of the grid's power, else one beside the counter, else the counters themselves."""
        sources = _grid_sources(await self._home.command("energy/get_prefs"))
        if not sources or not (states := await self._home.all_entities()):
            return None
        if powers := _of_units([one for source in sources for one in _powers(source)], states, _POWER_UNITS):
            return self._power_sensor(powers[0]) if len(powers) == 1 else None
        counters = _of_units([one for source in sources for one in _counters(source)], states, _ENERGY_UNITS)
        if not counters:
            return None
        if beside := await self._beside(counters, states):
            return self._power_sensor(beside)
        self.found = f"the house's load from {' and '.join(counters)}, as in the energy dashboard"
        return MeterCounter(counters, self._home, self._log)

    def _power_sensor(self, entity_id: str) -> HouseMeter:
        self.found = f"the house's load from {entity_id}, by the energy dashboard"
        return HouseMeter(entity_id, self._home, self._log)

    async def _beside(self, counters: Sequence[str], states: Mapping[str, EntityState]) -> str | None:
        """The only power sensor of the counters' device; of several it is not known which is the sum."""
        registry = await self._home.command("config/entity_registry/list")
        entries = [one for one in registry if isinstance(one, Mapping)] if isinstance(registry, list) else []
        devices = {one.get("device_id") for one in entries if one.get("entity_id") in counters} - {None}
        there = [str(one.get("entity_id")) for one in entries if one.get("device_id") in devices]
        powers = _of_units(there, states, _POWER_UNITS)
        return powers[0] if len(devices) == 1 and len(powers) == 1 else None


def _grid_sources(preferences: object) -> Sequence[Mapping[str, Any]]:
    """Source: https://github.com/home-assistant/core/blob/dev/homeassistant/components/energy/data.py."""
    told = preferences.get("energy_sources") if isinstance(preferences, Mapping) else None
    sources = told if isinstance(told, list) else []
    return [one for one in sources if isinstance(one, Mapping) and one.get("type") == "grid"]


def _powers(source: Mapping[str, Any]) -> Iterator[object]:
    """Sensors of power that count what comes in above zero and what goes out below; only later versions know them."""
    yield source.get("stat_rate")
    for one in _rows(source.get("power")):
        yield one.get("stat_rate")


def _counters(source: Mapping[str, Any]) -> Iterator[object]:
    """Counters of what has come in: one in later versions, in earlier ones a list."""
    yield source.get("stat_energy_from")
    for one in _rows(source.get("flow_from")):
        yield one.get("stat_energy_from")


def _rows(value: object) -> Sequence[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _of_units(ids: Sequence[object], states: Mapping[str, EntityState], units: set[str]) -> Sequence[str]:
    """Those that are entities with such a unit, each once; a statistic may also be one without an entity."""
    known = [one for one in ids if isinstance(one, str) and re.fullmatch(ENTITY_ID, one) and one in states]
    return [one for one in dict.fromkeys(known) if states[one].attributes.get("unit_of_measurement") in units]

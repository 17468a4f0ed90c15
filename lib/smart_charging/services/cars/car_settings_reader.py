"""Where the settings of one charger come from: apps.yaml, the entities it names, and a person's own words."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from smart_charging.config.scheduler import ChargerSchedule, TakeOver
from smart_charging.config.weekday import Weekday
from smart_charging.entities.mode import MODE
from smart_charging.entities.need import MAX_ENERGY_KWH, READY_BY, READY_BY_PATTERN, TARGET_ENERGY
from smart_charging.errors import CommandError
from smart_charging.mode import Mode
from smart_charging.services.cars.car_settings import CarSettings
from smart_charging.services.cars.followed_values import FollowedEntities
from smart_charging.services.home_assistant import Entities
from smart_charging.services.store import Store, parsed_or_none

_SETTINGS = {READY_BY: ["ready_by", *Weekday], MODE: ["mode"]}
"""What a person can set without apps.yaml, by the key of its entity; the need besides."""
_NEEDS = {"energy_kwh": "energy_kwh", "hours": "hours", "soc_percent": "target_soc_percent"}
"""The ways a need can be written, and what then says how much it is."""
_STOOD_STILL = "has said the same since before the cable was last pulled; the car is taken for an empty one"

HORIZON = timedelta(days=14)
"""A departure for once that is further away is not planned for yet, so that a typing error costs no computing."""
_FAR_OFF = f"is more than {HORIZON.days} days away; until it comes nearer, ready_by counts"


class CarSettingsReader:
    """Remembers a person's words over a restart; what apps.yaml or its entity says anew since is the newer word."""

    def __init__(
        self, schedule: ChargerSchedule, key: str, entities: Entities, store: Store, log: logging.Logger
    ) -> None:
        self._schedule = schedule
        self._store = store
        self._store_key = f"need_{key}"
        place = f"charge point {key}"
        self._references = schedule.references()
        self._values = FollowedEntities(self._references, entities, store, place=place, log=log)
        self._asked: dict[str, dict[str, str]] = {}
        self._is_recalled = False
        self._doubts_soc = False
        self._until_once = timedelta(0)
        """How far off a departure for once is, to a day."""

    @property
    def entity_ids(self) -> Sequence[str]:
        """Whose words count."""
        return self._values.entity_ids

    @property
    def problems(self) -> Sequence[str]:
        """What is wrong with them now, a sentence each."""
        doubt = [f"soc_percent: {self._schedule.soc_percent} {_STOOD_STILL}"] if self._doubts_soc else []
        is_far = self._until_once > HORIZON
        far = [f"ready_by_once: {self._value('ready_by_once'):%Y-%m-%d} {_FAR_OFF}"] if is_far else []
        return [*self._values.problems, *doubt, *far]

    @property
    def are_complete(self) -> bool:
        """False for a moment after a start, while an entity may still be coming."""
        return not any(self._values.is_awaited(key) for key in self._references)

    async def read(self, now: datetime) -> CarSettings:
        """The settings as of now."""
        await self._recall()
        await self._values.read(now)
        self._until_once = _until(self._value("ready_by_once"), now)
        return self.settings

    async def put(self, key: str, text: str) -> None:
        """Take a person's word.

        Raises:
            CommandError: It is no energy, no time of day, or no mode.
        """
        await self._recall()
        self._asked[key] = {"asked": _READERS[key](text), "instead_of": self._written(key)}
        await self._store.remember(self._store_key, self._asked)

    @property
    def settings(self) -> CarSettings:
        """The settings as last read."""
        needs_soc = self._schedule.soc_percent is not None
        energy = self._word(TARGET_ENERGY)
        return CarSettings(
            mode=Mode(self._word(MODE) or self._value("mode")),
            take_over=self._value("take_over", TakeOver.PLUG_IN),
            energy_kwh=float(energy) if energy else self._value("energy_kwh"),
            hours=None if energy else self._value("hours"),
            target_soc_percent=self._value("target_soc_percent") if needs_soc and not energy else None,
            battery_kwh=self._value("battery_kwh"),
            efficiency=self._value("efficiency"),
            minimum_kwh=self._value("minimum_kwh"),
            minimum_soc_percent=self._value("minimum_soc_percent"),
            power_kw=self._value("power_kw"),
            load_kw=self._value("load_kw"),
            ready_by=self._ready_by(),
            ready_by_once=self._value("ready_by_once") if abs(self._until_once) <= HORIZON else None,
            goes_on=self._value("goes_on"),
            margin=self._value("margin"),
            price_limit=self._value("price_limit"),
            cheapest_share=self._value("cheapest_share"),
            start_cost=self._value("start_cost"),
            one_block=self._value("one_block"),
            min_block=self._value("min_block"),
            prefers_late=self._value("prefers_late"),
            priority=self._value("priority"),
        )

    def soc_percent(self, plugged_in_at: datetime, last_unplugged_at: datetime | None) -> float | None:
        """The car's state of charge; None where it may be far too high.

        That is one that was last said before the cable went in, or has stood still since before it was last out:
        the car has driven since.
        """
        found: float | None = self._value("soc_percent")
        if "soc_percent" not in self._references:
            return found
        said_at, since = self._values.said_at("soc_percent"), self._values.since("soc_percent")
        self._doubts_soc = bool(since and last_unplugged_at and since <= last_unplugged_at)
        is_old = said_at is None or said_at < plugged_in_at
        return None if is_old or self._doubts_soc else found

    def _ready_by(self) -> time | Mapping[int, time] | None:
        if word := self._word(READY_BY):
            return time.fromisoformat(word)
        written = self._schedule.ready_by
        if not isinstance(written, Mapping):
            found: time | None = self._value("ready_by")
            return found
        times = {day: self._values.value(day) or at for day, at in written.items()}
        return {day.number: at for day, at in times.items() if isinstance(at, time)} or None

    def _value(self, name: str, default: Any = None) -> Any:
        """What is written, or what the entity says; while that has never said anything, the default."""
        if name not in self._references:
            return getattr(self._schedule, name)
        said = self._values.value(name)
        field = ChargerSchedule.model_fields[name]
        return said if said is not None else (None if field.is_required() else field.default)

    def _word(self, key: str) -> str | None:
        """What a person asked for, as long as nothing newer is written."""
        asked = self._asked.get(key)
        return asked["asked"] if asked and asked["instead_of"] == self._written(key) else None

    def _written(self, key: str) -> str:
        """What stands in apps.yaml, or what the entities say that it names; another text is the newer word."""
        names = [self._need] if key == TARGET_ENERGY else _SETTINGS[key]
        written = [str(getattr(self._schedule, name)) for name in names if name not in {*self._references, *Weekday}]
        said = [self._values.word(name) or str(self._references[name][0]) for name in names if name in self._references]
        return " ".join([*written, *said])

    @property
    def _need(self) -> str:
        return next(amount for way, amount in _NEEDS.items() if getattr(self._schedule, way) is not None)

    async def _recall(self) -> None:
        if not self._is_recalled:
            self._is_recalled = True
            facts = await self._store.recall(self._store_key)
            self._asked = parsed_or_none(facts, _asked) or {}


def _asked(facts: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """What a person asked for before a restart."""
    return {
        key: {"asked": read(facts[key]["asked"]), "instead_of": facts[key]["instead_of"]}
        for key, read in _READERS.items()
        if key in facts
    }


def _until(once: datetime | None, now: datetime) -> timedelta:
    """How far off a moment is; where it is local, without the zone's rules, which end with the calendar."""
    if once is None:
        return timedelta(0)
    return (once if once.tzinfo else once.replace(tzinfo=UTC)) - now


def _time(text: str) -> str:
    if not re.fullmatch(READY_BY_PATTERN, text):
        raise CommandError(f"{text[:20]!r} is no time of day; write one such as 07:00")
    return text


def _energy(text: str) -> str:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= MAX_ENERGY_KWH:
        raise CommandError(f"{text[:20]!r} is no energy; write kWh from 0 to {MAX_ENERGY_KWH}")
    return str(value)


def _mode(text: str) -> str:
    if text not in set(Mode):
        raise CommandError(f"{text[:20]!r} is no mode; write {', '.join(Mode)}")
    return text


_READERS = {TARGET_ENERGY: _energy, READY_BY: _time, MODE: _mode}

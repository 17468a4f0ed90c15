"""Reads one charger's settings from apps.yaml, the entities it names, and what a person set in Home Assistant."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any

from smart_charging.config.followed import OrEntity
from smart_charging.config.scheduler import ChargerSchedule
from smart_charging.config.weekday import Weekday
from smart_charging.entities.mode import MODE
from smart_charging.entities.need import (
    MAX_ENERGY_KWH,
    MINIMUM_ENERGY,
    NO_LIMIT_PER_KWH,
    NOT_SET,
    ONE_BLOCK,
    PRICE_LIMIT,
    READY_BY,
    READY_BY_ONCE,
    READY_BY_PATTERN,
    TARGET_ENERGY,
)
from smart_charging.errors import CommandError, ConfigError
from smart_charging.mode import Mode, TakeOver
from smart_charging.services.cars.car_settings import CarSettings
from smart_charging.services.cars.followed_values import FollowedEntities
from smart_charging.services.home_assistant import Entities
from smart_charging.services.store import Store, recalled_part
from smart_charging.services.stored import text

_OPTIONS = {
    READY_BY_ONCE: "ready_by_once",
    MINIMUM_ENERGY: "minimum_kwh",
    PRICE_LIMIT: "price_limit",
    ONE_BLOCK: "one_block",
}
"""Those whose entities are read as apps.yaml is, by the key of the entity."""
_SETTINGS = {READY_BY: ["ready_by", *Weekday], MODE: ["mode"], **{key: [name] for key, name in _OPTIONS.items()}}
"""What a person can set without apps.yaml, by the key of its entity; the need is a further one."""
_NEEDS = {"energy_kwh": "energy_kwh", "hours": "hours", "soc_percent": "target_soc_percent"}
"""The settings that a need can be given by, and the setting that then holds the amount."""
_STOOD_STILL = "has said the same since before the cable was last pulled; the car is taken for an empty one"

HORIZON = timedelta(days=14)
"""A one-time departure further away is ignored for now, so that a typing error costs no computing time."""
_FAR_OFF = f"is more than {HORIZON.days} days away; until it comes nearer, ready_by counts"


class CarSettingsReader:
    """Keeps what a person set over a restart, until apps.yaml or its entity changes: the newest value counts."""

    def __init__(
        self, schedule: ChargerSchedule, key: str, entities: Entities, store: Store, log: logging.Logger
    ) -> None:
        self._store = store
        self._store_key = f"need_{key}"
        self._followed = partial(FollowedEntities, entities=entities, store=store, place=f"charge point {key}", log=log)
        self.use(schedule)
        self._asked: dict[str, dict[str, str]] = {}
        self._is_recalled = False
        self._doubts_soc = False
        self._until_once = timedelta(0)
        """Time to the one-time departure, accurate to a day."""

    def use(self, schedule: ChargerSchedule) -> None:
        """Follow the entities of this schedule from now on; their last values are recalled from the store."""
        self._schedule = schedule
        self._references = schedule.references()
        self._values = self._followed(self._references)

    @property
    def entity_ids(self) -> Sequence[str]:
        """The entities whose state changes matter."""
        return self._values.entity_ids

    def followed(self, argument: str) -> str | None:
        """The entity that says this setting; None where apps.yaml says it."""
        reference = self._references.get(argument)
        return reference[0].entity_id if reference else None

    @property
    def problems(self) -> Sequence[str]:
        """What is wrong with the settings now, a sentence each."""
        doubt = [f"soc_percent: {self._schedule.soc_percent} {_STOOD_STILL}"] if self._doubts_soc else []
        is_far = self._until_once > HORIZON
        far = [f"ready_by_once: {self._option(READY_BY_ONCE):%Y-%m-%d} {_FAR_OFF}"] if is_far else []
        return [*self._values.problems, *doubt, *far]

    @property
    def are_complete(self) -> bool:
        """False shortly after a start, while an entity may still appear."""
        return not any(self._values.is_awaited(key) for key in self._references)

    async def read(self, now: datetime) -> CarSettings:
        """The settings as of now."""
        await self._recall()
        await self._values.read(now)
        self._until_once = _until(self._option(READY_BY_ONCE), now)
        return self.settings

    async def put(self, key: str, text: str) -> None:
        """Set what a person chose.

        Raises:
            CommandError: It is not valid; the message says what would be.
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
            minimum_kwh=self._option(MINIMUM_ENERGY),
            minimum_soc_percent=self._value("minimum_soc_percent"),
            minimum_ready_soc_percent=self._value("minimum_ready_soc_percent"),
            may_owe_kwh=self._value("may_owe_kwh"),
            days_ahead=self._value("days_ahead"),
            power_kw=self._value("power_kw"),
            load_kw=self._value("load_kw"),
            ready_by=self._ready_by(),
            ready_by_once=self._option(READY_BY_ONCE) if abs(self._until_once) <= HORIZON else None,
            goes_on=self._value("goes_on"),
            margin=self._value("margin"),
            price_limit=self._option(PRICE_LIMIT),
            cheapest_share=self._value("cheapest_share"),
            start_cost=self._value("start_cost"),
            keep_share=self._value("keep_share"),
            one_block=self._option(ONE_BLOCK),
            min_block=self._value("min_block"),
            prefers_late=self._value("prefers_late"),
            priority=self._value("priority"),
        )

    def soc_percent(self, plugged_in_at: datetime, last_unplugged_at: datetime | None) -> float | None:
        """The car's SoC; None where it may be far too high.

        That is a value last reported before the cable went in, or unchanged since before the cable was last
        pulled: the car has driven since.
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
        """The value in apps.yaml, or of the entity named there; the default while that has never had a value."""
        if name not in self._references:
            return getattr(self._schedule, name)
        said = self._values.value(name)
        field = ChargerSchedule.model_fields[name]
        return said if said is not None else (None if field.is_required() else field.default)

    def _option(self, key: str) -> Any:
        """What a person set, else the value in apps.yaml or of its entity."""
        if (word := self._word(key)) is None:
            return self._value(_OPTIONS[key])
        return None if word == NOT_SET else _reader_of(key).read(word)

    def _word(self, key: str) -> str | None:
        """What a person set, as long as apps.yaml and its entities have not changed since."""
        asked = self._asked.get(key)
        return asked["asked"] if asked and asked["instead_of"] == self._written(key) else None

    def _written(self, key: str) -> str:
        """The values in apps.yaml and of its entities, as text; what a person set counts until this changes."""
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
            kept = {
                key: recalled_part(self._store, self._store_key, facts[key], partial(_asked, read), key)
                for key, read in _READERS.items()
                if key in facts
            }
            self._asked = {key: asked for key, asked in kept.items() if asked}


def _asked(read: Callable[[str], str], facts: Mapping[str, Any]) -> dict[str, str]:
    """What a person set before a restart, under one key."""
    return {"asked": read(text(facts["asked"])), "instead_of": text(facts["instead_of"])}


def _until(once: datetime | None, now: datetime) -> timedelta:
    """Time to a moment; a local one is read as UTC, since zone rules fail at the ends of the calendar."""
    if once is None:
        return timedelta(0)
    return (once if once.tzinfo else once.replace(tzinfo=UTC)) - now


def _time(text: str) -> str:
    if not re.fullmatch(READY_BY_PATTERN, text, re.ASCII):
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


def _reader_of(key: str) -> OrEntity:
    """How apps.yaml reads the setting behind an entity."""
    field = ChargerSchedule.model_fields[_OPTIONS[key]]
    return next(meta for meta in field.metadata if isinstance(meta, OrEntity))


def _option(key: str, text: str) -> str:
    """The text as it was entered, if it can be read; no moment and no limit alike become `NOT_SET`."""
    if text == NOT_SET and key in _MAY_BE_UNSET:
        return NOT_SET
    try:
        value = _reader_of(key).read(text)
    except ConfigError as err:
        raise CommandError(str(err)) from None
    return NOT_SET if key == PRICE_LIMIT and value <= NO_LIMIT_PER_KWH else text


_MAY_BE_UNSET = {READY_BY_ONCE, PRICE_LIMIT}
_READERS: Mapping[str, Callable[[str], str]] = {
    TARGET_ENERGY: _energy,
    READY_BY: _time,
    MODE: _mode,
    **{key: partial(_option, key) for key in _OPTIONS},
}

"""Validates an app's arguments, and the types that several apps' arguments share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time, timedelta
from typing import Annotated, Any, LiteralString, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from smart_charging.config.complaints import complaints
from smart_charging.errors import ConfigError, PriceError
from smart_charging.prices.reading.units import unit_of


def _seconds(value: object) -> object:
    """Bare numbers only: pydantic would take the text "P1D", and True for one second."""
    if isinstance(value, bool) or not isinstance(value, int | float | timedelta):
        raise PydanticCustomError("seconds", "expected a number of seconds")
    return value


def _wall_time(value: object) -> object:
    """YAML reads an unquoted 17:00 as the number 1020."""
    if not isinstance(value, str | time) or not re.fullmatch(r"([01]\d|2[0-3])(:[0-5]\d){1,2}", str(value)):
        raise PydanticCustomError("wall_time", 'expected a time in quotes, such as "07:00"')
    return value


def _text(value: object) -> object:
    """People write ids as numbers; everywhere else they are text."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def one_or_more(value: object) -> object:
    """A list as it is, anything else as a list of one."""
    return value if isinstance(value, list) else [value]


def _each_once(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _price_unit(value: str) -> str:
    """Checked by the same code that reads units of price sources."""
    try:
        is_per_energy = unit_of(value).per_kwh is not None
    except PriceError:
        is_per_energy = False
    if not is_per_energy:
        raise PydanticCustomError("price_unit", "expected money per energy, such as EUR/MWh or øre/kWh")
    return value


def like(pattern: str, wanted: LiteralString) -> AfterValidator:
    """Text that matches a pattern, with a readable error message."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise PydanticCustomError("like", wanted)
        return value

    return AfterValidator(check)


ENTITY_ID = r"[a-z_]+\.[a-z0-9_]+"
Seconds = Annotated[timedelta, BeforeValidator(_seconds)]
PollRest = Annotated[Seconds, Field(ge=timedelta(seconds=1), le=timedelta(hours=1))]
WallTime = Annotated[time, BeforeValidator(_wall_time)]
ChargePointId = Annotated[
    str, BeforeValidator(_text), like(r"\S+", "expected the id that the cloud gives a charge point")
]
IdOrName = Annotated[
    str, BeforeValidator(_text), like(r"\S(.*\S)?", "expected a charger's id, or its name as the cloud has it")
]
EntityId = Annotated[str, like(ENTITY_ID, "expected an entity id, such as sensor.nordpool")]
ActionName = Annotated[
    str,
    like(
        r"[a-z0-9_]+\.[a-z0-9_]+",
        "expected an action of Home Assistant, such as notify.notify or nordpool.get_prices_for_date",
    ),
]
PriceUnit = Annotated[str, AfterValidator(_price_unit)]
Currency = Annotated[str, like(r"[A-Z]{3}", "expected three capital letters, such as DKK")]
AppNames = Annotated[
    list[Annotated[str, Field(min_length=1)]],
    BeforeValidator(one_or_more),
    Field(min_length=1),
    AfterValidator(_each_once),
]
"""An app's name in apps.yaml, or a list of such names."""
Alias = Annotated[str, like(r"[a-z0-9]+(_[a-z0-9]+)*", "expected small letters, digits and single underscores")]


class Settings(BaseModel):
    """Arguments of one app; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False)


S = TypeVar("S", bound=Settings)


def parse(model: type[S], arguments: Mapping[str, Any]) -> S:
    """The arguments as a model.

    Raises:
        ConfigError: One line per mistake.
    """
    try:
        return model.model_validate(dict(arguments))
    except ValidationError as err:
        raise ConfigError("\n".join(complaints(model, err, arguments))) from None  # the original would show values

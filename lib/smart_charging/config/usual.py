"""What a car usually does, where a person says so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from smart_charging.config.arguments import Settings, WallTime
from smart_charging.config.followed import PerKey
from smart_charging.config.weekday import Weekday


def _by_weekday(arrives: Any) -> Mapping[Weekday, time]:
    times = arrives if isinstance(arrives, Mapping) else dict.fromkeys(Weekday, arrives)
    if not all(isinstance(at, time) for at in times.values()):
        raise PydanticCustomError("usual", 'expected times, such as "18:00"; entities are not followed here')
    return times


class UsualVisits(Settings):
    """When a car usually comes, and how much it needs then."""

    arrives: Annotated[Mapping[Weekday, time], PerKey(WallTime, Weekday), AfterValidator(_by_weekday)]
    """Local time by weekday; written once it is of every day."""
    energy_kwh: Annotated[float, Field(gt=0, le=500)]


NO_VISITS = UsualVisits.model_construct(arrives={}, energy_kwh=0.0)
"""Of a car that is not to be expected."""


def _off(value: object) -> object:
    return NO_VISITS if value in (False, "off") else value  # YAML reads an unquoted off as false


Usual = Annotated[UsualVisits, BeforeValidator(_off)]

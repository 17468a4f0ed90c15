"""Settings that are either a value or the id of an entity whose state is the value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import GetCoreSchemaHandler, TypeAdapter, ValidationError
from pydantic_core import CoreSchema, core_schema

from smart_charging.config.arguments import ENTITY_ID
from smart_charging.config.complaints import ASIDE
from smart_charging.errors import ConfigError


@dataclass(frozen=True, slots=True)
class EntityRef:
    """A setting whose value is the state of a Home Assistant entity."""

    entity_id: str

    def __str__(self) -> str:
        return self.entity_id


@dataclass(frozen=True, slots=True)
class VehicleRef(EntityRef):
    """A setting whose value is a fact about a vehicle that a cloud knows; `entity_id` names it in messages."""

    vehicle: str
    """Its name there, or its id."""
    fact: str
    """The setting."""


class OrEntity:
    """Reads a value of some type, or an entity id as an `EntityRef`; goes into an `Annotated`.

    Args:
        kind: The type, with its bounds, of the value in apps.yaml and of the entity's state alike.
        is_none_at_lowest: Whether a number helper at its minimum means None. A helper always has a number,
            so this is its only way to say "no limit", and a new helper starts at its minimum.
    """

    def __init__(self, kind: Any, *, is_none_at_lowest: bool = False) -> None:
        self._kind = kind
        self.is_none_at_lowest = is_none_at_lowest

    @cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        """Built on the first read of an entity: most settings never need one, and each takes memory."""
        return TypeAdapter(self._kind)

    def __get_pydantic_core_schema__(self, _source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(_reference_or, handler.generate_schema(self._kind))

    def read(self, text: str) -> Any:
        """Parse an entity's state by the same rules as in apps.yaml.

        Raises:
            ConfigError: The state is not valid; the message says what is expected.
        """
        try:
            return self._adapter.validate_python(_number_or_text(text))
        except ValidationError as err:
            wanted = err.errors(include_url=False)[0]["msg"].replace("Input should be", "expected")
            raise ConfigError(f"{wanted[0].lower()}{wanted[1:]}; got {text[:40]!r}") from None


class PerKey(OrEntity):
    """Like `OrEntity`, but also reads a mapping from keys of some type to such values."""

    def __init__(self, kind: Any, key: Any) -> None:
        super().__init__(kind)
        self._key = key

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        one = super().__get_pydantic_core_schema__(source, handler)
        many = core_schema.dict_schema(handler.generate_schema(self._key), one, min_length=1)
        return core_schema.tagged_union_schema(
            {f"{ASIDE}many": many, f"{ASIDE}one": one},
            discriminator=lambda value: f"{ASIDE}{'many' if isinstance(value, Mapping) else 'one'}",
        )


def _reference_or(value: object, read: Callable[[object], Any]) -> Any:
    if isinstance(value, EntityRef):  # from defaults that were read before
        return value
    if isinstance(value, str) and re.fullmatch(ENTITY_ID, value):
        return EntityRef(value)
    return read(value)


def _number_or_text(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text.strip()

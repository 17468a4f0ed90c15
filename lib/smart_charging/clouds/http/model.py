"""Models of a cloud's answers, validated when they arrive.

Fields we do not use are not modelled: a serial number, an address or a note that
is never read cannot leak. Private fields that we need are left out of every `repr`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    SecretStr,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pydantic.alias_generators import to_camel


class CloudModel(BaseModel):
    """Frozen, camelCase in JSON; unknown fields are ignored."""

    model_config = ConfigDict(
        frozen=True,
        alias_generator=to_camel,
        populate_by_name=True,
        extra="ignore",
        allow_inf_nan=False,
        hide_input_in_errors=True,  # a traceback must not print what the cloud sent
    )


class Row(CloudModel):
    """A row of a list; an optional field with an invalid value is read as missing."""

    @field_validator("*", mode="wrap")
    @classmethod
    def _unknown_if_odd(cls, given: object, read: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
        try:
            return read(given)
        except ValidationError:
            field = cls.model_fields[str(info.field_name)]
            if field.is_required():
                raise
            return field.get_default(call_default_factory=True)


class CloudEnum(StrEnum):
    """Values that the cloud may extend; a new one is read as `UNKNOWN` instead of failing."""

    @classmethod
    def _missing_(cls, value: object) -> Self:
        return cls("unknown")


def _utc(stamp: datetime) -> datetime:
    """A timestamp without a zone is read as UTC."""
    try:
        return stamp.replace(tzinfo=UTC) if stamp.tzinfo is None else stamp.astimezone(UTC)
    except OverflowError as err:
        raise ValueError("is outside the calendar once in UTC") from err


def _header_safe(secret: SecretStr) -> SecretStr:
    """A line break in a token would make the HTTP library show the token in its error."""
    text = secret.get_secret_value()
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("is not a token")
    return secret


Stamp = Annotated[datetime, AfterValidator(_utc)]
Token = Annotated[SecretStr, AfterValidator(_header_safe)]

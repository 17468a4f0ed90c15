"""Arguments for fees on the highest loads of a month."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from smart_charging.config.arguments import Settings
from smart_charging.config.rates import TimesSettings

Kw = Annotated[float, Field(ge=0, le=4000)]
Fee = Annotated[float, Field(ge=0, le=1_000_000)]


class PeakTimes(TimesSettings):
    """Hours and days at which loads count, and how much."""

    factor: Annotated[float, Field(ge=0, le=10)] = 1.0


class PeakFeeSettings(Settings):
    """A fee for the highest mean loads of a calendar month, in the currency of the prices and with VAT."""

    per: Literal["hour", "quarter"] = "hour"
    """Over which the meter takes a mean."""
    highest: Annotated[int, Field(ge=1, le=31)] = 1
    of: Literal["days", "intervals", "weeks"] = "days"
    """What counts once, with its highest load."""
    kind: Literal["mean", "nth"] = "mean"
    """Whether the mean of the highest is billed, or the last of them."""
    counts: Annotated[list[PeakTimes], Field(min_length=1)] = Field(default_factory=lambda: [PeakTimes()])
    """The first that applies counts; loads at other times do not count."""
    price_per_kw: Fee | None = None
    """For a month."""
    steps: list[tuple[Kw, Fee]] | None = None
    """Below how many kW a month costs how much."""
    from_kw: Kw = 0.0
    at_least_kw: Kw = 0.0

    @model_validator(mode="after")
    def _one_price(self) -> Self:
        if (self.price_per_kw is None) == (self.steps is None):
            raise PydanticCustomError("peak_price", "expected either price_per_kw or steps")
        edges = None if self.steps is None else [edge for edge, _ in self.steps]
        if edges is not None and (not edges or edges != sorted(set(edges))):
            raise PydanticCustomError("peak_steps", "expected steps in order, such as [[2, 155], [5, 250]]")
        return self


def _one_or_more(value: object) -> object:
    return [value] if isinstance(value, dict) else value


PeakFees = Annotated[list[PeakFeeSettings], BeforeValidator(_one_or_more)]

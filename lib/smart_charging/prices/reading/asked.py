"""What the reader of prices is told beside the source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceKeys:
    """How a source names what is needed, where it is not recognised: `price_keys` in apps.yaml.

    Parts of a path are joined by points: `price.total` is `total` in what `price` holds.
    """

    list: Sequence[str] = ()
    """The attributes that hold rows; none is all that look like rows."""
    start: str | None = None
    end: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How a source is to be read; what is not said is taken from the source itself."""

    zone: tzinfo
    now: datetime | None = None
    unit: str | None = None
    currency: str | None = None
    area: str | None = None
    keys: PriceKeys = field(default_factory=PriceKeys)

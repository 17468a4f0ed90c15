"""The settings by which a price source is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceKeys:
    """The source's key names, where they are not recognised: `price_keys` in apps.yaml.

    Parts of a path are joined by dots: `price.total` is `total` inside `price`.
    """

    list: Sequence[str] = ()
    """The attributes with rows; empty for all that look like rows."""
    start: str | None = None
    end: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How a source is to be read; what is None is taken from the source itself."""

    zone: tzinfo
    now: datetime | None = None
    unit: str | None = None
    currency: str | None = None
    area: str | None = None
    keys: PriceKeys = field(default_factory=PriceKeys)

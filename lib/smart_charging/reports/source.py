"""Where a report's sessions come from, and what is known of each."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

Amount = float | Decimal
"""As the source has it; a report rounds it."""


class Money(StrEnum):
    """A column of money; its value is the key for programs."""

    PRICE = "price"
    """What the driver pays."""
    COST = "cost"
    """What the electricity cost."""
    SAVING = "saving"
    """Against charging as soon as the cable was in; negative where that would have been cheaper."""
    VAT = "vat"
    """The part of the column before that is tax."""

    @property
    def heading(self) -> str:
        """For people."""
        return "VAT" if self is Money.VAT else self.value


class By(StrEnum):
    """What a report sums up by."""

    CHARGER = "charger"
    DRIVER = "driver"
    CARD = "card"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """The charger, driver or card of a session."""

    key: str = field(repr=False)
    """Tells it from others of its kind, and is never shown: a card's whole number would open chargers."""
    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedSession:
    """One session as a report needs it; None means unknown, never 0."""

    charger_id: str
    charger: str
    """The charger's name at the time."""
    began_at: datetime
    ended_at: datetime
    energy_kwh: float
    price: Amount | None = None
    cost: Amount | None = None
    saving: Amount | None = None
    currency: str | None = None
    """Of all amounts, ISO 4217."""
    driver: Party | None = field(default=None, repr=False)
    card: Party | None = field(default=None, repr=False)

    def party(self, by: By) -> Party:
        """Whose sums it counts in."""
        match by:
            case By.CHARGER:
                return Party(key=self.charger_id, id=self.charger_id, name=self.charger)
            case By.DRIVER:
                return self.driver or Party(key="", id="", name="unknown driver")
            case By.CARD:
                return self.card or Party(key="", id="", name="without a card")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a source's rows are, and what it knows of them."""

    noun: str
    """One row, such as a session."""
    began: str
    """The title over `began_at`."""
    ended: str
    counted_by: str
    """As in `a session counts in the month in which {counted_by}`."""
    money: Sequence[Money]
    """The columns."""
    optional: Set[Money] = frozenset()
    """Those that are left out where nothing is known of them."""
    parties: Set[By] = frozenset({By.CHARGER})
    notes: Sequence[str] = ()
    """How to understand the columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a source has of a month."""

    sessions: Sequence[ReportedSession]
    notes: Sequence[str] = ()
    """What is missing, or where there is more, for the person who asks; not a part of the report."""


class SessionSource(Protocol):
    """A session file, or a cloud's own list of charges."""

    @property
    def kind(self) -> Kind:
        """What it lists."""
        ...

    async def counted_between(self, start: datetime, end: datetime) -> Found:
        """The sessions that count in `[start, end)`.

        Raises:
            ChargingError: They cannot be read.
        """
        ...

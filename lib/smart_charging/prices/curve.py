"""Electricity prices over time, in slots of any length."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from smart_charging.errors import PriceError

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSlot:
    """One price and the time it holds for, `[start, end)`, in UTC."""

    start: datetime
    end: datetime
    price_per_kwh: float
    """In the currency's main unit; 0 and negative are prices."""
    is_estimate: bool = False
    """True for a price that is not published yet."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))
        if self.end <= self.start:
            raise PriceError(f"the price slot of {self.start:%Y-%m-%d %H:%M} UTC ends before it begins")

    @property
    def length(self) -> timedelta:
        """How long the price holds."""
        return self.end - self.start

    def clipped(self, start: datetime, end: datetime) -> PriceSlot:
        """The part within `[start, end)`, which must not be empty."""
        if start <= self.start and self.end <= end:
            return self
        return replace(self, start=max(self.start, start), end=min(self.end, end))


@dataclass(frozen=True, slots=True)
class PriceCurve:
    """Price slots in order of time; gaps are allowed and mean unknown, never 0.

    Raises:
        PriceError: Two slots overlap.
    """

    slots: Sequence[PriceSlot] = ()
    currency: str | None = None
    """ISO 4217, upper case; None where the source does not say."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "slots", tuple(sorted(self.slots, key=_start)))
        for one, other in pairwise(self.slots):
            if other.start < one.end:
                raise PriceError(f"two prices for {other.start:%Y-%m-%d %H:%M} UTC")

    def __len__(self) -> int:
        return len(self.slots)

    def __iter__(self) -> Iterator[PriceSlot]:
        return iter(self.slots)

    @property
    def known_until(self) -> datetime | None:
        """End of the last published price; estimates do not count, gaps before it do not matter."""
        return next((slot.end for slot in reversed(self.slots) if not slot.is_estimate), None)

    def slot_at(self, moment: datetime) -> PriceSlot | None:
        """The slot that holds at a moment, None where the price is unknown."""
        place = bisect_right(self.slots, moment, key=_start) - 1
        if place >= 0 and moment < self.slots[place].end:
            return self.slots[place]
        return None

    def price_at(self, moment: datetime) -> float | None:
        """The price per kWh at a moment, None where it is unknown."""
        slot = self.slot_at(moment)
        return None if slot is None else slot.price_per_kwh

    def between(self, start: datetime, end: datetime) -> PriceCurve:
        """The slots within `[start, end)`; those at its edges are clipped."""
        first, last = bisect_right(self.slots, start, key=_end), bisect_left(self.slots, end, key=_start)
        inside = list(self.slots[first:last])
        for edge in (0, -1) if inside else ():
            inside[edge] = inside[edge].clipped(start, end)
        return self._of(inside)

    def _of(self, slots: Sequence[PriceSlot]) -> PriceCurve:
        """A curve of slots that are in order, without looking at all of them again: long ones are cut every minute."""
        curve = object.__new__(PriceCurve)
        object.__setattr__(curve, "slots", tuple(slots))
        object.__setattr__(curve, "currency", self.currency)
        return curve

    def moved(self, by: timedelta) -> PriceCurve:
        """The same prices so much later."""
        return PriceCurve(
            [replace(slot, start=slot.start + by, end=slot.end + by) for slot in self.slots], self.currency
        )

    def filled_from(self, other: PriceCurve) -> PriceCurve:
        """This curve with its gaps filled from another."""
        if not self.slots:
            return PriceCurve(other.slots, self.currency or other.currency)
        ends = {slot.start: slot.end for slot in self.slots}  # most slots of both are the same: these are soon told
        left = (slot for slot in other.slots if ends.get(slot.start) != slot.end)
        rest = [part for slot in left for part in self._uncovered(slot)]
        currency = self.currency or other.currency
        return PriceCurve([*self.slots, *rest], currency) if rest or currency != self.currency else self

    def _uncovered(self, slot: PriceSlot) -> Iterator[PriceSlot]:
        """The parts of another curve's slot that are gaps in this one, which is not empty."""
        if slot.end <= self.slots[0].start or self.slots[-1].end <= slot.start:
            yield slot
            return
        start, place = slot.start, max(0, bisect_right(self.slots, slot.start, key=_start) - 1)
        while place < len(self.slots) and (cover := self.slots[place]).start < slot.end:
            if start < cover.start:
                yield slot.clipped(start, cover.start)
            start, place = max(start, cover.end), place + 1
        if start < slot.end:
            yield slot.clipped(start, slot.end)


def _start(slot: PriceSlot) -> datetime:
    return slot.start


def _end(slot: PriceSlot) -> datetime:
    return slot.end


NO_PRICES = PriceCurve()

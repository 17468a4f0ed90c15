"""Electricity prices over time, in slots of any length."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
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
    """True for a price nobody has published yet."""

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
    """Price slots in order of time; holes are allowed and mean unknown, never 0.

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
        """End of the last published price; estimates do not count, holes before it do not matter."""
        return max((slot.end for slot in self.slots if not slot.is_estimate), default=None)

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
        """What is known of `[start, end)`; slots at its edges are clipped."""
        inside = (slot for slot in self.slots if slot.start < end and start < slot.end)
        return PriceCurve([slot.clipped(start, end) for slot in inside], self.currency)

    def over(self, other: PriceCurve) -> PriceCurve:
        """These prices, and where there are none the other's."""
        rest = (part for slot in other.slots for part in self._uncovered(slot))
        return PriceCurve([*self.slots, *rest], self.currency or other.currency)

    def averaged(self, minutes: int, zone: tzinfo) -> PriceCurve:
        """As billed by the hour (60): in each such part of the local hour the mean of its prices, by time.

        Where a price is missing the rest of the hour has the mean of what is known of it.

        Args:
            minutes: 60, or what divides it.
            zone: Whose hours are billed; some zones are half an hour off.
        """
        if minutes <= 0 or 60 % minutes:
            raise PriceError(f"prices cannot be averaged over {minutes} minutes; write 60, 30 or 15")
        billed: dict[datetime, list[PriceSlot]] = {}
        for slot in self.slots:
            for part in _cut(slot, minutes, zone):
                billed.setdefault(_since(part.start, minutes, zone), []).append(part)
        return PriceCurve([one for parts in billed.values() for one in _levelled(parts)], self.currency)

    def _uncovered(self, slot: PriceSlot) -> Iterator[PriceSlot]:
        """The parts of a foreign slot that are holes here."""
        start, place = slot.start, max(0, bisect_right(self.slots, slot.start, key=_start) - 1)
        while place < len(self.slots) and (cover := self.slots[place]).start < slot.end:
            if start < cover.start:
                yield slot.clipped(start, cover.start)
            start, place = max(start, cover.end), place + 1
        if start < slot.end:
            yield slot.clipped(start, slot.end)


def _start(slot: PriceSlot) -> datetime:
    return slot.start


def _since(moment: datetime, minutes: int, zone: tzinfo) -> datetime:
    """When the part of the local hour began that a moment lies in."""
    local = moment.astimezone(zone)
    return moment - timedelta(minutes=local.minute % minutes, seconds=local.second, microseconds=local.microsecond)


def _cut(slot: PriceSlot, minutes: int, zone: tzinfo) -> Iterator[PriceSlot]:
    start = slot.start
    while start < slot.end:
        end = min(slot.end, _since(start, minutes, zone) + timedelta(minutes=minutes))
        yield slot.clipped(start, end)
        start = end


def _levelled(parts: Sequence[PriceSlot]) -> Iterator[PriceSlot]:
    """Slots without a hole between them become one; all cost what they do on average."""
    hours = [part.length / _HOUR for part in parts]
    mean = sum(part.price_per_kwh * length for part, length in zip(parts, hours, strict=True)) / sum(hours)
    holes = [(one.end, other.start) for one, other in pairwise(parts) if one.end < other.start]
    starts = [parts[0].start, *(end for _, end in holes)]
    ends = [*(start for start, _ in holes), parts[-1].end]
    for start, end in zip(starts, ends, strict=True):
        is_estimate = any(part.is_estimate for part in parts)
        yield PriceSlot(start=start, end=end, price_per_kwh=mean, is_estimate=is_estimate)

"""Makes a joint plan: allocates slots to all cars, then plans each car exactly within its slots."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from operator import itemgetter

from smart_charging.planning.charge_request import ChargeRequest, Load, highest_kw
from smart_charging.planning.cheapest import slots_for, window_of
from smart_charging.planning.checkpoint import checkpoint
from smart_charging.planning.outcome import STAYS, plan_of
from smart_charging.planning.plan import Plan, PlanSlot, Span
from smart_charging.planning.preferences import Preferences
from smart_charging.planning.slot_allocation import Asker, SlotAllocation
from smart_charging.planning.turns import TurnTaker, in_longer_turns
from smart_charging.planning.window import (
    MICROSECOND,
    PriceSpan,
    cut_at,
    in_steps,
    in_turn,
    open_time,
    price_spans,
    prices_of,
    split,
)
from smart_charging.prices.curve import PriceCurve

_SWEEPS = 2
_TIMES_CHARGING_TIME = 4
"""A car that charges on after departure is planned for so many times its charging time: others may go first."""
_STAYING = timedelta(hours=1)
"""How much less time to spare another car must have to go before one that charges at once; without this,
two cars with equal time would alternate at every new plan."""
_SCARCE = 10
"""So many times the widest difference of prices, others coming short counts more than money."""
_NOTHING = timedelta(milliseconds=1)
_NOTHING_KW = 1e-9


class Joint:
    """Cars and slots are referred to by index; a car may be there for only a part of a slot."""

    def __init__(
        self,
        curve: PriceCurve,
        requests: Sequence[ChargeRequest],
        limit_kw: float,
        now: datetime,
        loads: Sequence[Load],
        *,
        margin_share: float,
        late_ones_wait: bool,
    ) -> None:
        self._curve = curve
        self._late_ones_wait = late_ones_wait
        self._requests = requests
        self._starts = [max(now, request.arrives_at or now) for request in requests]
        ends = [
            _end(curve, request, start, margin_share) for request, start in zip(requests, self._starts, strict=True)
        ]
        grid = in_steps(price_spans(curve, now, max([now, *ends])))
        self._begins = [slot.start for slot in grid]
        self._free_kw = [limit_kw - highest_kw(loads, slot.start, slot.end) for slot in grid]
        self._windows = [
            _window(grid, start, end, curve, request.preferences)
            for request, start, end in zip(requests, self._starts, ends, strict=True)
        ]
        """By car: the parts of the slots that it could use."""
        prices = prices_of(grid)
        self._dearer = 1.0 + _SCARCE * (max(prices, default=0.0) - min(prices, default=0.0))
        """What scarce slots are taken to cost more."""
        self._short: Sequence[int] = ()
        """Cars for which not enough slots were found."""
        self._allocation = SlotAllocation(prices, self._free_kw, [self._asker(car) for car in range(len(requests))])

    def plans(self) -> Mapping[str, Plan]:
        """By charger id."""
        order = sorted(range(len(self._requests)), key=self._rank)
        self._allocation.fill(order)
        self._short = [car for car in order if self._allocation.missing(car) > 0]
        chosen = self._improved(order)
        for car in order:
            chosen[car] = sorted([*chosen[car], *self._leftovers(car, chosen)], key=lambda slot: slot.start)
        turns = in_longer_turns(chosen, self._turn_takers(), self._is_open, self._has_room)
        return {
            request.charger_id: plan_of(
                turns[car],
                curve=self._curve,
                need=request.need,
                now=self._starts[car],
                preferences=request.preferences,
                is_shared=True,
            )
            for car, request in enumerate(self._requests)
        }

    def _turn_takers(self) -> Mapping[int, TurnTaker]:
        """The cars that need not charge at once, and that are not late."""
        return {
            car: TurnTaker(request=request, start=self._starts[car])
            for car, request in enumerate(self._requests)
            if self._starts[car] < request.need.ready_by and not self._at_once(car)
        }

    def _is_open(self, car: int, used: PlanSlot) -> bool:
        one = self._windows[car].get(self._number_of(used))
        return one is not None and one.is_open and one.start <= used.start and used.end <= one.end

    def _has_room(self, used: PlanSlot, chosen: Mapping[int, Sequence[Span]]) -> bool:
        return self._taken_kw(used, chosen) <= self._free_kw[self._number_of(used)] + _NOTHING_KW

    def _number_of(self, used: PlanSlot) -> int:
        """The slot in which it lies."""
        return bisect_right(self._begins, used.start) - 1

    def _rank(self, car: int) -> tuple[bool, float, float, timedelta]:
        request = self._requests[car]
        spare = open_time(list(self._windows[car].values())) - request.need.charging_time
        stays = request.is_running and self._at_once(car)
        return (
            request.arrives_at is not None,
            -request.priority,
            -request.need.power_kw,
            spare - (_STAYING if stays else timedelta(0)),
        )

    def _at_once(self, car: int) -> timedelta:
        need = self._requests[car].need
        is_late = need.ready_by <= self._starts[car] and not self._late_ones_wait
        return need.charging_time if is_late else need.minimum_time

    def _asker(self, car: int) -> Asker:
        need, window = self._requests[car].need, self._windows[car]
        return Asker(
            power_kw=need.power_kw * self._requests[car].likelihood,
            load_kw=self._requests[car].takes_kw,
            wanted=need.charging_time // MICROSECOND,
            lengths={slot: one.length // MICROSECOND for slot, one in window.items()},
            too_dear=frozenset(slot for slot, one in window.items() if not one.is_open),
            at_once=self._at_once(car) // MICROSECOND,
            at_any_price=need.minimum_time // MICROSECOND,
        )

    def _improved(self, order: Sequence[int]) -> dict[int, list[PlanSlot]]:
        """Plan every car exactly, and again if others have freed slots that it has not tried."""
        chosen: dict[int, list[PlanSlot]] = {}
        tried: dict[int, set[int]] = {}
        for _ in range(_SWEEPS):
            for car in order:
                checkpoint()
                usable = self._allocation.open_to(car)
                if car not in tried or usable - tried[car]:
                    tried[car] = usable
                    chosen[car] = self._exact(car, usable)
                    self._allocation.hold(car, self._used(car, chosen[car]))
        return chosen

    def _exact(self, car: int, usable: Container[int]) -> list[PlanSlot]:
        """The cheapest plan in the usable slots, after what is charged at once in the slots reserved for that."""
        request, need = self._requests[car], self._requests[car].need
        promised = self._allocation.promised(car)
        first = in_turn([self._windows[car][slot] for slot in promised], self._at_once(car), need.power_kw)
        scarce = self._scarce(car)
        window = [
            self._priced(one.part(one.start, one.end, is_open=slot in usable), is_scarce=slot in scarce)
            for slot, one in self._windows[car].items()
        ]
        rest = split(window, first[-1].end)[1] if first else window
        is_running = bool(first) or (request.is_running and request.arrives_at is None)
        slots = slots_for(need.charging_time - _time(first), rest, need, request.preferences, is_running=is_running)
        return [*first, *(self._at_its_price(car, one) for one in slots)] if scarce else [*first, *slots]

    def _scarce(self, car: int) -> set[int]:
        """Slots that others come short of, who do not fit beside this car: it is to take as little of them as it can.

        Cars hold whole slots, of which they need only parts; what they do not need should be left of these.
        """
        takes_kw = self._requests[car].takes_kw
        return {
            slot
            for other, other_kw in ((one, self._requests[one].takes_kw) for one in self._short if one != car)
            for slot in self._windows[other]
            if other_kw <= self._free_kw[slot] + _NOTHING_KW < other_kw + takes_kw
        }

    def _priced(self, one: PriceSpan, *, is_scarce: bool) -> PriceSpan:
        if one.price_per_kwh is None or not is_scarce:
            return one
        return one._replace(price_per_kwh=one.price_per_kwh + self._dearer)

    def _at_its_price(self, car: int, used: PlanSlot) -> PlanSlot:
        span = next(one for one in self._windows[car].values() if one.start <= used.start < one.end)
        return replace(used, price_per_kwh=span.price_per_kwh)

    def _used(self, car: int, chosen: Sequence[PlanSlot]) -> set[int]:
        return {slot for slot, one in self._windows[car].items() if _meets(one, chosen)}

    def _leftovers(self, car: int, chosen: Mapping[int, Sequence[PlanSlot]]) -> list[PlanSlot]:
        """Unused parts of slots, for a car that would not be ready without them."""
        need = self._requests[car].need
        missing = need.charging_time - _time(chosen[car])
        if missing <= _NOTHING:
            return []
        edges = {edge for slots in chosen.values() for used in slots for edge in (used.start, used.end)}
        spare = [
            part
            for slot, one in self._windows[car].items()
            if one.is_open
            for part in cut_at(one, edges)
            if not _meets(part, chosen[car])
            and self._taken_kw(part, chosen) + self._requests[car].takes_kw <= self._free_kw[slot] + _NOTHING_KW
        ]
        cheapest_first = [one for _, one in sorted(zip(prices_of(spare), spare, strict=True), key=itemgetter(0))]
        return in_turn(cheapest_first, missing, need.power_kw)

    def _taken_kw(self, part: Span, chosen: Mapping[int, Sequence[Span]]) -> float:
        return sum(self._requests[car].takes_kw for car, slots in chosen.items() if _meets(part, slots))


def _end(curve: PriceCurve, request: ChargeRequest, start: datetime, margin_share: float) -> datetime:
    """Until when to plan a car; if it is still there after departure, it may charge on."""
    need = request.need
    if need.ready_by <= start:
        horizon = STAYS if request.preferences.limit else _TIMES_CHARGING_TIME * need.charging_time
        return start + horizon if need.goes_on else start
    window = window_of(curve, replace(need, margin=need.margin * margin_share), start, request.preferences)
    return window[-1].end if window else start


def _window(
    grid: Sequence[PriceSpan], start: datetime, end: datetime, curve: PriceCurve, preferences: Preferences
) -> dict[int, PriceSpan]:
    """The parts of the slots that a car could use; closed where the price is above its limit or unknown.

    A slot in which charging is closed for a part of the time is closed as a whole.
    """
    allowed = preferences.limit.within(curve) if preferences.limit else None
    return {
        slot: one.part(
            max(one.start, start),
            min(one.end, end),
            is_open=(allowed is None or allowed.price_at(one.start) is not None)
            and not any(one.start < block.end and block.start < one.end for block in preferences.closed),
        )
        for slot, one in enumerate(grid)
        if one.start < end and start < one.end
    }


def _meets(part: Span, slots: Iterable[Span]) -> bool:
    return any(part.start < slot.end and slot.start < part.end for slot in slots)


def _time(slots: Iterable[PlanSlot]) -> timedelta:
    return sum((slot.end - slot.start for slot in slots), timedelta(0))

"""Re-plans with hysteresis: keeps the previous plan unless a new one is clearly cheaper."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from smart_charging.planning.charge_request import ChargeRequest, Load, highest_kw
from smart_charging.planning.cheapest import AS_CHEAP_AS_CAN_BE, cheapest_plan, window_of
from smart_charging.planning.need import Need
from smart_charging.planning.outcome import plan_of
from smart_charging.planning.plan import ALMOST_NOTHING_KWH, Block, Plan, PlanSlot
from smart_charging.planning.preferences import Preferences
from smart_charging.planning.pushing import pushed
from smart_charging.planning.shared import shared_plan
from smart_charging.planning.window import PriceSpan
from smart_charging.prices.curve import PriceCurve

_ROUNDING = 1e-6
"""In the currency of the prices."""
_LOST = timedelta(minutes=3)
"""Charging time that slow starts and polls may lose without a new plan."""
_PUSHED_TO = 0.5
"""How much of the margin is left, at least, where cars on a fuse begin later as others have lost time."""
_Plans = Mapping[str, Plan]
"""By charger id."""


def replan(
    curve: PriceCurve,
    need: Need,
    now: datetime,
    previous: Plan | None,
    *,
    preferences: Preferences = AS_CHEAP_AS_CAN_BE,
    is_running: bool = False,
) -> Plan:
    """The cheapest plan, or the previous one if that still works and costs hardly more.

    The previous plan is compared at current prices and the current need: the rest of it is
    cut short, or its last block extended, until the energy is right. It is kept if the car
    will still be ready and a new plan would not save more than `preferences.keep_threshold`.
    """
    now = now.astimezone(UTC)
    fresh = cheapest_plan(curve, need, now, preferences=preferences, is_running=is_running)
    request = ChargeRequest(charger_id="", need=need, preferences=preferences, is_running=is_running)
    kept = previous and _kept(previous.blocks, fresh, curve, request, now)
    return fresh if kept is None or _gain(now, [request], [kept], [fresh]) > preferences.keep_threshold else kept


def replan_shared(
    curve: PriceCurve,
    requests: Sequence[ChargeRequest],
    previous: Mapping[str, Plan],
    *,
    limit_kw: float,
    now: datetime,
    loads: Sequence[Load] = (),
) -> Mapping[str, Plan]:
    """The joint plan, or the previous one by the same rule: all of it is kept, or nothing.

    The threshold is the highest of all requests'. Where not all can be ready, cars go on with their turns as long as
    no priority gets less by that.
    """
    now = now.astimezone(UTC)
    fresh = shared_plan(curve, requests, limit_kw=limit_kw, now=now, loads=loads)
    if any(request.charger_id not in previous for request in requests):
        return fresh
    before = [previous[request.charger_id].blocks for request in requests]
    later = pushed(before, requests, loads, now, limit_kw=limit_kw)
    for blocks, makes_up, margin_share in ((before, True, 1.0), (before, False, 1.0), (later, True, _PUSHED_TO)):
        kept = {
            request.charger_id: plan
            for request, some in zip(requests, blocks, strict=True)
            if (
                plan := _kept(
                    some, fresh[request.charger_id], curve, _with_margin(request, margin_share), now, makes_up=makes_up
                )
            )
        }
        if len(kept) == len(requests) and _fit(requests, kept, limit_kw, loads):
            return kept if _are_worth_keeping(kept, fresh, requests, now) else fresh
    turns = {
        request.charger_id: _turns_left(some, curve, _with_margin(request, 0.0), now)
        for request, some in zip(requests, later, strict=True)
    }
    is_kept = _fit(requests, turns, limit_kw, loads) and _serve_as_well(turns, fresh, requests, now)
    return turns if is_kept else fresh


def _turns_left(blocks: Sequence[Block], curve: PriceCurve, request: ChargeRequest, now: datetime) -> Plan:
    """What the blocks still charge until departure, be it enough or not."""
    need, preferences = request.need, request.preferences
    start = max(now, request.arrives_at or now)
    left = list(_left_of(blocks, start, need.charging_time, makes_up=False))
    slots = list(_within(window_of(curve, need, start, preferences), left, need.power_kw))
    return plan_of(slots, curve=curve, need=need, now=start, preferences=preferences, is_shared=True)


def _serve_as_well(turns: _Plans, fresh: _Plans, requests: Sequence[ChargeRequest], now: datetime) -> bool:
    """Whether cars had better go on with their turns: a fresh plan serves no priority better, and saves too little.

    Each search gives scarce time to the cars with the least to spare, which by then are those that waited.
    """
    if any(_breaks_a_promise(turns[one.charger_id], fresh[one.charger_id], one, now) for one in requests):
        return False
    missing = [_missing(plans, requests) for plans in (turns, fresh)]
    allowed = _LOST if any(missing[1].values()) else timedelta(0)
    for rank in sorted(missing[0], reverse=True):
        if abs(missing[0][rank] - missing[1][rank]) > allowed:
            return missing[0][rank] < missing[1][rank]
    both = [[plans[request.charger_id] for request in requests] for plans in (turns, fresh)]
    late = [max(map(_late, plans, requests), default=timedelta(0)) for plans in both]
    return late[0] <= late[1] + _LOST and _gain(now, requests, *both) <= _threshold(requests)


def _breaks_a_promise(turns: Plan, fresh: Plan, request: ChargeRequest, now: datetime) -> bool:
    """Whether a fresh plan charges the minimum at once, in one block as preferred, or after departure, and they not."""
    is_prompt = [_is_prompt(plan, request.need, max(now, request.arrives_at or now)) for plan in (turns, fresh)]
    is_torn = request.preferences.in_one_block and len(turns.blocks) > len(fresh.blocks)
    is_left = request.need.ready_by <= now and turns.energy_kwh < fresh.energy_kwh - ALMOST_NOTHING_KWH
    return is_torn or is_left or is_prompt == [False, True]


def _missing(plans: _Plans, requests: Sequence[ChargeRequest]) -> dict[tuple[bool, int], timedelta]:
    """Charging time missing at departure, by what comes first: cars that are there, then higher priority."""
    missing: dict[tuple[bool, int], timedelta] = {}
    for one in requests:
        rank, time = (one.arrives_at is None, one.priority), one.need.time_for(plans[one.charger_id].shortfall_kwh)
        missing[rank] = missing.get(rank, timedelta(0)) + time
    return missing


def _are_worth_keeping(
    kept: Mapping[str, Plan], fresh: Mapping[str, Plan], requests: Sequence[ChargeRequest], now: datetime
) -> bool:
    """Keep if that leaves less energy missing or less of the margin used, else if the saving is too small."""
    both = [[plans[request.charger_id] for request in requests] for plans in (kept, fresh)]
    missing = [sum(plan.shortfall_kwh for plan in plans) for plans in both]
    late = [sum(map(_late, plans, requests), timedelta(0)) for plans in both]
    if missing[0] < missing[1] - ALMOST_NOTHING_KWH or late[0] < late[1]:
        return True
    return _gain(now, requests, *both) <= _threshold(requests)


def _threshold(requests: Sequence[ChargeRequest]) -> float:
    return max((request.preferences.keep_threshold for request in requests), default=0.0)


def _late(plan: Plan, request: ChargeRequest) -> timedelta:
    """How far the plan reaches into the margin."""
    return max(timedelta(0), plan.end - request.need.finish_by) if plan.end else timedelta(0)


def _with_margin(request: ChargeRequest, share: float) -> ChargeRequest:
    return replace(request, need=replace(request.need, margin=request.need.margin * share))


def _kept(
    previous: Sequence[Block],
    fresh: Plan,
    curve: PriceCurve,
    request: ChargeRequest,
    now: datetime,
    *,
    makes_up: bool = True,
) -> Plan | None:
    """The rest of the previous plan, adjusted to the current need; None if it cannot be kept.

    Args:
        makes_up: Whether its last block is extended by time that was lost to slow starts. Where another
            car follows on the fuse there may be no room; a little is then left to the margin.
    """
    need, preferences = request.need, request.preferences
    wanted_kwh = need.energy_kwh if fresh.shortfall_kwh else fresh.energy_kwh
    start = max(now, request.arrives_at or now)
    blocks = list(_left_of(previous, start, need.time_for(wanted_kwh), makes_up=makes_up))
    if not blocks and wanted_kwh > ALMOST_NOTHING_KWH:  # nothing is left to keep; lost time has to be planned anew
        return None
    if preferences.in_one_block and len(blocks) > len(fresh.blocks):  # a person asked for it since
        return None
    slots = list(_within(window_of(curve, need, start, preferences), blocks, need.power_kw))
    held_kwh = sum(slot.energy_kwh for slot in slots)
    if abs(held_kwh - wanted_kwh) > ALMOST_NOTHING_KWH and (
        makes_up or not _can_follow(need.time_for(max(0.0, wanted_kwh - held_kwh)), blocks[-1].end, need, start)
    ):
        return None
    aim = replace(need, goes_on=False, energy_kwh=min(need.energy_kwh, held_kwh) if not makes_up else need.energy_kwh)
    kept = plan_of(slots, curve=curve, need=aim, now=start, preferences=preferences)
    return kept if not kept.shortfall_kwh and _is_prompt(kept, need, start) else None


def _can_follow(lost: timedelta, end: datetime, need: Need, now: datetime) -> bool:
    """Whether so much time is little, and is left between the plan's end and a departure that is still to come."""
    return lost <= _LOST and (need.ready_by <= now or end + lost <= need.ready_by)


def _left_of(blocks: Sequence[Block], now: datetime, wanted: timedelta, *, makes_up: bool) -> Iterator[Block]:
    """The rest of the blocks, adjusted to the charging time wanted."""
    coming = [Block(start=max(block.start, now), end=block.end) for block in blocks if now < block.end]
    for block in coming:
        length = wanted if makes_up and block is coming[-1] else min(wanted, block.length)
        if length > timedelta(0):
            yield Block(start=block.start, end=block.start + length)
        wanted -= length


def _within(window: Iterable[PriceSpan], blocks: Sequence[Block], power_kw: float) -> Iterator[PlanSlot]:
    for one in window:
        for block in blocks:
            if one.is_open and one.start < block.end and block.start < one.end:
                yield one.used(max(one.start, block.start), min(one.end, block.end), power_kw)


def _is_prompt(plan: Plan, need: Need, now: datetime) -> bool:
    """Whether the plan charges the minimum at once."""
    first = plan.blocks[0] if plan.blocks else Block(start=now, end=now)
    return not need.minimum_time or (first.start == now and first.length >= need.minimum_time)


def _fit(requests: Sequence[ChargeRequest], plans: Mapping[str, Plan], limit_kw: float, loads: Sequence[Load]) -> bool:
    """Whether plans and loads together stay within the limit at every moment."""
    taken = [
        Load(start=block.start, end=block.end, power_kw=request.takes_kw)
        for request in requests
        for block in plans[request.charger_id].blocks
    ]
    return all(highest_kw((*taken, *loads), one.start, one.end) <= limit_kw + _ROUNDING for one in taken)


def _gain(now: datetime, requests: Sequence[ChargeRequest], kept: Sequence[Plan], fresh: Sequence[Plan]) -> float:
    """What the fresh plans save, minus a rounding error."""
    costs = [
        sum(_cost(plan, request, now) for request, plan in zip(requests, plans, strict=True)) for plans in (kept, fresh)
    ]
    return costs[0] - costs[1] - _ROUNDING


def _cost(plan: Plan, request: ChargeRequest, now: datetime) -> float:
    """Cost with starts; an unknown price counts as much as the highest known one, as in planning."""
    highest = max((slot.price_per_kwh for slot in plan.slots if slot.price_per_kwh is not None), default=0.0)
    energy_cost = sum(
        slot.energy_kwh * (highest if slot.price_per_kwh is None else slot.price_per_kwh) for slot in plan.slots
    )
    starts = len(plan.blocks) - (request.is_running and plan.start == now)
    return energy_cost + request.preferences.start_cost * starts

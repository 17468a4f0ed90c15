"""Plan again without changing one's mind for nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from smart_charging.planning.cheapest import AS_CHEAP_AS_CAN_BE, cheapest_plan, window_of
from smart_charging.planning.need import Need
from smart_charging.planning.outcome import plan_of
from smart_charging.planning.plan import ALMOST_NOTHING_KWH, Block, Plan, PlanSlot
from smart_charging.planning.window import Stretch
from smart_charging.planning.wishes import Wishes
from smart_charging.prices.curve import PriceCurve

_ROUNDING = 1e-6
"""Of the currency."""


def replan(
    curve: PriceCurve,
    need: Need,
    now: datetime,
    previous: Plan | None,
    *,
    wishes: Wishes = AS_CHEAP_AS_CAN_BE,
    is_running: bool = False,
) -> Plan:
    """The cheapest plan, or the previous one where that still does and costs hardly more.

    The previous plan is taken at the prices and the need of now: what is left of it ends
    earlier, or its last block goes on, until the energy is right. It stays if the car is
    ready all the same and a new plan would not save more than `wishes.keep_threshold`.
    """
    now = now.astimezone(UTC)
    fresh = cheapest_plan(curve, need, now, wishes=wishes, is_running=is_running)
    if previous is None or fresh.shortfall_kwh:
        return fresh
    blocks = list(_left_of(previous.blocks, now, need.time_for(fresh.energy_kwh)))
    slots = list(_within(window_of(curve, need, now, wishes), blocks, need.power_kw))
    kept = plan_of(slots, curve=curve, need=need, now=now, wishes=wishes)
    if not _does(kept, fresh, need, now):
        return fresh
    gain = _cost(kept, now, wishes, is_running=is_running) - _cost(fresh, now, wishes, is_running=is_running)
    return kept if gain <= wishes.keep_threshold + _ROUNDING else fresh


def _left_of(blocks: Sequence[Block], now: datetime, wanted: timedelta) -> Iterator[Block]:
    """What is still to come of blocks, for a time that may differ from theirs."""
    coming = [Block(start=max(block.start, now), end=block.end) for block in blocks if now < block.end]
    for block in coming:
        length = wanted if block is coming[-1] else min(wanted, block.length)
        if length > timedelta(0):
            yield Block(start=block.start, end=block.start + length)
        wanted -= length


def _within(window: Iterable[Stretch], blocks: Sequence[Block], power_kw: float) -> Iterator[PlanSlot]:
    for one in window:
        for block in blocks:
            if one.is_open and one.start < block.end and block.start < one.end:
                yield one.used(max(one.start, block.start), min(one.end, block.end), power_kw)


def _does(kept: Plan, fresh: Plan, need: Need, now: datetime) -> bool:
    """Whether a plan charges as much as a fresh one, and the minimum at once."""
    first = kept.blocks[0] if kept.blocks else Block(start=now, end=now)
    is_prompt = not need.minimum_time or first.end >= now + need.minimum_time > first.start == now
    return is_prompt and abs(kept.energy_kwh - fresh.energy_kwh) <= ALMOST_NOTHING_KWH and not kept.shortfall_kwh


def _cost(plan: Plan, now: datetime, wishes: Wishes, *, is_running: bool) -> float:
    """Starts included; unknown prices count as the highest known one does in `cut`, so 0 would flatter them."""
    highest = max((slot.price_per_kwh for slot in plan.slots if slot.price_per_kwh is not None), default=0.0)
    starts = len(plan.blocks) - (is_running and plan.start == now)
    prices = (highest if slot.price_per_kwh is None else slot.price_per_kwh for slot in plan.slots)
    return sum(price * slot.energy_kwh for price, slot in zip(prices, plan.slots, strict=True)) + (
        wishes.start_cost * starts
    )

"""The cheapest plan for one charger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from smart_charging.planning.need import Need
from smart_charging.planning.outcome import plan_of
from smart_charging.planning.plan import Plan, PlanSlot
from smart_charging.planning.preferences import Preferences
from smart_charging.planning.search.optimum import cheapest_times
from smart_charging.planning.search.segments import Rules, start_cost_of
from smart_charging.planning.window import (
    MICROSECOND,
    PriceSpan,
    allowed_spans,
    charged,
    open_time,
    segments_of,
    split,
    until_open_for,
)
from smart_charging.prices.curve import PriceCurve

AS_CHEAP_AS_CAN_BE = Preferences()


def cheapest_plan(
    curve: PriceCurve,
    need: Need,
    now: datetime,
    *,
    preferences: Preferences = AS_CHEAP_AS_CAN_BE,
    is_running: bool = False,
) -> Plan:
    """The cheapest plan that has the car ready by departure.

    The minimum is charged first and at once. For the rest, no plan that keeps to the preferences
    is cheaper (with a shortest block there are rare exceptions, see `search`); of equally cheap
    plans this one has the fewest starts, and of those it is the earliest, or the latest if
    preferred. An unknown price counts as much as the highest known one, and such times are used
    last, with a price limit not at all. A car that cannot be ready charges all the time.

    Args:
        curve: Prices, which may include estimates.
        now: Aware; the plan begins no earlier.
        is_running: Whether a charge runs already, so that continuing costs no start.
    """
    now = now.astimezone(UTC)
    first, rest = split(window_of(curve, need, now, preferences), now + need.minimum_time)
    at_once = [one.used(one.start, one.end, need.power_kw) for one in first]
    wanted = need.charging_time - need.minimum_time
    slots = slots_for(wanted, rest, need, preferences, is_running=is_running or bool(first))
    return plan_of([*at_once, *slots], curve=curve, need=need, now=now, preferences=preferences)


def window_of(curve: PriceCurve, need: Need, now: datetime, preferences: Preferences) -> list[PriceSpan]:
    """The time from now until the margin before departure, and no more of the margin than is needed."""
    window = allowed_spans(curve, now, need.finish_by, preferences)
    if open_time(window) >= need.charging_time:
        return window
    return until_open_for(allowed_spans(curve, now, need.ready_by, preferences), need.charging_time)


def slots_for(
    wanted: timedelta, window: Sequence[PriceSpan], need: Need, preferences: Preferences, *, is_running: bool
) -> list[PlanSlot]:
    """The cheapest slots for a charging time, or all there are; blocks are shorter than preferred if necessary."""
    wanted = min(wanted, open_time(window))
    if wanted <= timedelta(0):
        return []
    segments = segments_of(window, prefers_late=preferences.prefers_late)
    shortest = wanted if preferences.in_one_block else min(wanted, preferences.min_block)
    start_cost = start_cost_of(preferences.start_cost, need.power_kw)
    for min_block in (shortest, timedelta(0)):
        rules = Rules(start_cost=start_cost, min_block=min_block // MICROSECOND, is_running=is_running)
        times = cheapest_times(segments, wanted // MICROSECOND, rules)
        if times is not None:
            return list(charged(window, times, need.power_kw))
    raise AssertionError("open time can always be used")  # pragma: no cover

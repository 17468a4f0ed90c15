"""What of a charger's plan is news compared with the notifications sent before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from smart_charging.config.notify import Kind
from smart_charging.entities.plan_view import PlanState, PlanView
from smart_charging.entities.sentence import sentence
from smart_charging.mode import Mode
from smart_charging.planning.plan import ALMOST_NOTHING_KWH, Plan
from smart_charging.services.notify.buttons import Button
from smart_charging.services.stored import flag, moment, number, optional, text

MOVED = timedelta(hours=1)
"""A start that moves by at most this much is no news."""
PLANS_APART = timedelta(minutes=15)
"""Between two notifications of a plan: several changes of settings in a row lead to one, of the last."""
STUCK_APART = timedelta(hours=1)
"""Between two notifications of a stuck charge: a charger that comes and goes is reported once."""
SHORT_KWH, SHORTER_KWH = 0.5, 1.0
"""A shortfall worth a notification, and a growth worth another: a slow start alone causes less."""
SETTLES_WITHIN, URGENT = timedelta(minutes=20), timedelta(hours=1)
"""While a car charges with less power than before, or nothing can be done, the shortfall grows for a while; told is the
whole of it, once, but not as late as shortly before the departure. Then it is told anew only when it has doubled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was notified about one charger since its cable went in; times are aware."""

    starts_at: datetime | None = None
    ready_by: datetime | None = None
    plan_at: datetime | None = None
    """When the plan was notified."""
    has_begun: bool = False
    """Whether that plan has begun; moves of its later blocks are no news."""
    short_kwh: float | None = None
    short_by: datetime | None = None
    """The departure that the shortfall was notified for."""
    short_seen_kwh: float | None = None
    short_seen_at: datetime | None = None
    """Since when the shortfall has not grown beyond that."""
    done_for: str | None = None
    """The session that was notified as done, by when its cable was first seen in.

    Version 0.1.0 kept the cloud's timestamp of the cable instead, empty where there was none.
    """
    was_done_short: bool = False
    """Whether the car was notified to take no more before it had all it was to get."""
    stuck_at: datetime | None = None
    is_stuck: bool = False
    stopped_as: str | None = None
    """How a person ended the charge, while that holds; empty where a version stored this that did not tell it."""

    def to_dict(self) -> dict[str, Any]:
        """For the Store; times as ISO text."""
        known = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in known}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Told:
        """The opposite of `to_dict`; nothing was notified where nothing is stored."""
        known: dict[str, Any] = {key: read(facts[key]) for key, read in _READERS.items() if key in facts}
        return cls(**{"stopped_as": "", **known})


_AT: Callable[[object], object] = partial(optional, moment)
_READERS: Mapping[str, Callable[[object], object]] = {
    "starts_at": _AT,
    "ready_by": _AT,
    "plan_at": _AT,
    "has_begun": flag,
    "short_kwh": partial(optional, number),
    "short_by": _AT,
    "short_seen_kwh": partial(optional, number),
    "short_seen_at": _AT,
    "was_done_short": flag,
    "done_for": partial(optional, text),
    "stuck_at": _AT,
    "is_stuck": flag,
    "stopped_as": partial(optional, text),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One subject, in one sentence."""

    kind: Kind
    text: str
    buttons: Sequence[Button] = ()


Found = tuple[str | None, Told]


def news_of(view: PlanView, told: Told, now: datetime) -> tuple[list[News], Told]:
    """The news, most important first, and what has been notified once they are sent.

    Without a cable the session is over, and everything about the next one will be news.
    """
    if view.state is PlanState.IDLE:
        return [], told if view.may_return else Told()
    news: list[News] = []
    for kind, find in _FINDERS:
        text, told = find(view, told, now)
        if text:
            news.append(News(kind=kind, text=text, buttons=_buttons(kind, view)))
    return news, told


def _stuck(view: PlanView, told: Told, now: datetime) -> Found:
    if view.state is not PlanState.STUCK:
        is_over = view.reason is None or view.state is PlanState.DONE
        return None, replace(told, is_stuck=told.is_stuck and not is_over)
    if told.is_stuck or (told.stuck_at and now - told.stuck_at < STUCK_APART):
        return None, told
    return sentence(view) + _missing(view), replace(told, is_stuck=True, stuck_at=now)


def _missing_kwh(view: PlanView) -> float:
    return (view.wanted_kwh or 0.0) - (view.delivered_kwh or 0.0)


def _missing(view: PlanView) -> str:
    missing_kwh = _missing_kwh(view)
    if view.plan is None or not view.awaits_energy or missing_kwh < SHORT_KWH:
        return ""
    return f"; {missing_kwh:.1f} kWh will be missing at {view.plan.ready_by.astimezone(view.zone):%a %H:%M}"


def _short(view: PlanView, told: Told, now: datetime) -> Found:
    plan = view.plan
    if view.state is not PlanState.SHORT or view.awaits_energy or plan is None:
        return None, told
    if plan.shortfall_kwh < SHORT_KWH or now >= plan.ready_by:
        return None, told
    is_urgent = plan.ready_by - now <= URGENT
    known_kwh = told.short_kwh if told.short_by == plan.ready_by else None
    if known_kwh is not None and plan.shortfall_kwh <= known_kwh + max(SHORTER_KWH, known_kwh if is_urgent else 0.0):
        return None, told
    told = _watched(told, plan.shortfall_kwh, now)
    may_grow = known_kwh is not None or plan.is_active(now)
    if may_grow and not is_urgent and now - (told.short_seen_at or now) < SETTLES_WITHIN:
        return None, told
    text = f"{plan.shortfall_kwh:.1f} kWh will be missing at {plan.ready_by.astimezone(view.zone):%a %H:%M}"
    why = f": {plan.shortfall_reason}" if plan.shortfall_reason else ""
    return text + why, replace(told, short_kwh=plan.shortfall_kwh, short_by=plan.ready_by)


def _watched(told: Told, shortfall_kwh: float, now: datetime) -> Told:
    if told.short_seen_kwh is not None and shortfall_kwh <= told.short_seen_kwh + SHORT_KWH:
        return told
    return replace(told, short_seen_kwh=shortfall_kwh, short_seen_at=now)


def _stopped(view: PlanView, told: Told, _now: datetime) -> Found:
    how = view.reason or "" if view.state is PlanState.MANUAL else ""
    if not how.startswith("stopped"):
        is_over = view.plan is not None or view.state is PlanState.MANUAL  # else it is not known yet
        return None, replace(told, stopped_as=None) if is_over else told
    if told.stopped_as in {how, ""} or view.charger.active_charge or _missing_kwh(view) < SHORT_KWH:
        return None, told
    had = f"with {view.delivered_kwh or 0.0:.1f} of {view.wanted_kwh or 0.0:.4g} kWh in the car"
    text = f"The charge was {how}, {had}; it is not charged on until the cable is pulled or somebody asks for it"
    return text, replace(told, stopped_as=how)


def _done(view: PlanView, told: Told, _now: datetime) -> Found:
    if view.state is not PlanState.DONE or (view.delivered_kwh or 0.0) <= ALMOST_NOTHING_KWH:
        return None, told
    session = view.plugged_in_at.isoformat() if view.plugged_in_at else ""
    is_short = _missing_kwh(view) >= SHORT_KWH
    is_told = told.done_for in {session, "", *_cable_stamps(view)} and (is_short or not told.was_done_short)
    known = replace(told, done_for=session, was_done_short=is_short)
    return (None, known) if is_told else (sentence(view) + _paid(view), known)


def _cable_stamps(view: PlanView) -> set[str]:
    """The session's identifiers in version 0.1.0, replaced by the current one when found."""
    return {stamp.isoformat() for charge in view.charger.charges[:1] if (stamp := charge.cable_plugged_in_at)}


def _plan(view: PlanView, told: Told, now: datetime) -> Found:
    plan = view.plan
    if view.state not in {PlanState.WAITING, PlanState.CHARGING, PlanState.SHORT} or plan is None or not plan.start:
        return None, told
    is_news = told.ready_by != plan.ready_by or (not told.has_begun and _has_moved(plan.start, told))
    if is_news and (told.plan_at is None or now - told.plan_at >= PLANS_APART):
        known = replace(told, starts_at=plan.start, ready_by=plan.ready_by, plan_at=now, has_begun=plan.is_active(now))
        if view.state is not PlanState.SHORT:
            known = replace(known, short_kwh=None)  # after a notification that all is well, a new shortfall is news
        return sentence(view) + _price(plan), known
    return None, replace(told, has_begun=told.has_begun or (not is_news and plan.is_active(now)))


_FINDERS = (
    (Kind.STUCK, _stuck),
    (Kind.STOPPED, _stopped),
    (Kind.SHORT, _short),
    (Kind.DONE, _done),
    (Kind.PLAN, _plan),
)


def _buttons(kind: Kind, view: PlanView) -> Sequence[Button]:
    """What a person may want to answer."""
    now = [] if view.mode == Mode.NOW else [Button.CHARGE_NOW]
    is_full = view.charger.last_charge is not None and view.charger.last_charge.fully_charged_at is not None
    match kind:
        case Kind.PLAN:
            return [*now, Button.SKIP_TONIGHT]
        case Kind.SHORT:
            return now
        case Kind.STUCK | Kind.STOPPED:
            return [Button.KEEP_GOING]
        case Kind.DONE:
            return [] if is_full else [Button.KEEP_GOING]
        case _:
            return []


def _has_moved(start: datetime, told: Told) -> bool:
    return told.starts_at is None or abs(start - told.starts_at) > MOVED


def _price(plan: Plan) -> str:
    if plan.cost is None:
        return ""
    parts = [f"; {_money(plan.cost, plan.currency)} in all"]
    if plan.saving is not None and abs(plan.saving) >= 0.005:
        parts.append(f"{_money(abs(plan.saving), plan.currency)} {'less' if plan.saving > 0 else 'more'} than at once")
    return ", ".join(parts)


def _paid(view: PlanView) -> str:
    if view.cost_so_far is None:
        return ""
    return f", for {_money(view.cost_so_far, view.plan.currency if view.plan else None)}"


def _money(amount: float, currency: str | None) -> str:
    return f"{amount:.2f} {currency or ''}".rstrip()

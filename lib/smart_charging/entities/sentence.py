"""One sentence about what a charger is doing and why."""

from __future__ import annotations

from datetime import datetime

from smart_charging.charger import ChargerState
from smart_charging.entities.plan_view import PeakView, PlanState, PlanView
from smart_charging.planning.plan import ALMOST_NOTHING_KWH

_ROUNDED_FROM = 10
"""Amounts of money below this are told with their cents."""
UNSEEN = frozenset({ChargerState.OFFLINE, ChargerState.UNKNOWN})
"""In these states it is not known whether a cable is plugged in."""

_WORTH_TELLING_KWH = 0.5


def sentence(view: PlanView) -> str:
    """The state, its reason, and what to do where a person has to act.

    Times are local clock times, never "in 20 minutes", so that the sentence changes only when the view does.
    """
    match view.state:
        case PlanState.MANUAL:
            return (
                f"Manual: {view.reason or 'a person decided'}; the scheduler keeps its hands off until the cable is "
                "pulled or smart charging is switched on"
            )
        case PlanState.STUCK:
            return (
                f"The charger does not do as told: {view.reason or 'no reason is known'}; look at the car, the cable "
                "and the charger, then pull the cable or switch smart charging on to have it tried again"
            )
        case _:
            return f"{_without_reason(view)}; {view.reason}" if view.reason else _without_reason(view)


def _without_reason(view: PlanView) -> str:
    match view.state:
        case PlanState.IDLE if view.charger.state in UNSEEN:
            return "The charger is not reached, so that nobody knows of a cable"
        case PlanState.IDLE:
            return "No cable is plugged in"
        case PlanState.OFF:
            return "Smart charging is off: nothing is started"
        case PlanState.SKIPPED:
            return f"Skipped, as a person asked: {_until_next_time(view)}"
        case PlanState.DONE:
            return _done(view) + _later(view)
        case _:
            return _planned(view)


def _until_next_time(view: PlanView) -> str:
    departure = f" or {view.plan.ready_by.astimezone(view.zone):%a %H:%M} has passed" if view.plan else ""
    return f"nothing is charged until the cable is pulled{departure}, or a mode is chosen"


def _planned(view: PlanView) -> str:
    if view.plan is None:
        return "Charging" if view.state is PlanState.CHARGING else "Waiting for a plan"
    spread = _spread(view.peak, view.plan.currency) if view.peak else ""
    planned = view.plan.sentence(view.zone, view.now) + _later(view) + spread
    planned += f"; {view.co2.planned_g / 1000:.2g} kg of CO2" if view.co2 and view.co2.planned_g else ""
    return f"At once, as asked: {planned}" if view.mode == "now" else planned


def _later(view: PlanView) -> str:
    """How much is left to later nights, and how much cheaper that is expected to be."""
    outlook = view.outlook
    if outlook is None or outlook.owed_kwh < _WORTH_TELLING_KWH:
        return ""
    share = f"; {outlook.tonight_kwh:.3g} of {outlook.wanted_kwh:.3g} kWh tonight"
    percent = round(100 * (outlook.cheaper or 0.0))
    if percent <= 0 or outlook.mostly_at is None:
        return f"{share}; the rest waits for a cheaper night"
    return f"{share}; the rest is expected to be {percent} % cheaper on {outlook.mostly_at.astimezone(view.zone):%A}"


def _spread(peak: PeakView, currency: str | None) -> str:
    """What was done about the month's peak; rounded so that it does not change with every minute."""
    if peak.expected_kw is None or not peak.saved:
        return ""
    money = f" {currency}" if currency else ""
    one, several = ("hour", "hours") if peak.is_hourly else ("quarter of an hour", "quarters of an hour")
    stays = f"at {peak.expected_kw:.1f}" if peak.below_kw is None else f"below {peak.below_kw:g}"
    saved = f"{peak.saved:.0f}" if peak.saved >= _ROUNDED_FROM else f"{peak.saved:.2f}"
    return (
        f"; spread over {peak.intervals} {one if peak.intervals == 1 else several}: the month stays {stays} kW; "
        f"{max(0.0, peak.dearer or 0.0):.2f}{money} dearer tonight, {saved}{money} a month saved"
    )


def _done(view: PlanView) -> str:
    if not view.delivered_kwh or view.delivered_kwh <= ALMOST_NOTHING_KWH:
        return "Nothing to charge"
    of = "" if view.wanted_kwh is None else f" of {view.wanted_kwh:.4g}"
    last = view.charger.last_charge
    if last and last.fully_charged_at:
        full_at = f"since {_clock(view, last.fully_charged_at)}"
        return f"The car takes no more {full_at}: {view.delivered_kwh:.1f}{of} kWh are in it"
    since = f" since {_clock(view, last.stopped_at)}" if last and last.stopped_at else ""
    return f"{view.delivered_kwh:.1f}{of} kWh are in the car{since}"


def _clock(view: PlanView, moment: datetime) -> str:
    return f"{moment.astimezone(view.zone):%H:%M}"

"""Why a charge ended: at somebody's wish, or for a reason that nobody wished for."""

from __future__ import annotations

from datetime import datetime, timedelta

from smart_charging.charger import Charge, Charger, ChargerState, ChargeState

OVER = (ChargeState.STOPPED, ChargeState.COMPLETED)

AT_ONCE = timedelta(minutes=3)
"""A charge without energy that ended sooner is one that did not work."""
LONG_AGO = timedelta(hours=12)
"""An ending that is found out about so late, after a time without us, may well be of another cable in."""

_BY_HAND = {
    "local": "stopped at the charger",
    "emergencystop": "stopped with the charger's emergency button",
    "unlockcommand": "stopped to unlock the cable",
    "stoppedbyuser": "stopped elsewhere",
}
"""Words for nothing but a person, in lower case: OCPP's, and the one that Monta's app has been seen to leave."""

_BY_NOBODY = frozenset(
    {
        "powerloss",  # the car still waits once the power is back
        "reboot",  # the charger's own, as after an update of its software
        "hardreset",  # asked of the charger by whoever maintains it, who does not mean the car
        "softreset",  # the same, politely
        "immediatereset",  # the same, in OCPP 2.0.1
        "deauthorized",  # the card was checked late, or the check failed; nobody pressed anything
        "other",  # the charger itself has no word for it: what people do has one
        "evdisconnected",  # the cable is what tells of that
        "stoppedbyev",  # the car's, which may want energy again
        "timeout",
        "groundfault",  # faults of OCPP 2.0.1; where they last, the charger says so
        "overcurrentfault",
        "powerquality",
    }
)
_OUT_OF_ORDER = (ChargerState.FAULTED, ChargerState.OFFLINE, ChargerState.INOPERATIVE)


def persons_stop(charger: Charger, charge: Charge, now: datetime) -> str | None:
    """How somebody ended a charge for which no stop of ours was sent; None when nobody did, or it matters no more.

    Monta's `stopReason` is free text: OCPP's words are to be expected, `api` and `StoppedByUser` have been
    seen. One we do not know, or none at all, is taken for a person's wish, as long as the charge had worked.
    """
    if not charger.is_plugged_in or charge.fully_charged_at or now - (charge.stopped_at or now) > LONG_AGO:
        return None
    word = "".join(filter(str.isalnum, charge.stop_reason or "")).lower()
    if how := _BY_HAND.get(word):
        return how
    has_trouble = charge.failed_at or charge.failure_reason or charger.state in _OUT_OF_ORDER or word in _BY_NOBODY
    return None if has_trouble or not _had_worked(charge, now) else "stopped elsewhere"


def _had_worked(charge: Charge, now: datetime) -> bool:
    has_lasted = charge.started_at is not None and (charge.stopped_at or now) - charge.started_at >= AT_ONCE
    return has_lasted or bool(charge.consumed_kwh)

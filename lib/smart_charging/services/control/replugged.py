"""A cable that was out between two reads: one charge has ended by that, and another began by itself as it went in."""

from __future__ import annotations

from datetime import datetime, timedelta

from smart_charging.charger import CLOCKS_MAY_DIFFER_BY, Charge, Charger

IN_MOMENTS = timedelta(minutes=5)
"""From an end to a begin that has to do with it, and from a plug-in to a charge that begins by itself."""


def charge_before(charger: Charger, charge: Charge) -> Charge | None:
    """The charge that another one followed."""
    return next((one for one in charger.charges if one.created_at < charge.created_at), None)


def charge_after(charger: Charger, charge: Charge) -> Charge | None:
    """The charge that followed another one."""
    return next((one for one in reversed(charger.charges) if one.created_at > charge.created_at), None)


def may_be_replugged(ended: Charge, begun: Charge) -> bool:
    """Whether a replug explains both, and nothing that is told speaks against it.

    A person who stops a charge elsewhere and starts it again looks the same, unless the cloud tells why the first
    one ended, or that the cable has been in since before.
    """
    if ended.stopped_at is None or ended.stop_reason:
        return False
    stamp = begun.cable_plugged_in_at
    is_next = timedelta(0) <= begun.created_at - ended.stopped_at <= IN_MOMENTS
    return is_next and (stamp is None or stamp > ended.stopped_at)


def is_replugged(charger: Charger, begun: Charge) -> bool:
    """Whether a charge says that its cable went in after the one before had ended, just before it began.

    Only of a charger whose plug-in times are the cable's: some are each charge's own begin.
    """
    ended, stamp = charge_before(charger, begun), begun.cable_plugged_in_at
    if ended is None or ended.stopped_at is None or stamp is None or not any(map(_tells_of_cable, charger.charges)):
        return False
    return stamp > ended.stopped_at and begun.created_at - stamp < IN_MOMENTS


def begins_after(out_at: datetime | None, charge: Charge) -> bool:
    """Whether a charge began just after its cable was seen out, and does not say that it was in then."""
    if out_at is None:
        return False
    since, stamp = out_at - CLOCKS_MAY_DIFFER_BY, charge.cable_plugged_in_at
    return since <= charge.created_at < out_at + IN_MOMENTS and (stamp is None or stamp >= since)


def _tells_of_cable(charge: Charge) -> bool:
    stamp = charge.cable_plugged_in_at
    return stamp is not None and charge.created_at - stamp > IN_MOMENTS

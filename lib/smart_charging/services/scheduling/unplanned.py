"""How much energy a charge that is not planned here will still take, which decides how long it fills the fuse."""

from __future__ import annotations

from collections.abc import Iterable

from smart_charging.services.sessions.session_log import BookedSession

SESSIONS_LOOKED_AT = 10
"""The charger's newest sessions; an older car may be gone."""
MORE_SHARE, MORE_KWH = 0.3, 1.0
"""Of a charge that has taken more than was expected: so much more, at least, is expected each time."""


def still_takes(had_kwh: float, wanted_kwh: float | None, before: Iterable[BookedSession]) -> float:
    """The energy such a charge still takes, in kWh.

    Nobody has told its target: it is most likely what the settings want for the car, or what cars took here before.

    Args:
        had_kwh: What the session has had.
        wanted_kwh: What the charger's settings want in all; None where they say nothing of that.
        before: The charger's sessions, oldest first.
    """
    usual_kwh = max((session.energy_kwh for session in list(before)[-SESSIONS_LOOKED_AT:]), default=0.0)
    return max(usual_kwh - had_kwh, (wanted_kwh or 0.0) - had_kwh, MORE_SHARE * had_kwh, MORE_KWH)

"""Enphase's stand-in for the demo."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta

from smart_charging.clouds.enphase.stand_in.cloud import EnphaseStandIn
from smart_charging.clouds.enphase.stand_in.habits import Habits
from smart_charging.clouds.enphase.stand_in.server import serve
from smart_charging.clouds.enphase.stand_in.site import Car, amperes
from smart_charging.clouds.http.stand_in.demo import Flow

_QUOTA = 7200
"""A second of the demo is minutes of the night."""
_REPORTS_EVERY = timedelta(seconds=0.5)


class EnphaseDemo:
    """One charger at one site, in fast motion."""

    arguments: Mapping[str, object] = {"cloud": "enphase"}

    def __init__(self, *, name: str, power_kw: float, delay: timedelta, now: Callable[[], datetime]) -> None:
        habits = Habits(quota=_QUOTA, start_delay=delay, stop_delay=delay, report_every=_REPORTS_EVERY)
        self._cloud = EnphaseStandIn(now=now, habits=habits)
        self.charger_id = self._cloud.add_charger(name)
        outlet = self._cloud.outlet(self.charger_id)
        outlet.max_a = amperes(power_kw, outlet.phases)
        logins = self._cloud.logins
        self.secrets: Mapping[str, str] = {"enphase_email": logins.email, "enphase_password": logins.password}

    @property
    def requests_sent(self) -> int:
        """How many there were so far."""
        return len(self._cloud.requests)

    @property
    def charges(self) -> Sequence[Sequence[Flow]]:
        """The charges in which energy flowed; each took all it was given, so each has one flow."""
        return [[(flow.start, flow.end)] for flow in self._cloud.outlet(self.charger_id).flows]

    def serve(self) -> AbstractAsyncContextManager[str]:
        """Run it until the block ends; yields the base URL."""
        return serve(self._cloud)

    def plug_in(self, *, wants_kwh: float, power_kw: float) -> None:
        """Plug the cable into a car."""
        self._cloud.plug_in(self.charger_id, Car(wants_kwh=wants_kwh, max_power_kw=power_kw))

    def unplug(self) -> None:
        """Pull the cable."""
        self._cloud.unplug(self.charger_id)

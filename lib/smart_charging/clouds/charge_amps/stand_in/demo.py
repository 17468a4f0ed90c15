"""Charge Amps' stand-in for the demo."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta

from smart_charging.clouds.charge_amps.stand_in.cloud import ChargeAmpsStandIn, Habits
from smart_charging.clouds.charge_amps.stand_in.server import serve
from smart_charging.clouds.charge_amps.stand_in.site import Car
from smart_charging.clouds.http.stand_in.demo import Flow

_PHASE_KW_PER_A = 0.69
"""Of all three phases together."""


class ChargeAmpsDemo:
    """One Halo in fast motion, over the External API; its mode lets every car charge at once."""

    arguments: Mapping[str, object] = {"cloud": "charge_amps"}

    def __init__(self, *, name: str, power_kw: float, delay: timedelta, now: Callable[[], datetime]) -> None:
        habits = Habits(start_delay=delay, stop_delay=delay, report_every=timedelta(0))
        self._cloud = ChargeAmpsStandIn(now=now, habits=habits)
        self._point_id = self._cloud.add_charge_point(name)
        outlet = self._cloud.outlet(self._point_id)
        outlet.installation_a = outlet.max_current = power_kw / _PHASE_KW_PER_A
        self.charger_id = f"{self._point_id}:1"
        logins = self._cloud.logins
        self.secrets: Mapping[str, str] = {
            "charge_amps_email": logins.email,
            "charge_amps_password": logins.password,
            "charge_amps_api_key": logins.api_key,
        }
        self._cloud.defence.most_per_s = 100  # a second of the demo is minutes of the night

    @property
    def requests_sent(self) -> int:
        """How many there were so far."""
        return len(self._cloud.requests)

    @property
    def charges(self) -> Sequence[Sequence[Flow]]:
        """The charges in which energy flowed."""
        self._cloud.site.catch_up()
        return [session.flows for _, session in self._cloud.site.sessions if session.flows]

    def serve(self) -> AbstractAsyncContextManager[str]:
        """Run it until the block ends; yields the base URL."""
        return serve(self._cloud)

    def plug_in(self, *, wants_kwh: float, power_kw: float) -> None:
        """Plug the cable into a car."""
        self._cloud.plug_in(self._point_id, Car(wants_kwh=wants_kwh, power_kw=power_kw))

    def unplug(self) -> None:
        """Pull the cable."""
        self._cloud.unplug(self._point_id)

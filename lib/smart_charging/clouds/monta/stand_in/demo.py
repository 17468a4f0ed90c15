"""Monta's stand-in for the demo."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta

from smart_charging.clouds.http.stand_in.demo import Flow
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.server import serve
from smart_charging.clouds.monta.stand_in.site import Car

_ID, _SECRET = "demo", "demo-secret"  # only the stand-in accepts them
_QUOTA = 600
"""Requests per minute; Monta's ten would allow one poll in ten seconds, half an hour of the demo's night."""


class MontaDemo:
    """One charge point in fast motion."""

    secrets: Mapping[str, str] = {"monta_client_id": _ID, "monta_client_secret": _SECRET}
    arguments: Mapping[str, object] = {"wallet_interval_s": 20}

    def __init__(self, *, name: str, power_kw: float, delay: timedelta, now: Callable[[], datetime]) -> None:
        self._cloud = MontaStandIn(
            now=now, client_id=_ID, client_secret=_SECRET, quota=_QUOTA, start_delay=delay, stop_delay=delay
        )
        self._point_id = self._cloud.add_charge_point(name, max_kw=power_kw)
        self.charger_id = str(self._point_id)

    @property
    def requests_sent(self) -> int:
        """How many there were so far."""
        return len(self._cloud.requests)

    @property
    def charges(self) -> Sequence[Sequence[Flow]]:
        """The charges in which energy flowed."""
        self._cloud.site.catch_up()
        each = ([(flow.start, flow.end) for flow in one.flows] for one in self._cloud.site.charges.values())
        return [flows for flows in each if flows]

    def serve(self) -> AbstractAsyncContextManager[str]:
        """Run it until the block ends; yields the base URL."""
        return serve(self._cloud)

    def plug_in(self, *, wants_kwh: float, power_kw: float) -> None:
        """Plug the cable into a car."""
        self._cloud.plug_in(self._point_id, Car(wants_kwh=wants_kwh, max_power_kw=power_kw))

    def unplug(self) -> None:
        """Pull the cable."""
        self._cloud.unplug(self._point_id)

"""The clouds that the demo can play with: each cloud's stand-in with one charger, as quick or slow as in the field."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol

from smart_charging.clouds.charge_amps.stand_in import server as charge_amps_server
from smart_charging.clouds.charge_amps.stand_in.cloud import ChargeAmpsStandIn
from smart_charging.clouds.charge_amps.stand_in.site import Car as ChargeAmpsCar
from smart_charging.clouds.enphase.stand_in import server as enphase_server
from smart_charging.clouds.enphase.stand_in.cloud import EnphaseStandIn
from smart_charging.clouds.enphase.stand_in.site import Car as EnphaseCar
from smart_charging.clouds.enphase.stand_in.site import Outlet, amperes
from smart_charging.clouds.monta.stand_in import server as monta_server
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.clouds.monta_partner.stand_in.cloud import PartnerStandIn
from smart_charging.demo.night import CHARGE_POINT_NAME, POWER_KW

CLIENT_ID, CLIENT_SECRET = "demo", "demo-secret"  # only the stand-in accepts them
PHASES_KW_PER_A = 0.69
"""Of three phases together."""
Clock = Callable[[], datetime]
Flow = tuple[datetime, datetime]
"""When energy began to flow at full power, and when it ended."""


class StagedCloud(Protocol):
    """What the demo needs of a cloud."""

    charger_id: str
    secrets: Mapping[str, str]
    """For secrets.yaml."""

    def serve(self) -> AbstractAsyncContextManager[str]:
        """Answer over HTTP until the block ends; yields the base URL."""
        ...

    def arguments(self, base_url: str) -> Mapping[str, Any]:
        """What the monitor needs in apps.yaml besides the base URL."""
        ...

    def plug_in(self, *, wants_kwh: float) -> None:
        """Plug the cable into a car."""
        ...

    def unplug(self) -> None:
        """Pull the cable."""
        ...

    @property
    def flows(self) -> Sequence[Flow]:
        """All there were until now, oldest first."""
        ...

    @property
    def starts(self) -> int:
        """In how many charges energy flowed."""
        ...

    @property
    def requests(self) -> int:
        """How many there were until now."""
        ...


class StagedMonta:
    """Monta's stand-in."""

    _stand_in: type[MontaStandIn] = MontaStandIn

    def __init__(self, now: Clock) -> None:
        self._cloud = self._stand_in(now=now, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
        self._point_id = self._cloud.add_charge_point(CHARGE_POINT_NAME, max_kw=POWER_KW)
        self.charger_id = str(self._point_id)
        self.secrets: Mapping[str, str] = {"monta_client_id": CLIENT_ID, "monta_client_secret": CLIENT_SECRET}

    def serve(self) -> AbstractAsyncContextManager[str]:
        """Answer over HTTP."""
        return monta_server.serve(self._cloud)

    def arguments(self, base_url: str) -> Mapping[str, Any]:
        """None: Monta is the cloud that need not be named."""
        return {}

    def plug_in(self, *, wants_kwh: float) -> None:
        """Plug the cable into a car."""
        self._cloud.plug_in(self._point_id, Car(wants_kwh=wants_kwh, max_power_kw=POWER_KW))

    def unplug(self) -> None:
        """Pull the cable."""
        self._cloud.unplug(self._point_id)

    @property
    def flows(self) -> Sequence[Flow]:
        """By charge."""
        self._cloud.site.catch_up()
        return [(flow.start, flow.end) for charge in self._cloud.site.charges.values() for flow in charge.flows]

    @property
    def starts(self) -> int:
        """Charges in which energy flowed."""
        return sum(bool(charge.flows) for charge in self._cloud.site.charges.values())

    @property
    def requests(self) -> int:
        """All there were."""
        return len(self._cloud.requests)


class StagedMontaPartner(StagedMonta):
    """The stand-in of Monta's Partner API."""

    _stand_in = PartnerStandIn

    def __init__(self, now: Clock) -> None:
        super().__init__(now)
        self.secrets = {"monta_partner_client_id": CLIENT_ID, "monta_partner_client_secret": CLIENT_SECRET}

    def arguments(self, base_url: str) -> Mapping[str, Any]:
        """The cloud's name."""
        return {"cloud": "monta_partner"}


class StagedEnphase:
    """Enphase's stand-in."""

    def __init__(self, now: Clock) -> None:
        self._cloud = EnphaseStandIn(now=now)
        self.charger_id = self._cloud.add_charger(CHARGE_POINT_NAME)
        self._outlet.max_a = amperes(POWER_KW, self._outlet.phases)
        logins = self._cloud.logins
        self.secrets: Mapping[str, str] = {"enphase_email": logins.email, "enphase_password": logins.password}

    @property
    def _outlet(self) -> Outlet:
        return self._cloud.outlet(self.charger_id)

    def serve(self) -> AbstractAsyncContextManager[str]:
        """Answer over HTTP."""
        return enphase_server.serve(self._cloud)

    def arguments(self, base_url: str) -> Mapping[str, Any]:
        """The cloud's name, and where its tokens are."""
        return {"cloud": "enphase", "tokens_url": f"{base_url}tokens"}

    def plug_in(self, *, wants_kwh: float) -> None:
        """Plug the cable into a car."""
        self._cloud.plug_in(self.charger_id, EnphaseCar(wants_kwh=wants_kwh, max_power_kw=POWER_KW))

    def unplug(self) -> None:
        """Pull the cable."""
        self._cloud.unplug(self.charger_id)

    @property
    def flows(self) -> Sequence[Flow]:
        """Of the only charger."""
        return [(flow.start, flow.end) for flow in self._outlet.flows]

    @property
    def starts(self) -> int:
        """Each flow has had one: the car takes all it is given until it is full."""
        return len(self._outlet.flows)

    @property
    def requests(self) -> int:
        """All there were."""
        return len(self._cloud.requests)


class StagedChargeAmps:
    """Charge Amps' stand-in over the External API; its mode lets every car charge at once."""

    def __init__(self, now: Clock) -> None:
        self._cloud = ChargeAmpsStandIn(now=now)
        self._point_id = self._cloud.add_charge_point(CHARGE_POINT_NAME)
        self.charger_id = f"{self._point_id}:1"
        outlet = self._cloud.outlet(self._point_id)
        outlet.installation_a = outlet.max_current = POWER_KW / PHASES_KW_PER_A
        logins = self._cloud.logins
        self.secrets: Mapping[str, str] = {
            "charge_amps_email": logins.email,
            "charge_amps_password": logins.password,
            "charge_amps_api_key": logins.api_key,
        }

    def serve(self) -> AbstractAsyncContextManager[str]:
        """Answer over HTTP."""
        return charge_amps_server.serve(self._cloud)

    def arguments(self, base_url: str) -> Mapping[str, Any]:
        """The cloud's name."""
        return {"cloud": "charge_amps"}

    def plug_in(self, *, wants_kwh: float) -> None:
        """Plug the cable into a car."""
        self._cloud.plug_in(self._point_id, ChargeAmpsCar(wants_kwh=wants_kwh, power_kw=POWER_KW))

    def unplug(self) -> None:
        """Pull the cable."""
        self._cloud.unplug(self._point_id)

    @property
    def flows(self) -> Sequence[Flow]:
        """Of all sessions."""
        self._cloud.site.catch_up()
        return [flow for _, session in self._cloud.site.sessions for flow in session.flows]

    @property
    def starts(self) -> int:
        """Each flow has had one, the first by itself: the car takes all it is given until it is full."""
        return len(self.flows)

    @property
    def requests(self) -> int:
        """All there were."""
        return len(self._cloud.requests)


STAGED: Mapping[str, Callable[[Clock], StagedCloud]] = {
    "monta": StagedMonta,
    "charge_amps": StagedChargeAmps,
    "enphase": StagedEnphase,
    "monta_partner": StagedMontaPartner,
}

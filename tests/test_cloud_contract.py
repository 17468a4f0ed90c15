"""What the services rely on, whatever the cloud; a cloud joins with one entry in `CLOUDS`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from smart_charging.charger import Charge, Charger
from smart_charging.clouds.charge_amps.stand_in.cloud import ChargeAmpsStandIn, Habits
from smart_charging.clouds.charge_amps.stand_in.site import Car as AmpsCar
from smart_charging.clouds.enphase.stand_in.cloud import EnphaseStandIn
from smart_charging.clouds.enphase.stand_in.habits import Habits as EnphaseHabits
from smart_charging.clouds.enphase.stand_in.site import Car as EnphaseCar
from smart_charging.clouds.http.stand_in.messages import LoggedRequest, Request, Response
from smart_charging.clouds.monta.client import MontaClient, monta_budget
from smart_charging.clouds.monta.cloud import MontaCloud
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.clouds.monta_partner.stand_in.cloud import PartnerStandIn
from smart_charging.clouds.protocol import ChargerCloud
from smart_charging.config.monitor import MonitorSettings
from smart_charging.entities.states import HomeAssistantStates
from smart_charging.errors import CloudError
from smart_charging.services.control.control import Control
from smart_charging.services.control.origins import Origin
from smart_charging.services.watching.hub import Hub
from worlds.charge_amps import external_cloud
from worlds.enphase import cloud as enphase_cloud
from worlds.fakes import BASE_URL, shorten
from worlds.forgetful_cloud import ForgetfulCloud
from worlds.household import FakeHass
from worlds.monta_partner import partner_cloud
from worlds.virtual_time import Clock

LOG = logging.getLogger("contract")


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudBench:
    """A cloud with one charger, and what people do there."""

    cloud: ChargerCloud
    charger_id: str
    plug_in: Callable[[], None]
    start_by_hand: Callable[[], object]
    delivered_kwh: Callable[[], float]
    starts: Callable[[], int]
    stops: Callable[[], int]
    spoil: Callable[[], None]
    """Has another charger tell nonsense of itself, where the cloud has lists of rows."""
    odd_lists: int = 0
    """How many of its lists then hold such a row."""


class OddRows(MontaStandIn):
    """Can be had to send a row without an id."""

    is_odd = False

    async def respond(self, request: Request) -> Response:
        response = await super().respond(request)
        if self.is_odd and request.method == "GET" and isinstance(response.body, dict) and "data" in response.body:
            response.body["data"] = [*response.body["data"], {"id": None, "state": "bu$y", "createdAt": "soon"}]
        return response


class OddPartner(OddRows, PartnerStandIn):
    """The same of the Partner API."""


def monta(clock: Clock) -> CloudBench:
    stand_in = OddRows(now=clock)
    client = MontaClient(
        client_id=stand_in.tokens.client_id,
        client_secret=stand_in.tokens.client_secret,
        base_url=BASE_URL,
        budget=monta_budget(now=clock, sleep=clock.sleep, jitter=lambda least, _most: least),
        now=clock,
    )
    return monta_bench(stand_in, MontaCloud(shorten(client, stand_in)), stop_is="POST", odd_lists=2)


def monta_partner(clock: Clock) -> CloudBench:
    stand_in = OddPartner(now=clock)
    return monta_bench(stand_in, partner_cloud(stand_in, clock), stop_is="GET", odd_lists=3)  # of teams that pay, too


def monta_bench(stand_in: OddRows, cloud: ChargerCloud, *, stop_is: str, odd_lists: int) -> CloudBench:
    """Of the lists, two are of charge points and of charges."""
    point_id = stand_in.add_charge_point("Garage")

    def delivered_kwh() -> float:
        stand_in.site.catch_up()
        return sum(charge.consumed_kwh or 0.0 for charge in stand_in.site.charges.values())

    def sent(end: str, method: str) -> int:
        return sum(request.path.endswith(end) for request in stand_in.sent("charges", method))

    return CloudBench(
        cloud=cloud,
        charger_id=str(point_id),
        plug_in=lambda: stand_in.plug_in(point_id, Car(wants_kwh=60, max_power_kw=11)),
        start_by_hand=lambda: stand_in.start_by_hand(point_id),
        delivered_kwh=delivered_kwh,
        starts=lambda: sent("charges", "POST"),
        stops=lambda: sent("stop", stop_is),
        spoil=lambda: setattr(stand_in, "is_odd", True),
        odd_lists=odd_lists,
    )


def forgetful(clock: Clock) -> CloudBench:
    cloud = ForgetfulCloud(clock)
    charger_id = cloud.add_outlet("V-7:1", "Garage")
    return CloudBench(
        cloud=cloud,
        charger_id=charger_id,
        plug_in=lambda: cloud.plug_in(charger_id),
        start_by_hand=lambda: cloud.start_by_hand(charger_id),
        delivered_kwh=lambda: cloud.kwh(charger_id),
        starts=lambda: cloud.starts,
        stops=lambda: cloud.stops,
        spoil=lambda: None,
    )


class OddAmps(ChargeAmpsStandIn):
    """One that can be had to send a charge point without an id."""

    is_odd = False

    async def respond(self, request: Request) -> Response:
        response = await super().respond(request)
        if self.is_odd and request.path.endswith("owned") and isinstance(response.body, list):
            return replace(response, body=[*response.body, {"id": None, "connectors": 7}])
        return response


def charge_amps(clock: Clock, habits: Habits | None = None, *, mode: str = "Off") -> CloudBench:
    """In the mode Off a car waits; in the mode On it charges before anybody can ask for it."""
    stand_in = OddAmps(now=clock, habits=habits or Habits(mode=mode))
    point_id = stand_in.add_charge_point("Garage")

    def start_by_hand() -> None:
        stand_in.show_tag(point_id)
        stand_in.set_by_hand(point_id, mode="On")

    def sent(*means: str) -> int:
        commands = [one for one in stand_in.sent("v5/chargepoints", "PUT") if one.status == 200]
        return sum(any(_means(one, meant) for meant in means) for one in commands)

    return CloudBench(
        cloud=external_cloud(stand_in, clock),
        charger_id=f"{point_id}:1",
        plug_in=lambda: stand_in.plug_in(point_id, AmpsCar(wants_kwh=60)),
        start_by_hand=start_by_hand,
        delivered_kwh=stand_in.delivered_kwh,
        starts=lambda: sent("remotestart", "On 16"),
        stops=lambda: sent("remotestop", "On 0", "Off 16"),
        spoil=lambda: setattr(stand_in, "is_odd", True),
        odd_lists=1,
    )


def _means(request: LoggedRequest, meant: str) -> bool:
    body = request.json if isinstance(request.json, dict) else {}
    return request.path.endswith(meant) or (bool(body) and f"{body.get('mode')} {body.get('maxCurrent', 0):g}" == meant)


class OddEnphase(EnphaseStandIn):
    """One that can be had to send a charger without a serial number."""

    is_odd = False

    async def respond(self, request: Request) -> Response:
        response = await super().respond(request)
        if self.is_odd and request.path.endswith(("status", "summary")) and isinstance(response.body, dict):
            data = response.body.get("data", response.body)
            rows = data if isinstance(data, list) else data.get("chargers", data.get("evChargerData"))
            rows.append({"sn": None, "pluggedIn": "perhaps"})
        return response


def enphase(clock: Clock, **habits: Any) -> CloudBench:
    stand_in = OddEnphase(now=clock, habits=EnphaseHabits(**habits))
    serial = stand_in.add_charger("Garage")

    def accepted(end: str) -> int:
        return sum(request.status == 200 for request in stand_in.sent(end))

    return CloudBench(
        cloud=enphase_cloud(stand_in, clock),
        charger_id=serial,
        plug_in=lambda: stand_in.plug_in(serial, EnphaseCar(wants_kwh=60)),
        start_by_hand=lambda: stand_in.start_by_hand(serial),
        delivered_kwh=lambda: stand_in.delivered_kwh(serial),
        starts=lambda: accepted("start_charging"),
        stops=lambda: accepted("stop_charging"),
        spoil=lambda: setattr(stand_in, "is_odd", True),
        odd_lists=2,  # of chargers as they are, and of what changes seldom
    )


CLOUDS: dict[str, Callable[[Clock], CloudBench]] = {
    "monta": monta,
    "monta_partner": monta_partner,
    "forgetful": forgetful,
    "charge_amps": charge_amps,
    "charge_amps_with_tag": lambda clock: charge_amps(clock, Habits(rfid_lock=True, report_every=timedelta(0))),
    "enphase": enphase,
    "enphase_old_shape": lambda clock: enphase(
        clock, new_shape=False, start_form=3, stop_form=2, after_stop="AVAILABLE", takes_levels=False
    ),
    "charge_amps_capi": lambda clock: charge_amps(clock, Habits(speaks_ocpp=False, in_numbers=True, mode="Off")),
}


class Services:
    """Hub and control over a cloud, as the apps wire them."""

    def __init__(self, bench: CloudBench, clock: Clock) -> None:
        self.bench = bench
        self.clock = clock
        self.hass = FakeHass()
        self.start_apps()

    def start_apps(self) -> None:
        settings = MonitorSettings.model_validate({"poll_idle_s": 60, "poll_plugged_in_s": 60})
        writer = HomeAssistantStates(self.hass.set_state)
        self.hub = Hub(self.bench.cloud, settings, writer, self.hass, clock=self.clock, log=LOG)
        self.control = Control(self.hub, self.hass, clock=self.clock, log=LOG, sleep=self.clock.sleep)

    async def live(self, **span: float) -> None:
        until = self.clock.at + timedelta(**span)
        while self.clock.at < until:
            rest = min(await self.hub.polling.beat(), await self.control.beat())
            self.clock.at = min(until, self.clock.at + max(rest, timedelta(seconds=1)))
        await self.hub.polling.beat()

    @property
    def charger(self) -> Charger:
        return self.hub.polling.chargers[self.bench.charger_id]

    @property
    def running(self) -> Charge:
        assert self.charger.active_charge
        return self.charger.active_charge

    def attributes(self, key: str) -> dict[str, Any]:
        prefix = self.hub.names.prefix
        return self.hass.states[f"sensor.{prefix}_garage_{key}"][1]

    def state(self, key: str) -> str:
        return self.hass.states[f"sensor.{self.hub.names.prefix}_garage_{key}"][0]


@pytest.fixture(params=CLOUDS)
async def services(request: pytest.FixtureRequest, clock: Clock) -> Services:
    services = Services(CLOUDS[request.param](clock), clock)
    services.bench.plug_in()
    await services.live(minutes=2)
    return services


async def started(services: Services) -> None:
    assert (await services.control.start(services.bench.charger_id, origin=Origin.US)).ok
    await services.live(minutes=5)


async def test_chargers_have_text_ids_and_aware_times(services: Services) -> None:
    await started(services)

    assert services.charger.id == services.bench.charger_id
    assert services.running.id
    assert services.running.created_at.utcoffset() == timedelta(0)


async def test_a_charge_that_follows_our_start_is_ours(services: Services) -> None:
    await started(services)

    assert services.control.origin_of(services.running) is Origin.US
    assert services.control.is_on(services.charger)


async def test_a_charge_that_follows_nobody_s_start_is_somebody_else_s(services: Services) -> None:
    services.bench.start_by_hand()
    await services.live(minutes=5)

    await services.control.review(services.charger)

    assert services.control.origin_of(services.running) is Origin.OTHER


async def test_a_charge_keeps_its_id_from_read_to_read(services: Services) -> None:
    await started(services)
    ids = []

    for _ in range(5):
        await services.live(minutes=3)
        ids.append(services.running.id)

    assert len(set(ids)) == 1
    assert services.attributes("last_charge")["charge_id"] == ids[0]


async def test_what_is_asked_for_is_not_asked_for_again(services: Services) -> None:
    for _ in range(3):
        await services.control.start(services.bench.charger_id, origin=Origin.US)

    await services.live(minutes=5)

    assert services.bench.starts() == 1


async def test_a_stop_ends_the_charge_and_a_second_one_asks_nobody(services: Services) -> None:
    await started(services)

    first = await services.control.stop(services.bench.charger_id, origin=Origin.US)
    await services.live(minutes=5)
    second = await services.control.stop(services.bench.charger_id, origin=Origin.US)

    assert (first.ok, second.ok) == (True, True)
    assert services.bench.stops() == 1
    assert services.charger.active_charge is None
    assert not services.control.is_on(services.charger)


async def test_a_charge_that_is_over_is_still_known(services: Services) -> None:
    await started(services)
    charge_id = services.running.id
    await services.control.stop(services.bench.charger_id, origin=Origin.US)

    await services.live(minutes=10)

    assert services.charger.last_charge
    assert (services.charger.last_charge.id, services.state("last_charge")) == (charge_id, "stopped")


async def test_a_stop_where_nothing_runs_is_a_success(services: Services) -> None:
    result = await services.control.stop(services.bench.charger_id, origin=Origin.PERSON)

    assert (result.ok, services.bench.stops()) == (True, 0)


async def test_energy_is_counted_once_over_charges_and_restarts(services: Services) -> None:
    for _ in range(2):
        await started(services)
        await services.live(minutes=25)
        services.start_apps()
        await services.live(minutes=2)
        await services.control.stop(services.bench.charger_id, origin=Origin.US)
        await services.live(minutes=10)

    assert services.bench.delivered_kwh() > 8
    assert float(services.state("energy")) == pytest.approx(services.bench.delivered_kwh(), abs=0.4)


async def test_the_energy_total_never_goes_back(services: Services) -> None:
    await started(services)
    seen = [0.0]

    for _ in range(6):
        await services.live(minutes=7)
        seen.append(float(services.state("energy")))

    assert all(before <= after for before, after in pairwise(seen))


async def test_a_charge_is_ours_after_a_restart_too(services: Services) -> None:
    await started(services)

    services.start_apps()
    await services.live(minutes=3)

    assert services.control.origin_of(services.running) is Origin.US
    assert (await services.control.stop(services.bench.charger_id, origin=Origin.US)).ok
    await services.live(minutes=5)
    assert services.charger.active_charge is None


async def test_one_odd_row_costs_the_others_nothing(services: Services, caplog: pytest.LogCaptureFixture) -> None:
    services.bench.spoil()

    await started(services)
    await services.live(minutes=20)

    assert services.hub.polling.is_answering
    assert services.bench.delivered_kwh() > 3
    told = [record.getMessage() for record in caplog.records if "left out" in record.getMessage()]
    assert len(told) == len(set(told)) == services.bench.odd_lists


async def test_a_charger_can_be_read_alone(services: Services) -> None:
    await started(services)

    alone = await services.hub.charges.charger(services.bench.charger_id)

    assert alone.active_charge
    assert alone.active_charge.id == services.running.id


async def test_a_charger_nobody_knows_is_an_error_of_the_cloud(services: Services) -> None:
    with pytest.raises(CloudError):
        await services.bench.cloud.charger("999999")


async def test_a_cloud_has_words_for_all_that_is_said_of_it(services: Services) -> None:
    words = services.bench.cloud.words

    assert all([words.name, words.manufacturer, words.prefix, words.login_hint, words.scope_hint])
    assert words.prefix.isidentifier()
    assert words.scope_hint.format(scope="x")

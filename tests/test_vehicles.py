"""Cars whose state of charge the chargers' cloud knows, without an integration in Home Assistant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.clouds.monta_partner.connected_vehicles import ConnectedVehicles
from smart_charging.clouds.monta_partner.stand_in.cloud import PartnerStandIn
from smart_charging.clouds.monta_partner.stand_in.people import Vehicle
from smart_charging.config.arguments import parse
from smart_charging.config.scheduler import SchedulerSettings
from smart_charging.errors import ConfigError
from smart_charging.services.cars.vehicle_entities import VehicleEntities
from worlds.fakes import BASE_URL
from worlds.household import LOG, FakeHass
from worlds.virtual_apps import Line, OtherClouds, house_of
from worlds.virtual_time import Clock, run

if TYPE_CHECKING:
    from smart_charging.clouds.monta_partner.client import PartnerClient

PARTNER_URL = "https://partner.monta.test/api/v1/"
SECRETS = '{"monta_partner_client_id": "stand-in-id", "monta_partner_client_secret": "stand-in-secret"}'
ADA = {"charge_point_id": 410001, "vehicle": "Ada", "ready_by": "07:00"}


def settings(**car: Any) -> SchedulerSettings:
    return parse(SchedulerSettings, {"fixed": 1, "vehicle_cloud": "monta_partner", "chargers": [ADA | car]})


class Driveway:
    """What the settings of Ada's charger read."""

    def __init__(self, partner: PartnerClient, clock: Clock, hass: FakeHass | None = None) -> None:
        chargers = settings().chargers
        references = chargers[0].references()
        self._ids = {fact: references[fact][0].entity_id for fact in ("soc_percent", "battery_kwh")}
        self.entities = VehicleEntities(hass or FakeHass(), ConnectedVehicles(partner), chargers, clock=clock, log=LOG)

    async def read(self, fact: str = "soc_percent") -> str | None:
        entity = await self.entities.entity(self._ids[fact])
        return entity.state if entity else None


@pytest.fixture
def ada(operator: PartnerStandIn) -> int:
    return operator.vehicles.add(Vehicle(name="Ada", car=Car(wants_kwh=18), battery_kwh=60))


def test_a_car_is_charged_by_what_its_maker_tells_monta(tmp_path: Path) -> None:
    clock = Clock(datetime(2026, 3, 11, 1, tzinfo=UTC))
    monta, operator = MontaStandIn(now=clock), PartnerStandIn(now=clock)
    point, car = monta.add_charge_point(), Car(wants_kwh=18)
    operator.vehicles.add(Vehicle(name="Ada", car=car, battery_kwh=60))
    login = {"cloud": "monta_partner", "credentials_file": "partner.json", "base_url": PARTNER_URL}
    charger = {"charge_point_id": point, "vehicle": "Ada", "efficiency": 1, "power_kw": 11, "ready_by": "04:00"}
    (tmp_path / "partner.json").write_text(SECRETS)

    async def night() -> None:
        others = OtherClouds(lines={PARTNER_URL: Line(operator)})
        async with house_of(tmp_path, Line(monta), monta, others=others) as house:
            scheduler = {"fixed": 1, "vehicle_cloud": login, "chargers": [charger]}
            apps = {"charging_monitor": {"base_url": BASE_URL, "poll_idle_s": 60}, "charging_control": {}}
            await house.start({**apps, "charging_scheduler": scheduler})
            monta.plug_in(point, car)
            await clock.sleep_until(datetime(2026, 3, 11, 3, tzinfo=UTC))

    run(night(), clock)

    charge = monta.charge_of(point)
    assert charge is not None
    assert charge.consumed_kwh == pytest.approx(6, abs=0.5)
    assert (charge.state, charge.stop_reason) == ("stopped", "api")


async def test_soc_and_battery_are_read_in_one_request_every_five_minutes(
    operator: PartnerStandIn, partner: PartnerClient, clock: Clock, ada: int
) -> None:
    driveway = Driveway(partner, clock)

    read = set()
    for _ in range(11):
        read.add((await driveway.read(), await driveway.read("battery_kwh")))
        clock.advance(minutes=1)

    assert read == {("70", "60")}
    assert len(operator.sent(f"vehicles/integration/integration-{ada}")) == 3
    assert len(operator.sent("vehicles")) == 2 + 3


async def test_other_entities_are_home_assistants(partner: PartnerClient, clock: Clock) -> None:
    hass = FakeHass()
    hass.states["sensor.soc"] = ("55", {})

    entity = await Driveway(partner, clock, hass).entities.entity("sensor.soc")

    assert entity is not None
    assert entity.state == "55"


async def test_while_monta_is_away_the_last_value_is_good_for_a_day(
    operator: PartnerStandIn, partner: PartnerClient, clock: Clock, ada: int
) -> None:
    driveway = Driveway(partner, clock)
    await driveway.read()
    operator.fail_next(Failure.SERVER_ERROR, "vehicles", times=20)

    read = []
    for hours in (1, 22, 2):
        clock.advance(hours=hours)
        read.append(await driveway.read())

    assert read == ["70", "70", "unavailable"]
    assert await driveway.read("battery_kwh") == "60"


async def test_a_cloud_that_hangs_is_waited_for_ten_seconds_and_not_for_each_car(
    operator: PartnerStandIn, partner: PartnerClient, clock: Clock, ada: int
) -> None:
    operator.fail_next(Failure.HANG, times=10)
    driveway, asked_at = Driveway(partner, clock), clock()

    read = [await driveway.read(), await driveway.read("battery_kwh")]

    assert read == ["unavailable", "unavailable"]
    assert clock() - asked_at <= timedelta(seconds=11)


async def test_a_refusal_for_want_of_quota_is_heeded(
    operator: PartnerStandIn, partner: PartnerClient, clock: Clock, ada: int
) -> None:
    driveway = Driveway(partner, clock)
    operator.fail_next(Failure.RATE_LIMITED, "vehicles/integration")

    read = []
    for _ in range(12):
        read.append(await driveway.read())
        clock.advance(minutes=1)

    assert read[:10] == ["unavailable"] * 10
    assert read[-1] == "70"
    assert len(operator.sent("vehicles/integration")) == 2


async def test_a_vehicle_that_cannot_be_read_keeps_no_other_from_it(
    operator: PartnerStandIn, partner: PartnerClient, clock: Clock, ada: int
) -> None:
    cars = [ADA | {"charge_point_id": 1, "vehicle": "Bo"}, ADA]
    chargers = parse(SchedulerSettings, {"fixed": 1, "vehicle_cloud": "monta_partner", "chargers": cars}).chargers
    ids = [charger.references()["soc_percent"][0].entity_id for charger in chargers]
    entities = VehicleEntities(FakeHass(), ConnectedVehicles(partner), chargers, clock=clock, log=LOG)

    states = []
    for _ in range(3):
        states.append([entity.state for one in ids if (entity := await entities.entity(one))])
        clock.advance(minutes=1)

    assert states == [["unavailable", "unavailable"], ["unavailable", "70"], ["unavailable", "70"]]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("7701", 70.0), ("Ada", 70.0), ("Bo", None)],
)
async def test_a_vehicle_is_named_by_id_or_name(
    operator: PartnerStandIn, partner: PartnerClient, ada: int, name: str, expected: float | None
) -> None:
    operator.vehicles.add(Vehicle(name="Eve", car=Car(wants_kwh=1), battery_kwh=50))
    vehicles = ConnectedVehicles(partner)

    if expected is None:
        with pytest.raises(ConfigError, match=r"not exactly one at Monta; write one of 7701 \(Ada\), 7702 \(Eve\)"):
            await vehicles.vehicle(name)
    else:
        assert (await vehicles.vehicle(name)).soc_percent == expected


def test_what_is_written_goes_before_what_the_vehicle_tells() -> None:
    by_energy = settings(energy_kwh=20).chargers[0]
    by_sensor = settings(soc_percent="sensor.soc", battery_kwh=77).chargers[0]

    assert (by_energy.energy_kwh, by_energy.soc_percent) == (20, None)
    assert (str(by_sensor.soc_percent), by_sensor.battery_kwh) == ("sensor.soc", 77)


def test_a_vehicle_needs_somebody_who_knows_it() -> None:
    with pytest.raises(ConfigError, match="a charger names a vehicle; write vehicle_cloud, too"):
        parse(SchedulerSettings, {"fixed": 1, "chargers": [ADA]})

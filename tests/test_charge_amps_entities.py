"""What Home Assistant shows of a charger of Charge Amps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from smart_charging.clouds.charge_amps.entities import CHARGE_AMPS_TABLES
from smart_charging.clouds.charge_amps.stand_in.cloud import ChargeAmpsStandIn, Habits
from smart_charging.clouds.charge_amps.stand_in.site import Car
from smart_charging.clouds.protocol import ChargerCloud
from smart_charging.entities.publish import Change, Device, Entity, EntityKey
from smart_charging.services.watching.hub import Hub
from worlds.charge_amps import LOG, cloud_over_web, external_cloud, settings
from worlds.household import FakeHass
from worlds.virtual_time import Clock


class AmpsShown:
    """The entities of an account as a writer gets them."""

    def __init__(self, clock: Clock, amps: ChargeAmpsStandIn, cloud: ChargerCloud) -> None:
        self.clock = clock
        self.amps = amps
        self._entities: dict[str, Entity] = {}
        self._hub = Hub(cloud, settings(), self, FakeHass(), tables=CHARGE_AMPS_TABLES, clock=clock, log=LOG)

    async def write(self, changes: Sequence[Change]) -> None:
        self._entities |= {change.entity.entity_id: change.entity for change in changes}

    async def remove(self, device: Device, keys: Iterable[EntityKey]) -> None:
        raise AssertionError(f"{device} goes with {keys}")

    async def read(self) -> None:
        self.clock.advance(minutes=1)
        await self._hub.polling.beat()

    def entity(self, key: str) -> Mapping[str, Any]:
        """The one whose id ends like this."""
        found = next(entity for entity_id, entity in self._entities.items() if entity_id.endswith(f".{key}"))
        return {"state": found.state, "device": found.device, **found.traits, **found.attributes}

    def ids(self) -> set[str]:
        return set(self._entities)


def shown(clock: Clock, *, over_web: bool = False, **habits: Any) -> AmpsShown:
    amps = ChargeAmpsStandIn(now=clock, habits=Habits(report_every=timedelta(0), **habits))
    amps.add_charge_point("Garage")
    return AmpsShown(clock, amps, cloud_over_web(amps, clock) if over_web else external_cloud(amps, clock))


@pytest.fixture
async def halo(clock: Clock) -> AmpsShown:
    halo = shown(clock)
    point_id = next(iter(halo.amps.site.points))
    halo.amps.plug_in(point_id, Car(wants_kwh=60))
    await halo.read()
    await halo.read()
    return halo


@pytest.mark.parametrize(
    ("key", "state", "unit"),
    [
        ("charge_amps_garage_measured_power", 11074.0, "W"),
        ("charge_amps_garage_voltage_l1", 231.0, "V"),
        ("charge_amps_garage_voltage_l2", 230.2, "V"),
        ("charge_amps_garage_voltage_l3", 230.9, "V"),
        ("charge_amps_garage_current_l1", 16.0, "A"),
        ("charge_amps_garage_current_l2", 16.0, "A"),
        ("charge_amps_garage_current_l3", 16.0, "A"),
        ("charge_amps_garage_charging_current", 16.0, "A"),
        ("charge_amps_garage_connector_status", "Charging", None),
        ("charge_amps_garage_charging", True, None),
        ("charge_amps_garage_online", True, None),
        ("charge_amps_garage_charger_mode", "On", None),
        ("charge_amps_garage_cable_lock", False, None),
        ("charge_amps_garage_rfid_lock", False, None),
        ("charge_amps_garage_station_charger_status", "Online", None),
        ("charge_amps_garage_station_firmware", "1.4.2", None),
        ("charge_amps_garage_station_dimmer", "Medium", None),
        ("charge_amps_garage_station_down_light", True, None),
    ],
)
async def test_a_halo_that_charges(halo: AmpsShown, key: str, state: object, unit: str | None) -> None:
    entity = halo.entity(key)

    assert (entity["state"], entity.get("unit_of_measurement")) == (state, unit)


async def test_lifetime_energy_is_for_the_energy_dashboard(halo: AmpsShown) -> None:
    entity = halo.entity("charge_amps_garage_lifetime_energy")

    assert (entity["device_class"], entity["state_class"]) == ("energy", "total_increasing")
    assert entity["state"] == pytest.approx(halo.amps.delivered_kwh(), abs=0.01)


async def test_connectors_hang_on_their_charge_point(halo: AmpsShown) -> None:
    connector, point = halo.entity("charge_amps_garage_state"), halo.entity("charge_amps_garage_station_firmware")

    assert connector["device"].via == point["device"].id
    assert point["device"].manufacturer == "Charge Amps"


async def test_what_the_cloud_itself_says_is_an_attribute(clock: Clock) -> None:
    halo = shown(clock, in_numbers=True)

    await halo.read()

    entity = halo.entity("charge_amps_garage_connector_status")
    assert (entity["state"], entity["cloud_status"]) == ("Available", "0")


@pytest.mark.parametrize(
    "key",
    [
        "charge_amps_garage_connector_status",
        "charge_amps_garage_measured_power",
        "charge_amps_garage_voltage_l1",
        "charge_amps_garage_charger_mode",
        "charge_amps_garage_station_dimmer",
    ],
)
async def test_of_a_charger_that_is_offline_nothing_is_shown_as_if_it_were_new(halo: AmpsShown, key: str) -> None:
    next(iter(halo.amps.site.points.values())).is_online = False

    await halo.read()

    assert halo.entity(key)["state"] == "unavailable"
    assert halo.entity("charge_amps_garage_power")["state"] is None  # and no estimate in its place
    assert halo.entity("charge_amps_garage_station_charger_status")["state"] == "Offline"
    assert halo.entity("charge_amps_garage_online")["state"] is False


async def test_who_may_only_read_is_offered_nothing_to_set(clock: Clock) -> None:
    halo = shown(clock)
    next(iter(halo.amps.site.points.values())).is_read_only = True

    await halo.read()

    assert not [one for one in halo.ids() if one.split(".")[0] in {"select", "switch", "button", "number"}]


async def test_without_a_key_all_that_can_be_read_is_there(clock: Clock) -> None:
    with_key, without = shown(clock), shown(clock, over_web=True)
    for one in (with_key, without):
        one.amps.plug_in(next(iter(one.amps.site.points)), Car(wants_kwh=60))
        for _ in range(2):
            await one.read()

    sensors = {one for one in with_key.ids() if one.split(".")[0] in {"sensor", "binary_sensor"}}
    set_only = {"sensor.charge_amps_garage_current_limit", "sensor.charge_amps_garage_station_firmware"}
    assert sensors - without.ids() == set_only
    assert not [one for one in without.ids() if one.split(".")[0] not in {"sensor", "binary_sensor"}]


async def test_a_model_without_down_light_has_no_switch_for_it(clock: Clock) -> None:
    amps = ChargeAmpsStandIn(now=clock)
    amps.add_charge_point("Yard", model="Aura", outlets=2)
    aura = AmpsShown(clock, amps, external_cloud(amps, clock))

    await aura.read()

    assert "switch.charge_amps_yard_station_down_light" not in aura.ids()
    assert {"sensor.charge_amps_yard_1_state", "sensor.charge_amps_yard_2_state"} <= aura.ids()

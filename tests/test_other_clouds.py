"""Evenings with clouds that are not Monta, and with several accounts side by side, through the real apps."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.clouds.opening import KNOWN_CLOUDS
from worlds.fakes import BASE_URL
from worlds.forgetful_cloud import ForgetfulCloud
from worlds.virtual_apps import Broker, Line, OtherClouds, VirtualHouse, house_of
from worlds.virtual_time import Clock, run

EVENING = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)
MORNING = EVENING + timedelta(hours=13)
PRICE_ENTITY = "sensor.prices"
PRICES = (3.0, 2.8, 2.6, 2.0, 1.6, 1.2, 0.9, 0.5, 0.1, 0.2, 0.7, 1.1, 1.9, 2.2, 2.4)
"""Hour by hour from 18:00; the two cheapest begin at 02:00, local time."""
SECOND_URL = "https://second.monta.test/api/v1/"
OUTLET = "V-7:1"
RESTS = {"poll_idle_s": 60, "poll_plugged_in_s": 60}
VOLT = {"class": "ChargingMonitor", "cloud": "volt", **RESTS}
MONTA = {"class": "ChargingMonitor", "base_url": BASE_URL, **RESTS}
SECOND = {"class": "ChargingMonitor", "base_url": SECOND_URL, "account": "work", **RESTS}
Apps = Mapping[str, Mapping[str, Any]]


def car(charge_point_id: object, **changes: Any) -> dict[str, Any]:
    return {"charge_point_id": charge_point_id, "energy_kwh": 11, "power_kw": 11, "ready_by": "07:00", **changes}


def apps(monitors: Apps, *cars: Mapping[str, Any], **scheduler: Any) -> Apps:
    names = list(monitors)
    return {
        **monitors,
        "charging_control": {"monitor": names},
        "charging_scheduler": {"monitor": names, "price_entity": PRICE_ENTITY, "chargers": list(cars), **scheduler},
    }


class CloudEvening:
    """A house, its clouds, and what has become of both."""

    def __init__(self, folder: Path, broker: Broker | None = None) -> None:
        self.folder = folder
        self.broker = broker
        self.clock = Clock(EVENING)
        self.volt = ForgetfulCloud(self.clock)
        self.volt.add_outlet(OUTLET, "Garage")
        self.monta, self.second = MontaStandIn(now=self.clock), MontaStandIn(now=self.clock)
        self.answers: list[Mapping[str, Any]] = []
        self.house: VirtualHouse

    def play(self, script: Callable[["CloudEvening"], Awaitable[None]], arguments: Apps) -> None:
        async def evening() -> None:
            others = OtherClouds(lines={SECOND_URL: Line(self.second)}, clouds={"volt": self.volt})
            async with house_of(self.folder, Line(self.monta), self.monta, self.broker, others) as self.house:
                self.house.home.show(PRICE_ENTITY, "1", raw_today=rows(), raw_tomorrow=[], unit="kWh", currency="DKK")
                await self.house.start(arguments)
                self.listen()
                await asyncio.sleep(90)
                await script(self)

        run(evening(), self.clock)

    def listen(self) -> None:
        async def keep(_event: str, data: Mapping[str, Any], **_kwargs: Any) -> None:
            self.answers.append(data)

        assert self.house.appdaemon
        for event in ("smart_charging_command_result", "volt_command_result", "monta_command_result"):
            self.house.appdaemon.listen(keep, event, {})

    async def command(self, event: str = "smart_charging_command", **data: Any) -> Mapping[str, Any]:
        self.house.home.fire(event, data)
        await asyncio.sleep(5)
        return self.answers[-1]

    def state(self, entity_id: str) -> str | None:
        return self.house.state(entity_id)

    def attributes(self, entity_id: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.house.home.states[entity_id]["attributes"]
        return found


def rows() -> list[dict[str, object]]:
    hours = [EVENING + hour * timedelta(hours=1) for hour in range(len(PRICES) + 1)]
    return [
        {"start": start.isoformat(), "end": end.isoformat(), "value": price}
        for (start, end), price in zip(pairwise(hours), PRICES, strict=True)
    ]


@pytest.fixture
def evening(tmp_path: Path) -> CloudEvening:
    return CloudEvening(tmp_path)


def test_a_car_gets_what_it_needs_from_a_cloud_that_tells_nothing_and_forgets_everything(evening: CloudEvening) -> None:
    async def night(now: CloudEvening) -> None:
        now.volt.plug_in(OUTLET)
        await now.clock.sleep_until(MORNING)

    evening.play(night, apps({"volt_monitor": VOLT}, car(OUTLET, energy_kwh=16.5)))

    assert evening.volt.kwh(OUTLET) == pytest.approx(16.5, abs=0.3)
    assert (evening.volt.starts, evening.volt.stops) == (1, 1)
    assert evening.state("sensor.volt_garage_plan") == "done"
    assert float(evening.state("sensor.volt_garage_energy") or 0) == pytest.approx(16.5, abs=0.3)


def test_it_charges_in_the_cheapest_hours(evening: CloudEvening) -> None:
    async def night(now: CloudEvening) -> None:
        now.volt.plug_in(OUTLET)
        await now.clock.sleep_until(EVENING + timedelta(hours=7, minutes=55))
        assert now.volt.kwh(OUTLET) == 0
        await now.clock.sleep_until(EVENING + timedelta(hours=10))

    evening.play(night, apps({"volt_monitor": VOLT}, car(OUTLET)))

    assert evening.volt.kwh(OUTLET) == pytest.approx(11, abs=0.3)


@pytest.mark.parametrize("killed_after", [timedelta(minutes=m) for m in (1, 20, 59)], ids=str)
def test_a_charge_is_known_again_after_a_kill_although_it_has_another_id(
    evening: CloudEvening, killed_after: timedelta
) -> None:
    arguments = apps({"volt_monitor": VOLT}, car(OUTLET))

    async def night(now: CloudEvening) -> None:
        now.volt.plug_in(OUTLET)
        await now.clock.sleep_until(EVENING + timedelta(hours=8) + killed_after)
        now.house.kill()
        await asyncio.sleep(40)
        await now.house.start(arguments)
        await now.clock.sleep_until(MORNING)

    evening.play(night, arguments)

    assert evening.volt.kwh(OUTLET) == pytest.approx(11, abs=0.3)
    assert evening.state("sensor.volt_garage_plan") == "done"


def test_a_person_s_stop_in_the_cloud_s_own_app_stays_a_stop(evening: CloudEvening) -> None:
    async def night(now: CloudEvening) -> None:
        now.volt.plug_in(OUTLET)
        await now.clock.sleep_until(EVENING + timedelta(hours=8, minutes=30))
        now.volt.stop_by_hand(OUTLET)
        await now.clock.sleep_until(MORNING)

    evening.play(night, apps({"volt_monitor": VOLT}, car(OUTLET)))

    assert evening.state("sensor.volt_garage_plan") == "manual"
    assert evening.volt.kwh(OUTLET) == pytest.approx(5.5, abs=0.3)


def test_a_charge_somebody_else_began_long_after_plugging_in_is_not_stopped(evening: CloudEvening) -> None:
    async def night(now: CloudEvening) -> None:
        now.volt.plug_in(OUTLET, wants_kwh=40)
        await asyncio.sleep(1800)
        now.volt.start_by_hand(OUTLET)
        await now.clock.sleep_until(MORNING)

    evening.play(night, apps({"volt_monitor": VOLT}, car(OUTLET)))

    assert evening.volt.kwh(OUTLET) == pytest.approx(40)
    assert evening.volt.stops == 0


def test_a_stop_right_after_a_start_wins_although_nobody_knows_the_charge_yet(evening: CloudEvening) -> None:
    async def night(now: CloudEvening) -> None:
        now.volt.plug_in(OUTLET)
        await asyncio.sleep(90)
        await now.command(command="start", charge_point_id=OUTLET)
        await now.command(command="stop", charge_point_id=OUTLET)
        await asyncio.sleep(600)

    evening.play(night, apps({"volt_monitor": VOLT}, car(OUTLET, mode="off")))

    assert not evening.volt.is_charging(OUTLET)
    assert evening.volt.kwh(OUTLET) < 1


# -- several accounts ----------------------------------------------------------


def test_cars_of_two_clouds_are_charged_one_after_the_other_on_a_common_fuse(evening: CloudEvening) -> None:
    point_id = evening.monta.add_charge_point("Carport")
    loads = []

    async def night(now: CloudEvening) -> None:
        now.volt.plug_in(OUTLET)
        now.monta.plug_in(point_id, Car(wants_kwh=60, max_power_kw=11))
        while now.clock.at < MORNING:
            await asyncio.sleep(60)
            loads.append(now.volt.is_charging(OUTLET) + is_charging(now.monta))

    evening.play(night, apps({"charging_monitor": MONTA, "volt": VOLT}, car(point_id), car(OUTLET), fuse_kw=12))

    assert (delivered_kwh(evening.monta), evening.volt.kwh(OUTLET)) == pytest.approx((11, 11), abs=0.3)
    assert max(loads) == 1


def test_two_accounts_of_one_cloud_mix_neither_entities_nor_what_is_remembered(evening: CloudEvening) -> None:
    point_ids = evening.monta.add_charge_point("Garage"), evening.second.add_charge_point("Garage")

    async def night(now: CloudEvening) -> None:
        now.second.plug_in(point_ids[1], Car(wants_kwh=60, max_power_kw=11))
        await now.clock.sleep_until(MORNING)

    monitors = {"charging_monitor": MONTA, "work_monitor": SECOND}
    evening.play(
        night, apps(monitors, car(point_ids[1], monitor="work_monitor"), car(point_ids[0], monitor="charging_monitor"))
    )

    assert point_ids[0] == point_ids[1]
    assert (
        evening.state("binary_sensor.monta_garage_cable"),
        evening.state("binary_sensor.monta_work_garage_cable"),
    ) == ("off", "on")
    assert float(evening.state("sensor.monta_work_garage_energy") or 0) == pytest.approx(11, abs=0.3)
    assert evening.state("sensor.monta_garage_energy") == "0.0"
    assert {"sensor.monta_cloud_latency", "sensor.monta_work_cloud_latency"} <= evening.house.home.states.keys()
    kept = {file.name for file in evening.folder.rglob("*.json")}
    assert {f"energy_{point_ids[0]}_work.json", "slugs.json", "slugs_work.json"} <= kept
    assert {".smart_charging_tokens.json", ".smart_charging_tokens_work.json"} <= kept


def test_devices_of_two_accounts_hear_only_their_own_commands(tmp_path: Path) -> None:
    evening = CloudEvening(tmp_path, Broker())
    point_id = evening.monta.add_charge_point("Garage")
    assert evening.second.add_charge_point("Garage") == point_id

    async def night(now: CloudEvening) -> None:
        for monta in (now.monta, now.second):
            monta.plug_in(point_id, Car(wants_kwh=60))
        await asyncio.sleep(90)
        assert now.broker
        now.broker.send(f"smart_charging/{point_id}_work/switch/charging/set", "on")
        await asyncio.sleep(120)

    mqtt = {"charging_monitor": {**MONTA, "writer": "mqtt"}, "work_monitor": {**SECOND, "writer": "mqtt"}}
    evening.play(night, {**mqtt, "charging_control": {"monitor": list(mqtt)}})

    assert (is_charging(evening.monta), is_charging(evening.second)) == (False, True)
    assert evening.broker
    devices = {
        json.loads(text)["device"]["identifiers"][0]
        for topic, text in evening.broker.retained.items()
        if topic.endswith("config")
    }
    assert devices == {f"smart_charging_{name}{end}" for name in (point_id, "account") for end in ("", "_work")}


def test_a_second_monitor_of_the_same_account_is_refused_by_name(
    evening: CloudEvening, caplog: pytest.LogCaptureFixture
) -> None:
    evening.monta.add_charge_point("Garage")

    async def night(now: CloudEvening) -> None:
        await asyncio.sleep(60)

    evening.play(night, {"charging_monitor": MONTA, "again": {**MONTA, "poll_idle_s": 30}})

    said = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert said == [
        "again: charging_monitor reads Monta, too; write account: and a word of its own here, such as account: work "
        "(the app stays idle until this is mended and AppDaemon restarted)"
    ]


def test_a_second_control_is_refused_by_name(evening: CloudEvening, caplog: pytest.LogCaptureFixture) -> None:
    async def night(now: CloudEvening) -> None:
        await asyncio.sleep(10)

    control = {"class": "ChargingControl", "monitor": "volt"}
    evening.play(night, {"volt": VOLT, "charging_control": control, "again": control})

    said = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert said == [
        "again: charging_control commands chargers already; write the monitors of this app under its monitor, too (the "
        "app stays idle until this is mended in apps.yaml)"
    ]


def two_schedulers(monitors: Apps, first: Sequence[Mapping[str, Any]], second: Sequence[Mapping[str, Any]]) -> Apps:
    both = apps(monitors, *first)
    return {**both, "again": {**both["charging_scheduler"], "class": "ChargingScheduler", "chargers": second}}


def test_a_charger_that_two_schedulers_plan_for_is_left_to_the_first(
    evening: CloudEvening, caplog: pytest.LogCaptureFixture
) -> None:
    point_id = evening.monta.add_charge_point("Garage")

    async def night(now: CloudEvening) -> None:
        now.monta.plug_in(point_id, Car(wants_kwh=60, max_power_kw=11))
        await now.clock.sleep_until(MORNING)

    arguments = two_schedulers(
        {"charging_monitor": MONTA}, [car(point_id, energy_kwh=16.5)], [car(point_id, energy_kwh=38, mode="now")]
    )
    evening.play(night, arguments)

    said = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert said == [
        f"Charge point {point_id} is not scheduled by again: charging_scheduler plans for it already; name it in one "
        "of them only"
    ]
    assert delivered_kwh(evening.monta) == pytest.approx(16.5, abs=0.3)


def test_schedulers_with_chargers_of_their_own_hear_their_own_commands(evening: CloudEvening) -> None:
    points = [evening.monta.add_charge_point(name) for name in ("Garage", "Carport")]

    async def night(now: CloudEvening) -> None:
        for point_id in points:
            now.monta.plug_in(point_id, Car(wants_kwh=60, max_power_kw=11))
        await asyncio.sleep(90)
        for point_id in points:
            assert (await now.command(command="off", charge_point_id=point_id))["ok"]
        await asyncio.sleep(60)

    evening.play(night, two_schedulers({"charging_monitor": MONTA}, [car(points[0])], [car(points[1])]))

    assert [evening.state(f"sensor.monta_{name}_plan") for name in ("garage", "carport")] == ["off", "off"]


@pytest.mark.parametrize("event", ["smart_charging_command", "volt_command", "monta_command"])
def test_a_command_goes_to_the_owner_of_the_charger(evening: CloudEvening, event: str) -> None:
    evening.monta.add_charge_point("Carport")

    async def night(now: CloudEvening) -> None:
        now.volt.plug_in(OUTLET)
        await asyncio.sleep(90)
        answer = await now.command(event, command="start", charge_point_id=OUTLET, request_id="7")
        assert (answer["ok"], answer["charger"], answer["request_id"]) == (True, "Garage", "7")
        await asyncio.sleep(60)

    evening.play(
        night, {"charging_monitor": MONTA, "volt": VOLT, "charging_control": {"monitor": ["charging_monitor", "volt"]}}
    )

    assert evening.volt.is_charging(OUTLET)
    assert len(evening.answers) == 1


def test_a_command_that_two_accounts_could_mean_is_refused_until_it_says_which(evening: CloudEvening) -> None:
    point_id = evening.monta.add_charge_point("Garage")
    evening.second.add_charge_point("Garage")

    async def night(now: CloudEvening) -> None:
        now.second.plug_in(point_id, Car(wants_kwh=60))
        await asyncio.sleep(90)
        refused = await now.command(command="start", charge_point_id=point_id)
        assert refused["error"] == (
            f"2 monitors know a charge point {point_id}; write monitor: with one of charging_monitor, work_monitor "
            "beside it"
        )
        assert (await now.command(command="start", charge_point_id=point_id, monitor="work_monitor"))["ok"]
        await asyncio.sleep(60)

    monitors = {"charging_monitor": MONTA, "work_monitor": SECOND}
    evening.play(night, {**monitors, "charging_control": {"monitor": list(monitors)}})

    assert (is_charging(evening.monta), is_charging(evening.second)) == (False, True)


def test_a_charger_that_two_accounts_know_is_not_scheduled_before_it_says_whose(
    evening: CloudEvening, caplog: pytest.LogCaptureFixture
) -> None:
    point_id = evening.monta.add_charge_point("Garage")
    evening.second.add_charge_point("Garage")

    async def night(now: CloudEvening) -> None:
        now.monta.plug_in(point_id, Car(wants_kwh=60))
        await asyncio.sleep(1800)

    evening.play(night, apps({"charging_monitor": MONTA, "work_monitor": SECOND}, car(point_id, mode="now")))

    said = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert said == [
        f"Charge point {point_id} is not scheduled: two monitors know one; write monitor: with one of "
        "charging_monitor, work_monitor"
    ]
    assert delivered_kwh(evening.monta) == 0


def test_an_account_that_does_not_answer_holds_up_no_charger_of_another(evening: CloudEvening) -> None:
    point_id = evening.monta.add_charge_point("Carport")
    evening.volt.is_down = True

    async def night(now: CloudEvening) -> None:
        now.monta.plug_in(point_id, Car(wants_kwh=60, max_power_kw=11))
        await now.clock.sleep_until(MORNING)

    evening.play(night, apps({"charging_monitor": MONTA, "volt": VOLT}, car(point_id), car(OUTLET, monitor="volt")))

    assert delivered_kwh(evening.monta) == pytest.approx(11, abs=0.3)


def test_a_cloud_nobody_knows_is_refused_with_the_names_of_those_there_are(
    evening: CloudEvening, caplog: pytest.LogCaptureFixture
) -> None:
    async def night(now: CloudEvening) -> None:
        await asyncio.sleep(10)

    evening.play(night, {"charging_monitor": {"cloud": "tesla"}})

    said = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert said == [
        f"charging_monitor: cloud: 'tesla' is not known; write one of {', '.join(KNOWN_CLOUDS)} (the app stays idle "
        "until this is mended and AppDaemon restarted)"
    ]


def is_charging(monta: MontaStandIn) -> bool:
    monta.site.catch_up()
    return any(point.charge and point.charge.is_open for point in monta.site.points.values())


def delivered_kwh(monta: MontaStandIn) -> float:
    monta.site.catch_up()
    return sum(charge.consumed_kwh or 0.0 for charge in monta.site.charges.values())

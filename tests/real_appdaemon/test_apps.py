from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta.stand_in.site import Car
from worlds.fakes import BASE_URL

Start = Callable[..., Awaitable[Any]]
GARAGE = 410001
SWITCH = "switch.monta_garage_charging"


async def test_a_charger_becomes_entities_with_classes_units_and_names(monta_now: MontaStandIn, start: Start) -> None:
    ad = await start()

    await ad.until(lambda: ad.state("sensor.monta_garage_state") == "available")

    expected = {
        "sensor.monta_garage_state": {"device_class": "enum", "friendly_name": "Garage state"},
        "binary_sensor.monta_garage_cable": {"device_class": "plug"},
        "sensor.monta_garage_meter": {"device_class": "energy", "unit_of_measurement": "kWh"},
        "sensor.monta_garage_last_charge": {"device_class": "enum"},
        "sensor.monta_garage_visibility": {"icon": "mdi:eye"},
        "sensor.monta_garage_type": {"icon": "mdi:current-ac"},
        "sensor.monta_garage_plan": {"device_class": "enum"},
        "sensor.monta_wallet_balance": {"device_class": "monetary", "unit_of_measurement": "DKK", "credit": 25.0},
        SWITCH: {"friendly_name": "Garage charging", "pending": "false"},
    }
    await ad.until(lambda: set(expected) <= set(ad.states))
    assert {name: ad.attributes(name) | wanted for name, wanted in expected.items()} == {
        name: ad.attributes(name) for name in expected
    }


async def test_the_services_start_and_stop(monta_now: MontaStandIn, start: Start) -> None:
    ad = await start(charging_scheduler=None)
    monta_now.plug_in(GARAGE, Car(wants_kwh=50))
    await ad.until(lambda: ad.state("binary_sensor.monta_garage_cable") == "on")

    started = await ad.service("monta/start_charging", charge_point_id=GARAGE)
    await ad.until(lambda: ad.state("sensor.monta_garage_state") == "charging")
    stopped = await ad.service("monta/stop_charging", charge_point_id=GARAGE)
    await ad.until(lambda: ad.state("sensor.monta_garage_last_charge") == "stopped")

    assert (started["ok"], stopped["ok"]) == (True, True)
    assert started["charge_id"] == stopped["charge_id"]


async def test_an_event_is_answered_by_an_event_with_the_same_request_id(monta_now: MontaStandIn, start: Start) -> None:
    ad = await start(charging_scheduler=None)
    await ad.until(lambda: ad.state(SWITCH) == "off")
    answers = await ad.heard("monta_command_result")

    await ad.fire("monta_command", command="start", charge_point_id=GARAGE, request_id="r-1")
    await ad.until(lambda: bool(answers))

    assert answers[0]["request_id"] == "r-1"
    assert answers[0]["ok"] is False
    assert "no cable plugged in" in answers[0]["error"]


async def test_services_and_event_go_by_a_name_that_belongs_to_no_cloud(monta_now: MontaStandIn, start: Start) -> None:
    ad = await start(charging_scheduler=None)
    monta_now.plug_in(GARAGE, Car(wants_kwh=50))
    await ad.until(lambda: ad.state("binary_sensor.monta_garage_cable") == "on")
    answers = await ad.heard("smart_charging_command_result")

    started = await ad.service("smart_charging/start_charging", charge_point_id=GARAGE)
    await ad.fire("smart_charging_command", command="stop", charge_point_id=GARAGE, request_id="r-1")
    await ad.until(lambda: bool(answers))

    assert (started["ok"], answers[0]["ok"], answers[0]["request_id"]) == (True, True, "r-1")


async def test_a_second_monitor_needs_a_word_for_its_account(monta_now: MontaStandIn, start: Start) -> None:
    monitor = {"module": "charging_monitor", "class": "ChargingMonitor", "base_url": BASE_URL}
    ad = await start(charging_scheduler=None, second_monitor=monitor, work_monitor={**monitor, "account": "work"})

    shown = ("sensor.monta_work_garage_state", "sensor.monta_garage_state")
    await ad.until(lambda: all(ad.state(entity_id) == "available" for entity_id in shown))

    assert ad.app("second_monitor").hub is None
    assert [line for line in ad.lines(logging.ERROR) if "second_monitor" in line] == [
        "second_monitor: charging_monitor reads Monta, too; write account: and a word of its own here, such as "
        "account: work (the app stays idle until this is mended and AppDaemon restarted)"
    ]


async def test_a_service_takes_a_name_and_keeps_its_limit(monta_now: MontaStandIn, start: Start) -> None:
    ad = await start(charging_scheduler=None)
    monta_now.plug_in(GARAGE, Car(wants_kwh=50))
    await ad.until(lambda: ad.state("binary_sensor.monta_garage_cable") == "on")

    started = await ad.service("monta/start_charging", charge_point_id="Garage", limit_minutes=0.02)
    await ad.until(lambda: ad.state("sensor.monta_garage_last_charge") == "stopped")

    assert (started["ok"], started["charger"]) == (True, "Garage")


async def test_an_event_takes_the_same_arguments_as_a_service(monta_now: MontaStandIn, start: Start) -> None:
    ad = await start(charging_scheduler=None)
    await ad.until(lambda: ad.state(SWITCH) == "off")
    answers = await ad.heard("monta_command_result")

    await ad.fire("monta_command", command="start", charge_point_id="all", limit_minutes=5, request_id="r-1")
    await ad.fire("monta_command", command="start", charge_point_id="all", limit_minutes=0, request_id="r-2")
    await ad.until(lambda: len(answers) == 2)

    by_request = {answer["request_id"]: answer for answer in answers}
    assert "no cable plugged in" in by_request["r-1"]["results"][0]["error"]
    assert by_request["r-2"]["error"] == "limit_minutes is '0'; write a number more than 0, at most 10080"


async def test_the_switch_starts_and_stops(monta_now: MontaStandIn, start: Start) -> None:
    ad = await start(charging_scheduler=None)
    monta_now.plug_in(GARAGE, Car(wants_kwh=50))
    await ad.until(lambda: ad.state("binary_sensor.monta_garage_cable") == "on")

    await ad.fire("call_service", domain="switch", service="turn_on", service_data={"entity_id": SWITCH})
    await ad.until(lambda: ad.state("sensor.monta_garage_state") == "charging")
    assert ad.state(SWITCH) == "on"
    await ad.fire("call_service", domain="switch", service="turn_off", service_data={"entity_id": [SWITCH]})
    await ad.until(lambda: ad.state("sensor.monta_garage_last_charge") == "stopped")

    assert ad.state(SWITCH) == "off"


async def test_a_price_that_appears_late_makes_a_plan_and_the_plan_is_followed(
    monta_now: MontaStandIn, start: Start
) -> None:
    ad = await start()
    monta_now.plug_in(GARAGE, Car(wants_kwh=50))
    await ad.until(lambda: ad.state("sensor.monta_garage_plan") == "waiting")
    now = datetime.now(UTC).replace(microsecond=0)
    edges = [(now + timedelta(seconds=20 * number)).isoformat() for number in range(4)]
    prices = zip(edges, edges[1:], [-0.5, 0.0, 1.0], strict=False)
    rows = [{"start": begin, "end": end, "value": price} for begin, end, price in prices]

    await ad.set_state("sensor.nordpool", "1", {"raw_today": rows, "raw_tomorrow": [], "unit": "kWh"})

    await ad.until(lambda: ad.state("sensor.monta_garage_plan") == "charging")
    assert ad.attributes("sensor.monta_garage_plan")["slots"][0]["price_per_kwh"] == -0.5


async def test_the_end_of_the_apps_leaves_a_charge_running(monta_now: MontaStandIn, start: Start) -> None:
    monta_now.plug_in(GARAGE, Car(wants_kwh=50))
    ad = await start(charging_scheduler=None)
    await ad.until(lambda: ad.state("binary_sensor.monta_garage_cable") == "on")
    await ad.service("monta/start_charging", charge_point_id=GARAGE)

    await ad.stop()

    charge = monta_now.charge_of(GARAGE)
    assert charge is not None
    assert charge.is_open


@pytest.mark.parametrize(
    ("credentials", "words"),
    [
        pytest.param(None, ["there is no file", "secrets.yaml", "monta_client_id"], id="no-file"),
        pytest.param("monta_client_id: a\n", ["secrets.yaml", "monta_client_secret"], id="no-key"),
        pytest.param("monta_client_id: [a\n", ["secrets.yaml", "not valid YAML"], id="bad-yaml"),
    ],
)
async def test_bad_credentials_are_one_line_and_the_apps_stay_idle(
    monta_now: MontaStandIn, start: Start, credentials: str | None, words: list[str]
) -> None:
    ad = await start(credentials=credentials)
    await asyncio.sleep(0.3)

    lines = [line for line in ad.lines() if line.startswith("charging_monitor:")]
    assert len(lines) == 1
    assert [word for word in words if word not in lines[0]] == []
    assert monta_now.requests == []
    assert ad.states == {}


@pytest.mark.parametrize(
    ("app", "wrong", "words"),
    [
        pytest.param(
            "charging_monitor", {"poll_idle_s": "fast"}, ["poll_idle_s", "number of seconds", "'fast'"], id="monitor"
        ),
        pytest.param(
            "charging_monitor",
            {"writer": "mqtt"},
            ["MQTT plugin", "MQTT: {type: mqtt, namespace: mqtt", "appdaemon.yaml", "restart AppDaemon"],
            id="no-broker",
        ),
        pytest.param("charging_control", {"colour": "red"}, ["colour", "unknown key"], id="control"),
        pytest.param("charging_scheduler", {"price_entity": "nordpool"}, ["price_entity", "entity id"], id="scheduler"),
        pytest.param("charging_scheduler", {"control": "nobody"}, ["no app nobody"], id="partner"),
    ],
)
async def test_a_wrong_argument_is_one_line_of_the_app_and_the_others_go_on(
    monta_now: MontaStandIn, start: Start, app: str, wrong: dict[str, Any], words: list[str]
) -> None:
    ad = await start(**{app: wrong})

    await ad.until(lambda: any(line.startswith(f"{app}: ") for line in ad.lines()))

    lines = [line for line in ad.lines() if line.startswith(f"{app}: ")]
    assert len(lines) == 1
    assert [word for word in words if word not in lines[0]] == []
    if app != "charging_monitor":
        await ad.until(lambda: ad.state("sensor.monta_garage_state") == "available")


async def test_refused_credentials_are_said_once(monta_now: MontaStandIn, start: Start) -> None:
    ad = await start(credentials="monta_client_id: a\nmonta_client_secret: hunter2\n", charging_scheduler=None)

    await ad.until(lambda: len([line for line in ad.lines() if "Reading" in line]) == 2)
    await asyncio.sleep(1.5)

    lines = [line for line in ad.lines() if "Reading" in line]
    assert len(lines) == 2  # the chargers once, the wallet once
    assert not any("hunter2" in line for line in ad.lines(0))


async def test_a_bad_answer_is_said_once_and_the_last_good_data_stay(monta_now: MontaStandIn, start: Start) -> None:
    ad = await start(charging_monitor={"unavailable_after_s": 60})
    await ad.until(lambda: ad.state("sensor.monta_garage_state") == "available")

    asked = len(monta_now.sent("charge-points"))
    monta_now.failures.outage = Failure.HTML
    await ad.until(lambda: len(monta_now.sent("charge-points")) >= asked + 2)
    await ad.until(lambda: any("Reading the chargers" in line for line in ad.lines()))
    said = [line for line in ad.lines() if "Reading the chargers" in line]
    assert (len(said), ad.state("sensor.monta_garage_state")) == (1, "available")
    monta_now.failures.outage = None
    monta_now.plug_in(GARAGE, Car(wants_kwh=5))

    await ad.until(lambda: ad.state("binary_sensor.monta_garage_cable") == "on")


async def test_nothing_private_leaves_the_apps_even_at_debug(
    monta_now: MontaStandIn, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    ad = await start(charging_monitor={"log_level": "DEBUG"})
    answers = await ad.heard("monta_command_result")
    monta_now.plug_in(GARAGE, Car(wants_kwh=50))
    await ad.until(lambda: ad.state("sensor.monta_garage_plan") == "waiting")

    for failure in (Failure.HTML, Failure.SERVER_ERROR, Failure.FORBIDDEN, Failure.CUT_AFTER_ACTING):
        monta_now.fail_next(failure, "charges", method="POST")
        await ad.fire("monta_command", command="start", charge_point_id=GARAGE, request_id=str(failure))
        await ad.fire("monta_command", command="stop", charge_point_id=GARAGE, request_id=f"stop {failure}")
    monta_now.revoke_tokens(refresh_too=True)
    await ad.until(lambda: len(answers) == 8)
    await asyncio.sleep(1.5)

    shown = "\n".join([caplog.text, repr(dict(ad.states)), repr(answers)])
    private = ["stand-in-id", "stand-in-secret", "stand-in-access", "stand-in-refresh"]
    private += ["SN-PRIVATE-1", "Hidden Lane", "4711", "55.123", "11.456"]
    assert [word for word in private if word in shown] == []
    assert "GET charge-points: 200" in shown

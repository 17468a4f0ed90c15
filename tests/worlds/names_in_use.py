"""All the names under which others find what these apps make, told by the apps themselves."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.messages import Request, Response
from smart_charging.clouds.monta.stand_in.site import Car
from worlds import virtual_apps
from worlds.evening import CURRENCY, show_prices
from worlds.fakes import BASE_URL
from worlds.virtual_apps import Arguments, Broker, VirtualHouse, house_of
from worlds.virtual_time import Clock, run, running_loop, virtual_now
from worlds.year_of_prices import DAY, HOUR, local

Names = dict[str, set[str]]
"""By what they are names of."""
_DAY = date(2026, 2, 8)
_MONITOR = {"base_url": BASE_URL, "forget_after_s": 3600, "poll_idle_s": 300, "poll_plugged_in_s": 120}
_COMMAND = {"command": "smart", "charge_point_id": "Garage", "request_id": "1"}


class ListeningLine(virtual_apps.Line):
    """To a cloud that tells how full the car is."""

    async def send(self, request: Request) -> Response:
        response = await super().send(request)
        if request.path != "charges" or not isinstance(response.body, dict):
            return response
        charges = response.body.get("data")
        for charge in charges if isinstance(charges, list) else ():
            charge["soc"] = {"percentage": 60}
        return response


def names_in_use(folder: Path) -> Mapping[str, Sequence[str]]:
    """Those of one charger and the account, with either writer, by what they are names of.

    Args:
        folder: Becomes AppDaemon's, and is to be empty.
    """
    (with_states := folder / "states").mkdir()
    (with_mqtt := folder / "mqtt").mkdir()
    found = _lived(with_states, Broker(), "states")
    _lived(with_mqtt, broker := Broker(), "mqtt")
    found |= _names_at(broker)
    found["files"] = {str(file.relative_to(with_mqtt)) for file in with_mqtt.rglob("*.json*")}
    return {kind: sorted(names) for kind, names in found.items()}


def _lived(folder: Path, broker: Broker, writer: str) -> Names:
    random.seed("names")  # the apps spread out their requests
    return run(_live(folder, broker, writer), Clock(local(_DAY, 9 * HOUR)))


async def _live(folder: Path, broker: Broker, writer: str) -> Names:
    """A day on which all that has a name happens once: prices are late, a car comes and leaves, then the charger."""
    monta = MontaStandIn(now=virtual_now, price=lambda _at: 1.0, currency=CURRENCY)
    point_id = monta.add_charge_point("Garage")
    async with house_of(folder, ListeningLine(monta), monta, broker) as house:
        house.home.show("input_number.energy", 4)
        house.home.show("input_number.fuse", 20)
        await house.start(_arguments(point_id, writer))
        await running_loop().clock.sleep_until(local(_DAY, 11 * HOUR))
        show_prices(house.home, _DAY, is_tomorrow_out=False)
        answers = await _charge(house, broker, monta, point_id)
        monta.site.points.clear()
        await running_loop().clock.sleep_until(local(_DAY + DAY, HOUR))
        assert house.appdaemon
        return {
            "events": {*answers, *(event for event in house.appdaemon.events if event.startswith("monta_"))},
            "services": set(house.appdaemon.services),
            "entities": {key for key in house.home.states if key.split(".")[1].startswith("monta_")},
        }


async def _charge(house: VirtualHouse, broker: Broker, monta: MontaStandIn, point_id: int) -> list[str]:
    """Let a car be charged and a command be given; the names of the events that answered."""
    answers: list[str] = []

    async def on_answer(event: str, _data: Mapping[str, Any]) -> None:
        answers.append(event)

    assert house.appdaemon
    house.appdaemon.listen(on_answer, "monta_command_result", {})
    monta.plug_in(point_id, Car(wants_kwh=20.0, max_power_kw=7.4))
    await running_loop().clock.sleep_until(local(_DAY, 11.1 * HOUR))
    house.home.fire("monta_command", {**_COMMAND, "command": "start", "limit_minutes": 600})
    await running_loop().clock.sleep_until(local(_DAY, 11.5 * HOUR))
    house.home.fire("monta_command", {**_COMMAND, "command": "now"})
    broker.send(f"smart_charging/{point_id}/number/target_energy/set", "5")
    await running_loop().clock.sleep_until(local(_DAY, 14 * HOUR))
    monta.unplug(point_id)
    await running_loop().clock.sleep_until(local(_DAY, 15 * HOUR))
    return answers


def _names_at(broker: Broker) -> Names:
    """Also of what was there and was taken away."""
    said = {topic: payload for _at, topic, payload in broker.published if payload}
    configs = [json.loads(payload) for topic, payload in said.items() if topic.endswith("/config")]
    heard = {config["command_topic"] for config in configs if "command_topic" in config}
    return {
        "unique_ids": {config["unique_id"] for config in configs},
        "default_entity_ids": {config["default_entity_id"] for config in configs},
        "devices": {identifier for config in configs for identifier in config["device"]["identifiers"]},
        "topics": {*said, *heard},
    }


def _arguments(point_id: int, writer: str) -> Arguments:
    charger = {"charge_point_id": point_id, "energy_kwh": "input_number.energy", "ready_by": "07:00", "power_kw": 11}
    return {
        "charging_monitor": {**_MONITOR, "writer": writer},
        "charging_control": {},
        "charging_scheduler": {
            "price_entity": "sensor.nordpool",
            "fuse_kw": "input_number.fuse",
            "notify": "notify.phone",
            "chargers": [charger],
        },
    }

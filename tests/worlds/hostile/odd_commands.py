"""Topics, payloads, events, services and helpers that no person and no sensor in its right mind would send."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from worlds.evening import CARPORT, GARAGE, PRICE_LIMIT_HELPER, PRICES, STREET, TUESDAY, show_prices
from worlds.hostile.house import Scene, played
from worlds.price_mangling import JUNK, mangled
from worlds.virtual_time import running_loop

_DEVICES = (GARAGE, CARPORT, STREET, "account", "410099", "\x1b[31m", "x" * 300, "\u0664\u0661")
_KEYS = (
    *("charging", "start_charging", "stop_charging", "smart_charging", "mode", "target_energy", "ready_by"),
    *("colour", "", "\x1b[2J", "k" * 2000),
)
_WORDS = (
    *("on", "off", "press", "smart", "now", "off", "start", "stop", "toggle"),
    *("07:00", "0\u0667:00", "7:00", "24:00", "23:59:59", "07:00\n", "\u0660\u0667:\u0660\u0660", "07:0\uff10"),
    *("12", "12,5", "-1", "1e3", "1e400", "nan", "inf", "1_0", "\u0667", " 7 ", "0x1f", "500", "0.1", "1e-300"),
    *("", "\x00", "\x1b[31mred", "on\n", "ON", "none", "unknown", "unavailable", "é" * 500, "[" * 10_000, "\ud800"),
)
_HELPERS = (
    *(PRICE_LIMIT_HELPER, "input_number.fuse", "input_number.carport_target"),
    *("input_datetime.carport_ready_by", "sensor.car_soc"),
)
_EVENTS = ("monta_command", "smart_charging_command", "call_service", "plugin_started")
_SERVICES = ("start_charging", "stop_charging", "smart_charging")


def case(random: Random) -> str | None:
    """Disturb the house for a while, then start it anew from what it has kept."""

    async def play(scene: Scene) -> None:
        clock = running_loop().clock
        for _ in range(random.randint(5, 40)):
            await _disturb(scene, random)
            await clock.sleep_until(clock.at + random.choice(_PAUSES) * _SECOND)
        await scene.restart()
        await scene.pass_time()

    seen = played(play)
    seen.findings += [line for line in seen.lines if line.endswith("that is forgotten")]
    return seen.told()


async def _disturb(scene: Scene, random: Random) -> None:
    random.choice((_message, _message, _message, _event, _service, _helper, _helper, _prices))(scene, random)


def _message(scene: Scene, random: Random) -> None:
    device, key, word = random.choice(_DEVICES), random.choice(_KEYS), random.choice(_WORDS)
    scene.broker.send(f"smart_charging/{device}/select/{key}/set", word)


def _event(scene: Scene, random: Random) -> None:
    scene.house.home.fire(random.choice(_EVENTS), _data(random))


def _service(scene: Scene, random: Random) -> None:
    if appdaemon := scene.house.appdaemon:
        service = random.choice(_SERVICES)
        if callback := appdaemon.services.get(f"monta/{service}"):
            appdaemon.spawn(callback("default", "monta", service, _data(random)))


def _helper(scene: Scene, random: Random) -> None:
    state = random.choice((*_WORDS, random.uniform(-200, 200), random.randint(0, 100)))
    unit = random.choice(({}, {"unit_of_measurement": random.choice(("W", "kW", "%", "A", 5, None))}))
    scene.house.home.show(random.choice(_HELPERS), state, **unit, min=random.choice((0, -1, "0", None)))


def _prices(scene: Scene, random: Random) -> None:
    show_prices(scene.house.home, TUESDAY, is_tomorrow_out=True)
    attributes = mangled({"raw": scene.house.home.states[PRICES]["attributes"]}, random).get("raw")
    scene.house.home.show(PRICES, "1", **(attributes if isinstance(attributes, dict) else {"x": attributes}))


def _data(random: Random) -> dict[str, Any]:
    """What an event or a service may bring."""
    words: list[Any] = [*_WORDS, *JUNK, GARAGE, int(CARPORT), STREET, "North Garage", [GARAGE, "Street"], "all"]
    names = ("command", "charge_point_id", "limit_kwh", "limit_minutes", "monitor", "request_id", "entity_id", "x")
    data = {name: random.choice(words) for name in names if random.random() < 0.7}
    if random.random() < 0.5:
        data |= {"command": random.choice(("start", "stop", "now", "smart")), "charge_point_id": GARAGE}
    switches = {"entity_id": random.choice(("switch.monta_north_garage_charging", *words))}
    calls = {"domain": "switch", "service": random.choice(("turn_on", "turn_off", "toggle", None))}
    return data | random.choice(({}, {**calls, "service_data": random.choice((switches, None, [], switches))}))


_SECOND = timedelta(seconds=1)
_PAUSES = (0, 0, 1, 20, 61)

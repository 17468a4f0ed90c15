"""What people say they want: in apps.yaml, or with helpers in Home Assistant."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from worlds.fakes import BASE_URL
from worlds.nights.visits import EFFICIENCY, HomeSetup, NeedKind, Visit
from worlds.virtual_apps import Arguments, VirtualHomeAssistant
from worlds.year_of_prices import ZONE

PRICE_ENTITY = "sensor.nordpool"
POLL_S = 120
POLLS = {"poll_plugged_in_s": POLL_S, "poll_idle_s": POLL_S, "wallet_interval_s": 3600}


def arguments_of(setup: HomeSetup, point_ids: Sequence[int], visits: Mapping[int, Visit]) -> Arguments:
    """All of apps.yaml, for the cars that come tonight."""
    chargers = [
        {"charge_point_id": point_id, **_charger(setup, charger, visits.get(charger))}
        for charger, point_id in enumerate(point_ids)
    ]
    scheduler: dict[str, Any] = {"price_entity": PRICE_ENTITY, "chargers": chargers}
    if setup.fuse_kw is not None:
        scheduler["fuse_kw"] = setup.fuse_kw
    monitor: dict[str, Any] = {"base_url": BASE_URL, **POLLS}
    if setup.world.has_broker:
        monitor["writer"] = "mqtt"
    return {"charging_monitor": monitor, "charging_control": {}, "charging_scheduler": scheduler}


def show_helpers(home: VirtualHomeAssistant, visit: Visit) -> None:
    """Set them as a person does in the evening."""
    values = {
        "input_number.{}_energy": visit.wanted_kwh,
        "input_number.{}_hours": _hours(visit),
        "input_number.{}_target": visit.target_percent,
        "input_number.{}_power": visit.told_kw,
        "input_number.{}_battery": visit.battery_kwh,
        "input_datetime.{}_ready_by": f"{_wall(visit)}:00",
        "input_select.{}_mode": visit.mode,
    }
    for entity_id, value in values.items():
        home.show(entity_id.format(car_name(visit.charger)), value)


def show_mode(home: VirtualHomeAssistant, charger: int, mode: str) -> None:
    """Choose another mode."""
    home.show(f"input_select.{car_name(charger)}_mode", mode)


def show_soc(home: VirtualHomeAssistant, visit: Visit, delivered_kwh: float, glitch: float | None = None) -> None:
    """Cars tell whole percents, and now and then anything."""
    percent = visit.soc_percent + delivered_kwh * EFFICIENCY / visit.battery_kwh * 100 if glitch is None else glitch
    home.show(f"sensor.{car_name(visit.charger)}_soc", math.floor(percent + 1e-6), unit_of_measurement="%")


def car_name(charger: int) -> str:
    """What the entities of a car begin with."""
    return f"car{charger}"


def _charger(setup: HomeSetup, charger: int, visit: Visit | None) -> dict[str, Any]:
    if setup.has_helpers:
        return _helpers_of(charger, setup.kind)
    if visit is None:
        return {"mode": "off", "energy_kwh": 1, "ready_by": "07:00"}
    return {"mode": visit.mode, "power_kw": visit.told_kw, "ready_by": _wall(visit), **_need(visit)}


def _need(visit: Visit) -> dict[str, Any]:
    match visit.kind:
        case NeedKind.ENERGY:
            return {"energy_kwh": visit.wanted_kwh}
        case NeedKind.HOURS:
            return {"hours": _hours(visit)}
        case NeedKind.SOC:
            return {
                "soc_percent": f"sensor.{car_name(visit.charger)}_soc",
                "target_soc_percent": visit.target_percent,
                "battery_kwh": visit.battery_kwh,
            }


def _helpers_of(charger: int, kind: NeedKind) -> dict[str, Any]:
    car = car_name(charger)
    need: Mapping[NeedKind, dict[str, Any]] = {
        NeedKind.ENERGY: {"energy_kwh": f"input_number.{car}_energy"},
        NeedKind.HOURS: {"hours": f"input_number.{car}_hours"},
        NeedKind.SOC: {
            "soc_percent": f"sensor.{car}_soc",
            "target_soc_percent": f"input_number.{car}_target",
            "battery_kwh": f"input_number.{car}_battery",
        },
    }
    return {
        "mode": f"input_select.{car}_mode",
        "power_kw": f"input_number.{car}_power",
        "ready_by": f"input_datetime.{car}_ready_by",
        **need[kind],
    }


def _hours(visit: Visit) -> float:
    return round(visit.wanted_kwh / visit.power_kw, 4)


def _wall(visit: Visit) -> str:
    return f"{visit.ready_by.astimezone(ZONE):%H:%M}"

"""What a report about a fault tells of a cloud and its chargers: no name, address, id, serial number or token."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from enum import Enum

from smart_charging.charger import Charge, Charger
from smart_charging.clouds.protocol import (
    ChargerCloud,
    HasAccount,
    HasActions,
    HasLink,
    HasModes,
    HasPace,
    HasQuota,
    HasSettings,
    HasWallet,
    LogsIn,
    Pushes,
    SetsCurrent,
    TellsCharges,
    TellsShapes,
)

ABILITIES: Mapping[str, type] = {
    ability.__name__: ability
    for ability in (
        *(HasAccount, HasActions, HasLink, HasModes, HasPace, HasQuota, HasSettings, HasWallet),
        *(LogsIn, Pushes, SetsCurrent, TellsCharges, TellsShapes),
    )
}
_PRIVATE_FIELDS = {"id", "name", "station_id", "station_name", "charges", "last_charge", "active_charge", "charger_id"}
_LIKE_AN_ID = re.compile(r"[\w.+-]+@[\w.-]+|\b(?=\w*\d)[\w-]{6,}\b|\d{4,}")


def cloud_report(cloud: ChargerCloud, chargers: Collection[Charger]) -> Mapping[str, object]:
    """A cloud's abilities, its connection, its chargers and how its last answers were built."""
    link = cloud.link if isinstance(cloud, HasLink) else None
    return {
        "cloud": cloud.words.name,
        "abilities": [name for name, ability in ABILITIES.items() if isinstance(cloud, ability)],
        "link": _told(link) if link else None,
        "chargers": [_charger(charger) for charger in chargers],
        "last_answers": cloud.answer_shapes() if isinstance(cloud, TellsShapes) else None,
    }


def safe(value: object) -> object:
    """A setting or a fact without what people have written: numbers, moments and words of our own stay."""
    match value:
        case None | bool() | int() | float():
            return value
        case datetime():
            return value.isoformat()
        case timedelta():
            return f"{value.total_seconds():g} s"
        case Enum():
            return str(value.value)
        case Mapping() | list() | tuple():
            return f"{len(value)} entries"
        case _:
            return "set"


def scrubbed(text: str, names: Collection[str]) -> str:
    """An error message without names, e-mail addresses and ids."""
    for name in sorted((name for name in names if name), key=len, reverse=True):
        text = text.replace(name, "…")
    return _LIKE_AN_ID.sub("…", text)


def _charger(charger: Charger) -> Mapping[str, object]:
    newest: Sequence[Charge] = charger.charges[:1]
    words = {"state": charger.state.value, "cloud_state": charger.cloud_state, "firmware": charger.firmware}
    kinds = {"type": charger.type, "visibility": charger.visibility, "held_by": charger.held_by}
    charges = {"charges": len(charger.charges), "newest_charge": [{**_told(one), "state": one.state} for one in newest]}
    return {**_told(charger), **words, **kinds, **charges, "has_station": charger.station_id is not None}


def _told(thing: Charger | Charge | object) -> dict[str, object]:
    """A dataclass's fields that the cloud has told, made safe."""
    named = ((field.name, getattr(thing, field.name)) for field in fields(thing))  # type: ignore[arg-type]
    return {name: safe(value) for name, value in named if name not in _PRIVATE_FIELDS and value is not None}

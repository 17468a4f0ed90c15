"""The settings people can choose, by the keys of their entities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from smart_charging.clouds.charge_amps.station import MODES
from smart_charging.errors import CommandError

MODE, CABLE_LOCK, RFID_LOCK, DIMMER, DOWN_LIGHT = "charger_mode", "cable_lock", "rfid_lock", "dimmer", "down_light"
DIMMERS = ("Off", "Low", "Medium", "High")
_SWITCH: Mapping[str, object] = {"on": True, "off": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A setting under Charge Amps' own name, with its new value."""

    name: str
    value: object


_NAMES: Mapping[str, tuple[str, Mapping[str, object]]] = {
    MODE: ("mode", {mode: mode for mode in MODES}),
    CABLE_LOCK: ("cableLock", _SWITCH),
    RFID_LOCK: ("rfidLock", _SWITCH),
    DIMMER: ("dimmer", {dimmer: dimmer for dimmer in DIMMERS}),
    DOWN_LIGHT: ("downLight", _SWITCH),
}


def choice(key: str, value: str) -> Choice:
    """Read what an entity's command says, in any case of letters.

    Raises:
        CommandError: There is no such setting or value; the message says what there is.
    """
    if key not in _NAMES:
        raise CommandError(f"there is no setting {key[:40]!r}; there is {', '.join(_NAMES)}")
    name, values = _NAMES[key]
    found = next((word for word in values if word.lower() == value.strip().lower()), None)
    if found is None:
        raise CommandError(f"{key} cannot be {value[:40]!r}; write one of {_listed(tuple(values))}")
    return Choice(name=name, value=values[found])


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words)

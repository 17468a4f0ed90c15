"""The price settings from an apps.yaml and the options of a command."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from smart_charging.cli.given import Given
from smart_charging.cli.user_files import text_of
from smart_charging.cli.yaml_files import yaml_of
from smart_charging.config.arguments import parse
from smart_charging.config.prices import PriceSettings
from smart_charging.errors import ConfigError

_SOURCES = ("price_entity", "price_action", "price_cloud", "fixed")
_ARGUMENTS = {"unit": "price_unit", "currency": "price_currency", "area": "price_area"}
"""Arguments by the option that replaces each of them."""


def settings_of(given: Given, entities: Sequence[str]) -> PriceSettings:
    """The scheduler's price settings; options replace what apps.yaml says.

    Raises:
        ConfigError: One line about all that is wrong.
    """
    written = _of_apps(given) if given.text("apps") else {}
    if source := _source(given, entities):
        written = {key: value for key, value in written.items() if key not in _SOURCES} | source
    written |= {key: text for option, key in _ARGUMENTS.items() if (text := given.text(option)) is not None}
    if given.text("keys") is not None:
        written["price_keys"] = _keys(given)
    if path := given.text("tariff"):
        written["tariff"] = _tariff(Path(path))
    try:
        return parse(PriceSettings, written)
    except ConfigError as err:
        raise ConfigError("; ".join(str(err).splitlines())) from None


def _source(given: Given, entities: Sequence[str]) -> dict[str, Any]:
    """The price source given by options."""
    action = given.text("action")
    if action is None:
        return {"price_entity": list(entities)} if entities else {}
    if len(entities) > 1:
        raise ConfigError("write one --entity beside --action, any of its integration")
    return {"price_action": {"action": action, "entity": next(iter(entities), None), "data": _data(given)}}


def _data(given: Given) -> object:
    text = given.text("data")
    try:
        return {} if text is None else json.loads(text)
    except (ValueError, RecursionError):
        raise ConfigError("""--data: write JSON, such as '{"areas": "DK2"}'""") from None


def _keys(given: Given) -> Mapping[str, Any]:
    """Parse `list=raw_today,list=raw_tomorrow,value=cost.total`; `list` may be given several times."""
    pairs = [part.partition("=") for part in (given.text("keys") or "").split(",")]
    if not all(name.strip() and value.strip() for name, _, value in pairs):
        raise ConfigError("--keys: write names of the source, such as list=raw_today,start=from,value=cost.total")
    keys: dict[str, Any] = {name.strip(): value.strip() for name, _, value in pairs}
    lists = [value.strip() for name, _, value in pairs if name.strip() == "list"]
    return keys | ({"list": lists} if lists else {})


def _tariff(path: Path) -> object:
    """The content of `tariff:` from a file, with or without that line."""
    content = _read(path)
    return content.get("tariff", content)


def _of_apps(given: Given) -> dict[str, Any]:
    path = Path(given.text("apps") or "")
    schedulers = {
        str(name): app
        for name, app in _read(path).items()
        if isinstance(app, Mapping) and app.get("class") == "ChargingScheduler"
    }
    wanted = given.text("app")
    name = next(iter(schedulers), None) if wanted is None and len(schedulers) == 1 else wanted
    if name not in schedulers:
        there = ", ".join(schedulers) or "none"
        raise ConfigError(f"{path.name}: write --app and the name of one charging_scheduler in it; there is {there}")
    return {key: value for key, value in schedulers[name].items() if key in PriceSettings.model_fields}


def _read(path: Path) -> Mapping[Any, Any]:
    content = yaml_of(text_of(path), path.name)  # JSON is YAML, too
    if not isinstance(content, Mapping):
        raise ConfigError(f"{path.name} holds no keys with values")
    return content

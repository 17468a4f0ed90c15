"""A first apps.yaml for an account; complete if Home Assistant has one price source."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from smart_charging.charger import Charger
from smart_charging.config.defaults import CREDENTIALS_FILE, DEFAULT_CLOUD
from smart_charging.printable import printable

_MONITOR = """\
charging_monitor:
  module: charging_monitor
  class: ChargingMonitor"""
_REST = """\

charging_control:
  module: charging_control
  class: ChargingControl
  dependencies: [charging_monitor]

charging_scheduler:
  module: charging_scheduler
  class: ChargingScheduler
  dependencies: [charging_monitor, charging_control]
  # prices: the only source in Home Assistant is found by itself; price_entity or price_action name another
  chargers:"""
_USUAL_POWER_KW = 11


def first_apps(
    chargers: Sequence[Charger],
    *,
    cloud: str,
    credentials_file: str,
    base_url: str | None,
    arguments: Mapping[str, object],
) -> Iterator[str]:
    """The file's lines.

    Args:
        chargers: At least one.
        cloud: Its name in apps.yaml.
        credentials_file: Its name; it belongs in the folder of appdaemon.yaml.
        base_url: None for the cloud's usual address.
        arguments: Further ones of the monitor.
    """
    yield _MONITOR
    if cloud != DEFAULT_CLOUD:
        yield f"  cloud: {cloud}"
    if credentials_file != CREDENTIALS_FILE:
        yield f"  credentials_file: {json.dumps(credentials_file)}"
    if base_url:
        yield f"  base_url: {json.dumps(base_url)}"
    yield from (f"  {name}: {json.dumps(value)}" for name, value in arguments.items())
    yield _REST
    for charger in chargers:
        yield f"    - charge_point_id: {json.dumps(charger.id)}  # {printable(charger.name)}"
        yield "      energy_kwh: 20  # wanted each time the cable goes in"
        yield f"      power_kw: {charger.max_power_kw or _USUAL_POWER_KW:g}  # write what the car really takes"
        yield '      ready_by: "07:00"'

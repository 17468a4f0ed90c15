"""Print what is understood of a price source, and what its prices are with the tariff.

Changes nothing. The source is read by the same code as in the scheduler.
"""

from __future__ import annotations

import argparse

from smart_charging.cli.given import Given

_OPTIONS = {
    "ha-url": ("URL", "Home Assistant's address, such as http://homeassistant.local:8123"),
    "token-file": (
        "FILE",
        "a file with a long-lived access token and nothing else, or a secrets.yaml with a line home_assistant_token; "
        "without it the environment's HASS_TOKEN counts",
    ),
    "action": ("ACTION", "ask by this action, such as nordpool.get_prices_for_date, as the scheduler would"),
    "data": ("JSON", "more of what the action takes"),
    "apps": (
        "FILE",
        "an apps.yaml: the scheduler's prices, tariff and feed-in, as far as options do not say otherwise",
    ),
    "app": ("NAME", "of several schedulers in it the one meant"),
    "tariff": ("FILE", "YAML or JSON: what stands under tariff in apps.yaml"),
    "unit": ("TEXT", "price_unit: what the numbers are, such as EUR/MWh or øre/kWh"),
    "currency": ("CODE", "price_currency, such as DKK"),
    "area": ("NAME", "price_area: of several areas or homes the one meant"),
    "keys": ("NAMES", "price_keys: how the source names things, such as list=raw_today,start=from,value=cost.total"),
    "zone": ("NAME", "of all times, such as Europe/Oslo (Home Assistant's, else this machine's)"),
    "now": ("TIME", "read as of then: 17:40, or 2026-01-20T17:40 (the present)"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `prices`; their values are parsed in `run`, so that every mistake gives one line."""
    parser.epilog = (
        "From a file: smart-charging prices spot.json --zone Europe/Oslo. From Home Assistant: smart-charging prices "
        "--ha-url http://homeassistant.local:8123 --token-file token --entity sensor.spot"
    )
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="an entity's attributes or an action's answer, as JSON or YAML, or a CSV; several are read together",
    )
    parser.add_argument(
        "--entity", nargs="+", default=[], metavar="ENTITY", help="read these; beside --action, one of its integration"
    )
    for name, (shape, meaning) in _OPTIONS.items():
        parser.add_argument(f"--{name}", metavar=shape, help=meaning)
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")


def run(arguments: argparse.Namespace) -> int:
    """Print what was read, a table and a chart, or JSON."""
    from smart_charging.cli.price_report import as_json, as_text  # noqa: PLC0415  # --help needs none of this
    from smart_charging.cli.price_sources import price_report  # noqa: PLC0415

    given = Given(vars(arguments))
    report = price_report(given, files=arguments.files, entities=arguments.entity)
    lines = [as_json(report)] if given.has("json") else list(as_text(report))
    print(*lines, sep="\n")
    return 0

"""Plan the cheapest charging of one car, from a file of prices."""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta, tzinfo
from pathlib import Path

from smart_charging.cli.given import Given, moment_of
from smart_charging.cli.plan_page import cells, page
from smart_charging.cli.price_files import source_of
from smart_charging.cli.user_files import write_text
from smart_charging.errors import ConfigError
from smart_charging.picture.chart import Chart, chart_of
from smart_charging.picture.svg import svg
from smart_charging.picture.terminal import chart as terminal_chart
from smart_charging.planning.cheapest import cheapest_plan
from smart_charging.planning.departure import next_departure
from smart_charging.planning.need import Need, energy_between
from smart_charging.planning.outcome import STAYS
from smart_charging.planning.plan import Plan
from smart_charging.planning.preferences import Preferences
from smart_charging.planning.price_limit import PriceLimit
from smart_charging.planning.start_cost import usual_start_cost
from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.forecast import with_estimates
from smart_charging.prices.rates import flat
from smart_charging.prices.reading.sources import read_prices
from smart_charging.prices.tariff import Tariff

_HORIZON = timedelta(days=31)
"""Prices are only guessed that far ahead; further away, computing takes its time and says nothing."""
_MOST_KW = 4000
"""As for power_kw in apps.yaml."""
_IN_KWH, _IN_PERCENT, _IN_MINUTES = "energy_kwh", "soc_percent", "average"
"""Arguments of apps.yaml in the units of our options."""
_OPTIONS = {
    "power": ("KW", "what the charger delivers"),
    "ready-by": ("TIME", "departure: 07:00, or 2026-01-21T07:00"),
    "kwh": ("KWH", "energy to charge"),
    "hours": ("HOURS", "time to charge, instead of --kwh"),
    "soc": ("FROM-TO", "state of charge in percent, such as 35-80, instead of --kwh; needs --battery"),
    "battery": ("KWH", "what the battery holds"),
    "efficiency": ("PERCENT", "of the energy that reaches the battery (90)"),
    "minimum": ("KWH", "to charge at once, whatever it costs"),
    "margin": ("MINUTES", "between the end of charging and departure (10)"),
    "now": ("TIME", "when the plan begins: 17:40, or 2026-01-20T17:40 (the present)"),
    "zone": ("NAME", "of all times, such as Europe/Oslo (this machine's)"),
    "unit": ("TEXT", "of the prices, such as EUR/MWh or öre/kWh, if the file does not say"),
    "currency": ("CODE", "of the prices, such as DKK, if the file does not say"),
    "area": ("NAME", "bidding area or home, if the file has several"),
    "markup": ("PRICE", "added to every price, before VAT"),
    "vat": ("PERCENT", "added to every price"),
    "average": ("MINUTES", "of the prices, as 60 where quarter-hour prices are billed by the hour"),
    "start-cost": ("COST", "what a start has to save to be worth it (0.03 EUR or its like)"),
    "min-block": ("MINUTES", "shortest charging without a break"),
    "limit": ("PRICE", "the highest to pay for a kWh"),
    "cheapest-share": ("PERCENT", "use only so much of each day"),
    "svg": ("FILE", "draw prices and plan into it"),
    "html": ("FILE", "write a page with sentence, drawing and table into it"),
}
_NEEDED = {
    "power": "--power and how many kW the charger delivers",
    "kwh hours soc": "one of --kwh, --hours and --soc",
    "ready-by": "--ready-by and a time such as 07:00",
    "prices": "--prices and a file",
}
"""What to write where none of these options is given."""
_FLAGS = {
    "one-block": "charge without any break",
    "late": "of equal prices take the later",
    "running": "a charge runs already, so that going on is no start",
    "json": "print JSON, for programs",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `plan`; their values are parsed in `run`, so that every mistake gives one line."""
    parser.epilog = (
        "--prices, --power, --ready-by and one of --kwh, --hours and --soc are needed, such as: "
        "smart-charging plan --prices spot.csv --power 11 --kwh 20 --ready-by 07:00"
    )
    parser.add_argument(
        "--prices", nargs="+", metavar="FILE", help="CSV, or an entity's attributes or an action's answer as JSON"
    )
    for name, (shape, meaning) in _OPTIONS.items():
        parser.add_argument(f"--{name}", metavar=shape, help=meaning)
    for name, meaning in _FLAGS.items():
        parser.add_argument(f"--{name}", action="store_true", help=meaning)


def run(arguments: argparse.Namespace) -> int:
    """Print a table and a chart, or JSON."""
    given = Given(vars(arguments))
    zone = given.zone("zone")
    now = given.now(zone)
    need = _need(given, zone, now)
    limit = _price_limit(given, zone)
    until = max(now, need.ready_by) + (STAYS if limit else timedelta(0))
    curve = _prices(given, arguments.prices or [], zone, now, until)
    preferences = _preferences(given, limit, curve)
    plan = cheapest_plan(curve, need, now, preferences=preferences, is_running=given.has("running"))
    highest = limit.highest_per_kwh if limit else None
    _draw(given, plan, chart_of(curve, now, zone, plan=plan, price_limit=highest))
    lines = [json.dumps(_as_json(plan), indent=2)] if given.has("json") else list(_as_text(plan, curve, now, zone))
    print(*lines, sep="\n")
    return 0


def _lacking(given: Given) -> ConfigError:
    """All that is missing, to be told at once."""
    missing = [meaning for options, meaning in _NEEDED.items() if given.lacks(*options.split())]
    return ConfigError(f"write {', '.join(missing)}")


def _need(given: Given, zone: tzinfo, now: datetime) -> Need:
    power_kw = given.number("power", like="power_kw", least=0.1, most=_MOST_KW)
    if given.lacks("power") or given.lacks("ready-by"):
        raise _lacking(given)
    energy_kwh, departure = _energy_kwh(given, power_kw), given.time("ready-by")
    ready_by = next_departure(departure, zone, now) if isinstance(departure, time) else moment_of(departure, zone)
    if ready_by - now > _HORIZON:
        raise ConfigError(f"--ready-by {given.text('ready-by')}: write a time within {_HORIZON.days} days")
    return Need(
        energy_kwh=energy_kwh,
        power_kw=power_kw,
        ready_by=ready_by,
        margin=timedelta(minutes=given.number("margin", 10, like=_IN_MINUTES, least=0)),
        minimum_kwh=given.number("minimum", like=_IN_KWH, least=0),
    )


def _energy_kwh(given: Given, power_kw: float) -> float:
    match [name for name in ("kwh", "hours", "soc") if given.text(name) is not None]:
        case ["kwh"]:
            return given.number("kwh", like=_IN_KWH, least=0)
        case ["hours"]:
            return given.number("hours", like="hours", least=0) * power_kw
        case ["soc"]:
            return _energy_of_soc(given)
        case []:
            raise _lacking(given)
        case _:
            raise ConfigError("write one of --kwh, --hours and --soc, to say how much to charge")


def _energy_of_soc(given: Given) -> float:
    before, _, after = (given.text("soc") or "").partition("-")
    battery_kwh = given.number("battery", like=_IN_KWH, least=0)
    if not (before.isdecimal() and after.isdecimal() and int(before) <= 100 and int(after) <= 100):
        raise ConfigError(f"--soc {(given.text('soc') or '')[:20]}: write two percentages, such as 35-80")
    if not battery_kwh:
        raise ConfigError("write --battery and how many kWh it holds, for --soc needs it")
    efficiency = given.number("efficiency", 90, like=_IN_PERCENT, least=1) / 100
    return energy_between(float(before), float(after), battery_kwh=battery_kwh, efficiency=efficiency)


def _price_limit(given: Given, zone: tzinfo) -> PriceLimit | None:
    highest = given.number("limit") if given.text("limit") is not None else None
    share = given.number("cheapest-share", like=_IN_PERCENT) / 100 if given.text("cheapest-share") is not None else None
    is_limited = highest is not None or share is not None
    return PriceLimit(highest_per_kwh=highest, cheapest_share=share, zone=zone) if is_limited else None


def _preferences(given: Given, limit: PriceLimit | None, curve: PriceCurve) -> Preferences:
    return Preferences(
        start_cost=given.number("start-cost", usual_start_cost(curve), least=0),
        min_block=timedelta(minutes=given.number("min-block", like=_IN_MINUTES, least=0)),
        in_one_block=given.has("one-block"),
        limit=limit,
        prefers_late=given.has("late"),
    )


def _prices(given: Given, names: Sequence[str], zone: tzinfo, now: datetime, until: datetime) -> PriceCurve:
    """The prices with tariff, and estimates up to `until`."""
    if not names:
        raise _lacking(given)
    unit, currency, area = (given.text(name) for name in ("unit", "currency", "area"))
    sources = [source_of(Path(name)) for name in names]
    published = read_prices(sources, zone=zone, now=now, unit=unit, currency=currency, area=area)
    if published.known_until is not None and published.known_until <= now:
        end = published.known_until.astimezone(zone)
        raise ConfigError(f"the prices end at {end:%Y-%m-%d %H:%M}, before the plan begins; write an earlier --now")
    return with_estimates(_tariff(given).applied(published, zone), now, until, zone=zone)


def _tariff(given: Given) -> Tariff:
    average = _average(given) if given.text("average") is not None else None
    return Tariff(markup=flat(given.number("markup")), vat=given.number("vat", like=_IN_PERCENT) / 100, average=average)


def _average(given: Given) -> timedelta:
    minutes = given.number("average", like=_IN_MINUTES)
    if minutes not in {15, 30, 60}:
        raise ConfigError(f"--average {minutes:g}: write 15, 30 or 60, the minutes that are billed as one")
    return timedelta(minutes=minutes)


def _draw(given: Given, plan: Plan, chart: Chart) -> None:
    """Write the files that were asked for.

    Raises:
        ConfigError: One cannot be written.
    """
    wanted = {name: file for name in ("svg", "html") if (file := given.text(name)) is not None}
    if wanted:
        said = plan.sentence(chart.zone, chart.now)
        picture = svg(chart, title=said)
        drawn = {"svg": picture, "html": page(plan, said, picture, chart.zone)}
        for name, file in wanted.items():
            write_text(Path(file), drawn[name])


def _as_text(plan: Plan, curve: PriceCurve, now: datetime, zone: tzinfo) -> Iterator[str]:
    yield plan.sentence(zone, now)
    yield ""
    money = f"{plan.currency or 'price'}/kWh"
    yield f"from   to     {money:>10}     kWh"
    for slot in plan.slots:
        begins, ends, price, energy, note = cells(slot, zone)
        yield f"{begins}  {ends}  {price:>10}  {energy:>6}  {note}".rstrip()
    yield ""
    end = max(plan.ready_by, plan.end or plan.ready_by)
    yield from terminal_chart(curve, now, end, blocks=plan.blocks, zone=zone, width=shutil.get_terminal_size().columns)


def _as_json(plan: Plan) -> dict[str, object]:
    """The plan for JSON, with times in UTC and null for unknown."""
    return {
        "blocks": [{"start": block.start.isoformat(), "end": block.end.isoformat()} for block in plan.blocks],
        "slots": [
            {
                "start": slot.start.isoformat(),
                "end": slot.end.isoformat(),
                "price_per_kwh": slot.price_per_kwh,
                "energy_kwh": slot.energy_kwh,
                "is_estimate": slot.is_estimate,
            }
            for slot in plan.slots
        ],
        "energy_kwh": plan.energy_kwh,
        "cost": plan.cost,
        "cost_at_once": plan.cost_at_once,
        "currency": plan.currency,
        "ready_by": plan.ready_by.isoformat(),
        "shortfall_kwh": plan.shortfall_kwh,
        "shortfall_reason": plan.shortfall_reason,
    }

"""Plan the cheapest charging of one car, from a file of prices."""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Any

from smart_charging.cli.given import Given, moment_of
from smart_charging.cli.plan_page import cells, page
from smart_charging.cli.price_files import source_of
from smart_charging.cli.user_files import write_text
from smart_charging.errors import ConfigError
from smart_charging.picture.chart import Chart, chart_of
from smart_charging.picture.svg import svg
from smart_charging.picture.terminal import chart as terminal_chart
from smart_charging.planning.charge_request import ChargeRequest
from smart_charging.planning.cheapest import cheapest_plan
from smart_charging.planning.co2_weight import Co2Weight, in_money, limited_by
from smart_charging.planning.departure import next_departure
from smart_charging.planning.need import Charged, energy_between
from smart_charging.planning.outcome import STAYS
from smart_charging.planning.plan import Plan
from smart_charging.prices.curve import NO_PRICES, PriceCurve
from smart_charging.prices.forecast import with_estimates
from smart_charging.prices.rates import flat
from smart_charging.prices.reading.co2 import read_co2
from smart_charging.prices.reading.sources import read_prices
from smart_charging.prices.tariff import Tariff
from smart_charging.services.cars.car_settings import UNKNOWN_CAR, CarSettings
from smart_charging.services.cars.request import request_for, wanting_kwh

_HORIZON = timedelta(days=31)
"""Prices are only guessed that far ahead; further away, computing takes its time and says nothing."""
_USUAL_MARGIN_MINUTES = 10
_MOST_KW = 4000
"""As for power_kw in apps.yaml."""
_NOTHING_YET = Charged(energy_kwh=0.0)
_IN_KWH, _IN_PERCENT, _IN_MINUTES = "energy_kwh", "soc_percent", "average"
"""Arguments of apps.yaml in the units of our options."""
_NOT_REGARDED = "fuse_kw, peak, events, usual, may_owe_kwh, minimum_ready_soc_percent and days_ahead"
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
    "co2": ("FILE", "attributes of an entity that tells CO2 per kWh, as JSON or YAML"),
    "co2-price": ("PRICE", "of a kg of CO2; without it grams are only shown"),
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
        "smart-charging plan --prices spot.csv --power 11 --kwh 20 --ready-by 07:00. "
        f"The plan is for one car and one departure: {_NOT_REGARDED} of apps.yaml are not regarded."
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
    car = _car(given)
    ready_by = _ready_by(given, zone, now)
    until = max(now, ready_by) + (STAYS if car.has_price_limit else timedelta(0))
    curve = _prices(given, arguments.prices or [], zone, now, until)
    request = _request(given, car, curve, ready_by, now)
    co2 = _co2(given, zone, now)
    plan = _plan(request, curve, co2, now)
    _draw(given, plan, chart_of(curve, now, zone, plan=plan, price_limit=car.price_limit))
    grams = co2.of_plan(plan, now)
    as_json = {**_as_json(plan), "co2_g": grams}
    lines = [json.dumps(as_json, indent=2)] if given.has("json") else list(_as_text(plan, curve, grams, now, zone))
    print(*lines, sep="\n")
    return 0


def _lacking(given: Given) -> ConfigError:
    """All that is missing, to be told at once."""
    missing = [meaning for options, meaning in _NEEDED.items() if given.lacks(*options.split())]
    return ConfigError(f"write {', '.join(missing)}")


def _car(given: Given) -> CarSettings:
    """The options as the settings of a car."""
    power_kw = given.number("power", like="power_kw", least=0.1, most=_MOST_KW)
    if given.lacks("power") or given.lacks("ready-by"):
        raise _lacking(given)
    return replace(
        UNKNOWN_CAR,
        power_kw=power_kw,
        energy_kwh=_energy_kwh(given, power_kw),
        minimum_kwh=given.number("minimum", like=_IN_KWH, least=0),
        margin=timedelta(minutes=given.number("margin", _USUAL_MARGIN_MINUTES, like=_IN_MINUTES, least=0)),
        price_limit=_unless_lacking(given, "limit"),
        cheapest_share=_unless_lacking(given, "cheapest-share", per=100, like=_IN_PERCENT),
        start_cost=_unless_lacking(given, "start-cost", least=0),
        one_block=given.has("one-block"),
        min_block=timedelta(minutes=given.number("min-block", like=_IN_MINUTES, least=0)),
        prefers_late=given.has("late"),
    )


def _unless_lacking(given: Given, name: str, *, per: float = 1, **limits: Any) -> float | None:
    return None if given.text(name) is None else given.number(name, **limits) / per


def _ready_by(given: Given, zone: tzinfo, now: datetime) -> datetime:
    departure = given.time("ready-by")
    ready_by = next_departure(departure, zone, now) if isinstance(departure, time) else moment_of(departure, zone)
    if ready_by - now > _HORIZON:
        raise ConfigError(f"--ready-by {given.text('ready-by')}: write a time within {_HORIZON.days} days")
    return ready_by


def _request(given: Given, car: CarSettings, curve: PriceCurve, ready_by: datetime, now: datetime) -> ChargeRequest:
    """What the apps would ask for a car that has had nothing yet."""
    power_kw = car.power_kw or 0.0
    wanted_kwh = wanting_kwh(car, _NOTHING_YET, power_kw=power_kw, ready_by=ready_by, now=now)
    return request_for(
        "car",
        car,
        _NOTHING_YET,
        missing_kwh=wanted_kwh,
        wanted_kwh=wanted_kwh,
        power_kw=power_kw,
        ready_by=ready_by,
        margin=timedelta(minutes=_USUAL_MARGIN_MINUTES),
        history=curve,
        zone=given.zone("zone"),
        is_running=given.has("running"),
    )


def _co2(given: Given, zone: tzinfo, now: datetime) -> Co2Weight:
    """What counts beside money; nothing where no file tells grams."""
    price_per_kg, file = given.number("co2-price", least=0), given.text("co2")
    if file is None and price_per_kg:
        raise ConfigError("write --co2 and a file, for --co2-price needs to know how much CO2 there is in a kWh")
    grams = NO_PRICES if file is None else read_co2("", source_of(Path(file)), zone=zone, now=now)
    return Co2Weight(grams=grams, price_per_kg=price_per_kg)


def _plan(request: ChargeRequest, money: PriceCurve, co2: Co2Weight, now: datetime) -> Plan:
    """The cheapest with the cost of CO2, as it is in money."""
    [asked] = limited_by(money, [request])
    weighed = co2.weighed(money, now)
    plan = cheapest_plan(weighed, asked.need, now, preferences=asked.preferences, is_running=asked.is_running)
    return plan if weighed is money else in_money({asked.charger_id: plan}, [asked], money, now)[asked.charger_id]


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


def _as_text(plan: Plan, curve: PriceCurve, grams: float | None, now: datetime, zone: tzinfo) -> Iterator[str]:
    yield plan.sentence(zone, now)
    if grams is not None:
        yield f"{grams / 1000:.2f} kg of CO2"
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

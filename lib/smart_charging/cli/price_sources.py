"""From the words of the command line to what a price source says, in a file or in Home Assistant."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from smart_charging.cli.given import Given
from smart_charging.cli.home_over_rest import TOKEN_VARIABLE, HomeOverRest, checked_token, token_in
from smart_charging.cli.price_files import source_of
from smart_charging.cli.price_report import PriceReport
from smart_charging.cli.price_settings import settings_of
from smart_charging.config.prices import PriceSettings
from smart_charging.errors import ConfigError, PriceError
from smart_charging.prices.curve import NO_PRICES
from smart_charging.prices.understanding import Source, Understanding, understood
from smart_charging.prices.wall_time import midnight
from smart_charging.services.pricing.action_source import ActionSource
from smart_charging.services.pricing.fixed_source import FixedSource
from smart_charging.services.pricing.publication import without_placeholders
from smart_charging.services.pricing.source import asked_of
from smart_charging.services.pricing.tariffs import tariff_of

_FIXED_DAYS = timedelta(days=2)
"""As many as a market would have published; fixed prices go on and on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """What sources say, before it is read."""

    names: Sequence[str]
    sources: Sequence[Source]
    zone: ZoneInfo
    now: datetime
    problems: Sequence[str] = ()
    """What some did not say, where others did."""
    currency: str | None = None
    """The home's, for prices that name none."""


async def price_report(given: Given, *, files: Sequence[str], entities: Sequence[str]) -> PriceReport:
    """What is understood, by what reads prices for the scheduler.

    Raises:
        ChargingError: There is nothing to read, or it is not understood; one line says why.
        OSError: A file cannot be read.
        ValueError: One is no text.
    """
    settings = settings_of(given, entities)
    if files:
        return _reported(settings, _from_files(given, files))
    if settings.fixed:
        return await _fixed_report(settings, given)
    url = given.text("ha-url")
    if url is None:
        raise ConfigError("write a FILE with prices, or --ha-url and --entity or --action, or --apps with fixed prices")
    if not settings.names_a_source:
        raise ConfigError("write --entity and the entity with the prices, or --action, or --apps that names one")
    path = given.text("token-file")
    token = checked_token(token_in(Path(path)) if path else os.environ.get(TOKEN_VARIABLE))
    async with HomeOverRest(url, token) as home:
        return _reported(settings, await _from_home(given, settings, home))


def _from_files(given: Given, files: Sequence[str]) -> _Heard:
    zone = given.zone("zone")
    paths = [Path(file) for file in files]
    sources = [source_of(path) for path in paths]
    return _Heard(names=[path.name for path in paths], sources=sources, zone=zone, now=given.now(zone))


async def _from_home(given: Given, settings: PriceSettings, home: HomeOverRest) -> _Heard:
    facts = await home.facts()
    zone = facts.zone if facts.zone and given.text("zone") is None else given.zone("zone")
    heard = _Heard(names=[], sources=[], zone=zone, now=given.now(zone), currency=facts.currency)
    if settings.price_action:
        return await _answers(settings, home, heard)
    return await _attributes(settings.price_entity, home, heard)


async def _attributes(entities: Sequence[str], home: HomeOverRest, heard: _Heard) -> _Heard:
    there = {entity_id: await home.entity(entity_id) for entity_id in entities}
    problems = [f"there is no entity {entity_id}" for entity_id, state in there.items() if state is None]
    problems += [f"{name} is unavailable" for name, state in there.items() if state and state.state == "unavailable"]
    found = {name: state.attributes for name, state in there.items() if state and state.state != "unavailable"}
    if not found:
        raise PriceError(", ".join(problems))
    return replace(heard, names=list(found), sources=list(found.values()), problems=problems)


async def _answers(settings: PriceSettings, home: HomeOverRest, heard: _Heard) -> _Heard:
    """Asked for today and tomorrow as the scheduler would ask for them."""
    if (action := settings.price_action) is None:
        raise AssertionError
    reading = await ActionSource(action, settings, home, heard.zone).read(heard.now, NO_PRICES)
    if not home.answers:
        raise reading.problem or PriceError(f"{action.action} answered nothing")
    problems = [str(reading.problem)] if reading.problem and reading.curve else []
    return replace(heard, names=[action.action], sources=home.answers, problems=problems)


def _reported(settings: PriceSettings, heard: _Heard) -> PriceReport:
    found = understood(
        heard.sources, asked_of(settings, zone=heard.zone, now=heard.now), names=settings.price_entity or heard.names
    )
    curve = without_placeholders(found.curve, NO_PRICES, heard.now, heard.zone)
    left_out = [*heard.problems, *found.left_out]
    if len(curve) < len(found.curve):
        left_out.append("a day to come has one and the same price before prices can be out; it is not believed")
    if heard.currency and not curve.currency:
        curve = replace(curve, currency=heard.currency)
    found = replace(found, curve=curve, left_out=left_out)
    return _with_tariff(settings, heard.names, found, heard.zone)


async def _fixed_report(settings: PriceSettings, given: Given) -> PriceReport:
    zone = given.zone("zone")
    now = given.now(zone)
    reading = await FixedSource(settings, zone).read(now, NO_PRICES)
    if not reading.curve:
        raise reading.problem or PriceError("fixed has no price")
    start = midnight(now.astimezone(zone).date(), zone)
    end = midnight((now.astimezone(zone) + _FIXED_DAYS).date(), zone)
    found = Understanding(
        curve=reading.curve.between(start, end),
        lists=(),
        are_fees_inside=False,
        left_out=[str(reading.problem)] if reading.problem else [],
    )
    return _with_tariff(settings, ["fixed"], found, zone)


def _with_tariff(settings: PriceSettings, names: Sequence[str], found: Understanding, zone: ZoneInfo) -> PriceReport:
    tariff = tariff_of(settings.tariff) if settings.tariff else None
    if tariff is None:
        priced = found.curve
    elif found.are_fees_inside:
        priced = tariff.billed(found.curve, zone)
    else:
        priced = tariff.applied(found.curve, zone)
    return PriceReport(names=names, found=found, priced=priced, has_tariff=tariff is not None, zone=zone)

"""Reads the price source that the command line names, in files or in Home Assistant."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from smart_charging.cli.given import Given
from smart_charging.cli.heard import Heard
from smart_charging.cli.price_files import source_of
from smart_charging.cli.price_report import PriceReport
from smart_charging.cli.price_settings import settings_of
from smart_charging.config.prices import PriceSettings
from smart_charging.errors import ConfigError, PriceError
from smart_charging.prices.curve import NO_PRICES
from smart_charging.prices.feed_in import feed_in_prices
from smart_charging.prices.reading.understanding import Understanding, understood
from smart_charging.prices.wall_time import midnight
from smart_charging.services.pricing.fixed_source import FixedSource
from smart_charging.services.pricing.publication import without_placeholders
from smart_charging.services.pricing.source import asked_of
from smart_charging.services.pricing.tariffs import feed_in_of, tariff_of

_FIXED_DAYS = timedelta(days=2)
"""How many days of fixed prices to show; as many as a market publishes."""


def price_report(given: Given, *, files: Sequence[str], entities: Sequence[str]) -> PriceReport:
    """Read the source with the same code as the scheduler.

    Raises:
        ChargingError: There is nothing to read, or it cannot be read; the message says why.
    """
    settings = settings_of(given, entities)
    if files:
        return _reported(settings, _from_files(given, files))
    if settings.price_cloud:
        raise ConfigError("price_cloud is read by the scheduler alone; name a FILE, or --ha-url and --entity")
    if settings.fixed:
        return asyncio.run(_fixed_report(settings, given))
    if given.text("ha-url") is None:
        raise ConfigError("write a FILE with prices, or --ha-url and --entity or --action, or --apps with fixed prices")
    if not settings.names_a_source:
        raise ConfigError("write --entity and the entity with the prices, or --action, or --apps that names one")
    from smart_charging.cli.home_prices import heard_at_home  # noqa: PLC0415  # files need no HTTP

    return _reported(settings, asyncio.run(heard_at_home(given, settings)))


def _from_files(given: Given, files: Sequence[str]) -> Heard:
    zone = given.zone("zone")
    paths = [Path(file) for file in files]
    sources = [source_of(path) for path in paths]
    return Heard(names=[path.name for path in paths], sources=sources, zone=zone, now=given.now(zone))


def _reported(settings: PriceSettings, heard: Heard) -> PriceReport:
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
    if settings.tariff and settings.tariff.grid_fees_from:
        found = replace(found, left_out=[*found.left_out, "grid_fees_from is read by the scheduler alone"])
    if tariff is None:
        priced = found.curve
    elif found.are_fees_inside:
        priced = tariff.billed(found.curve, zone)
    else:
        priced = tariff.applied(found.curve, zone)
    report = PriceReport(names=names, found=found, priced=priced, has_tariff=tariff is not None, zone=zone)
    return _with_feed_in(settings, report)


def _with_feed_in(settings: PriceSettings, report: PriceReport) -> PriceReport:
    """The report with the feed-in prices; where they cannot be made, the reason is under what was left out."""
    found = report.found
    if (feed_in := feed_in_of(settings)) is None:
        return report
    try:
        prices = feed_in_prices(feed_in, found.curve, report.zone, are_fees_inside=found.are_fees_inside)
    except PriceError as err:
        return replace(report, feed_in=NO_PRICES, found=replace(found, left_out=[*found.left_out, str(err)]))
    return replace(report, feed_in=prices)

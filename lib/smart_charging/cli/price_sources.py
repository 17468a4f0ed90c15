"""Reads the price source that the command line names: files, Home Assistant, a cloud, or fixed prices."""

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
from smart_charging.config.cloud_login import PriceCloudSettings
from smart_charging.config.prices import PriceSettings
from smart_charging.config.tariff import TariffSettings
from smart_charging.errors import ChargingError, ConfigError, PriceError
from smart_charging.prices.curve import NO_PRICES
from smart_charging.prices.feed_in import feed_in_prices
from smart_charging.prices.reading.understanding import Understanding, understood
from smart_charging.prices.tariff import Tariff
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
    return asyncio.run(_report(given, settings_of(given, entities), files))


async def _report(given: Given, settings: PriceSettings, files: Sequence[str]) -> PriceReport:
    if files:
        return await _reported(given, settings, _from_files(given, files))
    if settings.price_cloud:
        return await _cloud_report(given, settings, settings.price_cloud)
    if settings.fixed:
        return await _fixed_report(given, settings)
    if given.text("ha-url") is None:
        raise ConfigError("write a FILE with prices, or --ha-url and --entity or --action, or --apps with fixed prices")
    if not settings.names_a_source:
        raise ConfigError("write --entity and the entity with the prices, or --action, or --apps that names one")
    from smart_charging.cli.home_prices import heard_at_home  # noqa: PLC0415  # files need no HTTP

    return await _reported(given, settings, await heard_at_home(given, settings))


def _from_files(given: Given, files: Sequence[str]) -> Heard:
    zone = given.zone("zone")
    paths = [Path(file) for file in files]
    sources = [source_of(path) for path in paths]
    return Heard(names=[path.name for path in paths], sources=sources, zone=zone, now=given.now(zone))


async def _reported(given: Given, settings: PriceSettings, heard: Heard) -> PriceReport:
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
    return await _with_tariff(given, settings, heard.names, found, heard.zone)


async def _cloud_report(given: Given, settings: PriceSettings, cloud: PriceCloudSettings) -> PriceReport:
    from smart_charging.cli.cloud_prices import prices_of_cloud  # noqa: PLC0415  # others need no HTTP

    zone = given.zone("zone")
    reading = await prices_of_cloud(cloud, _folder(given), given.now(zone))
    left_out = [str(reading.problem)] if reading.problem else []
    found = Understanding(curve=reading.curve, lists=(), are_fees_inside=True, left_out=left_out)
    return await _with_tariff(given, settings, ["price_cloud"], found, zone)


async def _fixed_report(given: Given, settings: PriceSettings) -> PriceReport:
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
    return await _with_tariff(given, settings, ["fixed"], found, zone)


async def _with_tariff(
    given: Given, settings: PriceSettings, names: Sequence[str], found: Understanding, zone: ZoneInfo
) -> PriceReport:
    tariff = tariff_of(settings.tariff) if settings.tariff else None
    try:
        if tariff and settings.tariff and not found.are_fees_inside:
            tariff = await _with_grid_fees(tariff, given, settings.tariff, zone)
    except ChargingError as err:
        why = str(err).removeprefix("grid_fees_from: ")
        found = replace(found, left_out=[*found.left_out, f"grid_fees_from: {why}; grid_fees stands in"])
    if tariff is None:
        priced = found.curve
    elif found.are_fees_inside:
        priced = tariff.billed(found.curve, zone)
    else:
        priced = tariff.applied(found.curve, zone)
    report = PriceReport(names=names, found=found, priced=priced, has_tariff=tariff is not None, zone=zone)
    return _with_feed_in(settings, report)


async def _with_grid_fees(tariff: Tariff, given: Given, settings: TariffSettings, zone: ZoneInfo) -> Tariff:
    """The tariff with the fees that a cloud tells, if one is named."""
    if settings.grid_fees_from is None:
        return tariff
    from smart_charging.cli.cloud_prices import grid_fees_of_cloud  # noqa: PLC0415  # others need no HTTP

    today = given.now(zone).astimezone(zone).date()
    fees = await grid_fees_of_cloud(settings.grid_fees_from, settings, _folder(given), today, zone)
    return replace(tariff, grid_fees=fees)


def _folder(given: Given) -> Path:
    """The folder of the appdaemon.yaml that `--apps` belongs to; that of apps.yaml where there is none above it."""
    apps = Path(given.text("apps") or "apps.yaml").resolve()
    return next((folder for folder in apps.parents if (folder / "appdaemon.yaml").is_file()), apps.parent)


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

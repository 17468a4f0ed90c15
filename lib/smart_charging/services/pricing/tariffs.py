"""Converts tariffs and rates from the configuration into those of `prices`."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TypedDict

from smart_charging.config.feed_in import SpotFeedInSettings
from smart_charging.config.prices import PriceSettings
from smart_charging.config.public_holidays import Calendar
from smart_charging.config.rates import MonthDay, RateSettings, Season, TimesSettings
from smart_charging.config.tariff import TariffSettings
from smart_charging.prices.feed_in import FeedIn, FixedFeedIn
from smart_charging.prices.rates import Days, Rate, YearlyDays
from smart_charging.prices.tariff import Tariff


class Conditions(TypedDict):
    """When something applies."""

    from_minute: int
    to_minute: int
    months: Sequence[int]
    weekdays: Sequence[int]
    days: Container[date] | None
    is_summer_time: bool | None


def tariff_of(settings: TariffSettings) -> Tariff:
    """The tariff as a `prices.tariff.Tariff`."""
    return Tariff(
        spot_factor=settings.spot_factor,
        markup=rates_of(settings.markup),
        energy_tax=rates_of(settings.energy_tax),
        grid_fees=rates_of(settings.grid_fees),
        vat=settings.vat,
        is_vat_on_spot_only=settings.is_vat_on_spot_only,
        support_share=settings.support_share,
        support_above=rates_of(settings.support_above),
        refund=rates_of(settings.refund),
        average=timedelta(minutes=settings.average) if settings.average else None,
        holidays=Calendar(settings.holidays),
    )


def feed_in_of(settings: PriceSettings) -> FeedIn | None:
    """What a kWh brings that leaves the house, None if nothing is written; holidays are those of the tariff."""
    holidays = Calendar(settings.tariff.holidays if settings.tariff else ())
    match settings.feed_in:
        case None:
            return None
        case SpotFeedInSettings() as written:
            return replace(_bought_at_spot(written), holidays=holidays)
        case rates:
            return FixedFeedIn(rates=rates_of(rates), holidays=holidays)


def _bought_at_spot(settings: SpotFeedInSettings) -> Tariff:
    return Tariff(
        spot_factor=settings.spot_factor,
        markup=rates_of(settings.markup),
        grid_fees=[replace(rate, per_kwh=-rate.per_kwh) for rate in rates_of(settings.grid_fees)],
        vat=settings.vat,
        average=timedelta(minutes=settings.average) if settings.average else None,
    )


def rates_of(settings: Sequence[RateSettings]) -> Sequence[Rate]:
    """The rates as `prices.rates.Rate`."""
    return tuple(Rate(per_kwh=rate.per_kwh, **conditions_of(rate)) for rate in settings)


def conditions_of(settings: TimesSettings) -> Conditions:
    """When something applies, as arguments of a `prices.rates.Times`."""
    return {
        "from_minute": settings.from_hour,
        "to_minute": settings.to_hour,
        "months": settings.months,
        "weekdays": settings.weekdays,
        "days": _days_of(settings),
        "is_summer_time": None if settings.season is None else settings.season is Season.SUMMER_TIME,
    }


def _days_of(rate: TimesSettings) -> Container[date] | None:
    match rate.from_date, rate.to_date:
        case None, None:
            return None
        case MonthDay() as first, MonthDay() as last:
            return YearlyDays(first, last)
        case (date() | None) as first, (date() | None) as last:
            return Days(first, last)
    raise AssertionError  # settings have both dates of one kind

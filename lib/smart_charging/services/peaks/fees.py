"""Converts fees for peaks from the configuration."""

from __future__ import annotations

from collections.abc import Container, Sequence
from datetime import date, tzinfo

from smart_charging.config.peak import PeakFeeSettings
from smart_charging.planning.peak_fee import HOUR, QUARTER, PeakFee, Per, Weight
from smart_charging.services.pricing.tariffs import conditions_of


def fees_of(settings: Sequence[PeakFeeSettings], zone: tzinfo, holidays: Container[date]) -> Sequence[PeakFee]:
    """The fees as `planning.peak_fee.PeakFee`."""
    return [
        PeakFee(
            interval=HOUR if one.per == "hour" else QUARTER,
            highest=one.highest,
            of=Per(one.of),
            is_nth=one.kind == "nth",
            weights=tuple(Weight(factor=times.factor, **conditions_of(times)) for times in one.counts),
            per_kw=one.price_per_kw or 0.0,
            steps=tuple(one.steps or ()),
            from_kw=one.from_kw,
            at_least_kw=one.at_least_kw,
            zone=zone,
            holidays=holidays,
        )
        for one in settings
    ]

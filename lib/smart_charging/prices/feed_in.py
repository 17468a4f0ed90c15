"""The feed-in price: what a kWh brings that leaves the house."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

from smart_charging.errors import PriceError
from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.fixed import fixed_prices
from smart_charging.prices.rates import Rate
from smart_charging.prices.tariff import Tariff


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedFeedIn:
    """A remuneration that does not depend on spot; unknown where no rate applies."""

    rates: Sequence[Rate]
    """Per kWh, in the currency of the prices."""
    holidays: Container[date] = frozenset()
    """Counted as Sundays."""


FeedIn = FixedFeedIn | Tariff
"""A tariff makes the feed-in price from spot; its grid fees are negative where the grid company takes them."""


def feed_in_prices(feed_in: FeedIn, source: PriceCurve, zone: tzinfo, *, are_fees_inside: bool) -> PriceCurve:
    """The feed-in prices at the times for which there are prices.

    Args:
        source: The prices before the tariff that a customer pays.
        are_fees_inside: Whether the source's prices are no spot prices, as they include fees and taxes.

    Raises:
        PriceError: The feed-in price is made from spot, and the source does not tell it.
    """
    if isinstance(feed_in, FixedFeedIn):
        return _remunerated(feed_in, source, zone)
    if are_fees_inside:
        raise PriceError(
            "feed_in is unknown: it is made from spot, and these prices have fees in them; "
            "write a fixed one, or take a source without fees"
        )
    return feed_in.applied(source, zone)


def _remunerated(feed_in: FixedFeedIn, source: PriceCurve, zone: tzinfo) -> PriceCurve:
    priced = (
        fixed_prices(feed_in.rates, slot.start, slot.end, zone=zone, holidays=feed_in.holidays) for slot in source
    )
    return PriceCurve([slot for curve in priced for slot in curve], source.currency)

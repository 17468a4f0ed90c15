"""Quarters of an hour, by which prices are published, metered and billed; they begin together in all zones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

QUARTER = timedelta(minutes=15)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def quarter_of(moment: datetime) -> datetime:
    """When the quarter of an hour began that a moment lies in; aware, in the moment's own zone."""
    return moment - (moment - _EPOCH) % QUARTER

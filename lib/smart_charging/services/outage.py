"""Logs once when something stops working and once when it works again."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from smart_charging.errors import ChargingError, RateLimitedError


class Outage:
    """Remembers since when something fails and with what kind of error; the same kind is not logged twice."""

    def __init__(self, what: str, log: logging.Logger, patience: timedelta = timedelta(0)) -> None:
        self._what = what
        self._log = log
        self._patience = patience
        self._kind: type[ChargingError] | None = None
        self.since: datetime | None = None
        self.failures = 0
        """Number of failures in a row."""

    @property
    def is_told(self) -> bool:
        """Whether it has lasted long enough to be logged."""
        return self._kind is not None

    def failed(self, error: ChargingError, now: datetime) -> None:
        """Note a failure; logged when it is the first, or of another kind than the last."""
        self.failures += 1
        self.since = self.since or now
        is_known = type(error) is self._kind or isinstance(error, RateLimitedError)  # the quota has its own log line
        if is_known or self.lasts(now) < self._patience:
            return
        self._kind = type(error)
        self._log.warning("%s: %s", self._what, error)

    def worked(self, now: datetime) -> None:
        """Note a success; logged when it ends an outage."""
        if self.since and self._kind:
            self._log.info("%s: works again after %s", self._what, _duration_text(now, self.since))
        self.failures, self._kind, self.since = 0, None, None

    def lasts(self, now: datetime) -> timedelta:
        """How long it has been failing; zero when it works."""
        return now - self.since if self.since else timedelta(0)


def _duration_text(now: datetime, since: datetime) -> str:
    seconds = round((now - since).total_seconds())
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"

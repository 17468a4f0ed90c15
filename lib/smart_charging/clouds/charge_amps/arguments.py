"""What a monitor of Charge Amps can be told in apps.yaml besides what every monitor can."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field, model_validator

from smart_charging.clouds.charge_amps.web_client import WEB_HOST
from smart_charging.config.arguments import Seconds, like
from smart_charging.config.monitor import MonitorSettings

INTERVAL_S = 60
LEAST_EXTERNAL = timedelta(seconds=30)
"""The chargers report that often; the External API has nothing newer."""
_BUSY_S = 30
_INTERVAL, _IDLE, _PLUGGED_IN, _BUSY = "interval_s", "poll_idle_s", "poll_plugged_in_s", "poll_busy_s"

Tag = Annotated[
    str,
    like(
        r"([0-9A-Fa-f]{8}|[0-9A-Fa-f]{14}|[0-9A-Fa-f]{20})",
        'expected the 8, 14 or 20 hexadecimal digits of a tag in quotes, such as "0A0B0C0D"',
    ),
]
HostName = Annotated[str, like(r"[A-Za-z0-9.-]+", "expected a host, such as my.charge.space")]
HeaderName = Annotated[str, like(r"[A-Za-z0-9-]+", "expected the name of an HTTP header, such as x-api-key")]


class ChargeAmpsSettings(MonitorSettings):
    """Arguments of the app `charging_monitor` with `cloud: charge_amps`."""

    interval: Seconds = Field(
        timedelta(seconds=INTERVAL_S), alias="interval_s", ge=timedelta(seconds=10), le=timedelta(hours=1)
    )
    """Between two readings; `poll_idle_s` and its like go before it."""
    host: HostName = WEB_HOST
    """Of the web app, named in its login; only without an API key."""
    rfid_tag: Tag | None = Field(default=None, repr=False)
    """A tag that the chargers know; starts and stops those whose RFID lock is on."""
    control_over_web: bool = False
    """Start, stop and set the current without an API key, by calls that nobody has verified."""
    trust_web_codes: bool = False
    """Without an API key, read statuses that are numbers by a table that nobody has verified."""
    callback_header: HeaderName = "x-api-key"
    """The name of the header in which Charge Amps sends the secret of its callbacks."""

    @model_validator(mode="before")
    @classmethod
    def _one_interval(cls, given: Any) -> Any:
        """Apply the interval wherever no other is written; what is no number is complained about later."""
        if not isinstance(given, Mapping):
            return given
        interval_s = given.get(_INTERVAL, INTERVAL_S)
        busy_s = min(interval_s, _BUSY_S) if isinstance(interval_s, int | float) else _BUSY_S
        return {_IDLE: interval_s, _PLUGGED_IN: interval_s, _BUSY: busy_s, **given} if _in_range(interval_s) else given


def _in_range(interval_s: object) -> bool:
    return isinstance(interval_s, int | float) and not isinstance(interval_s, bool) and 10 <= interval_s <= 3600

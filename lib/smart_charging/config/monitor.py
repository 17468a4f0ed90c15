"""Arguments of the app `charging_monitor`."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from pydantic import Field, HttpUrl

from smart_charging.config.arguments import Alias, ChargePointId, PollRest, Seconds, Settings
from smart_charging.config.defaults import CREDENTIALS_FILE, DEFAULT_CLOUD


class Writer(StrEnum):
    """How entities get into Home Assistant."""

    STATES = "states"
    """The state API: works without a broker, but entities get no device and no unique id."""
    MQTT = "mqtt"
    """MQTT discovery, for people with a broker."""


class MonitorSettings(Settings):
    """Arguments of the app `charging_monitor`."""

    cloud: str = DEFAULT_CLOUD
    """Which cloud; `open_cloud` knows which there are."""
    account: Alias | None = None
    """Tells a second account of the same cloud apart: becomes part of its entity ids and store keys."""
    writer: Writer = Writer.STATES
    credentials_file: Path = Path(CREDENTIALS_FILE)
    """Relative to the folder of appdaemon.yaml."""
    base_url: HttpUrl | None = None
    """The API's address; None is the cloud's usual one."""
    aliases: dict[ChargePointId, Alias] = Field(default_factory=dict)
    """Charge point id to the slug for its entity ids; without one the slug is made of its name."""
    poll_idle: PollRest = Field(timedelta(seconds=25), alias="poll_idle_s")
    poll_plugged_in: PollRest = Field(timedelta(seconds=20), alias="poll_plugged_in_s")
    poll_busy: PollRest = Field(timedelta(seconds=15), alias="poll_busy_s")
    """While a charge starts or stops, and for three minutes after a command."""
    wallet_interval: Seconds = Field(timedelta(minutes=10), alias="wallet_interval_s", ge=timedelta(seconds=5))
    pulled_after: Seconds = Field(
        timedelta(minutes=2), alias="pulled_after_s", ge=timedelta(0), le=timedelta(minutes=10)
    )
    """How long a cable has to be away to count as pulled; until then the session may go on."""
    unavailable_after: Seconds = Field(timedelta(minutes=10), alias="unavailable_after_s", ge=timedelta(seconds=0))
    """How long entities keep the last data while the cloud does not answer."""
    forget_after: Seconds = Field(timedelta(days=1), alias="forget_after_s", ge=timedelta(0))
    """How long a charger has to be missing from the account before its device is removed; unavailable until then."""

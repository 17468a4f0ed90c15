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
    """Its state API: needs nothing, and makes entities without devices and unique ids."""
    MQTT = "mqtt"
    """MQTT discovery, for people with a broker."""


class MonitorSettings(Settings):
    """Arguments of the app `charging_monitor`."""

    cloud: str = DEFAULT_CLOUD
    """Whose chargers; which there are, only `open_cloud` knows."""
    account: Alias | None = None
    """Tells a second account of the same cloud apart: its word is in entity ids and in what is remembered."""
    writer: Writer = Writer.STATES
    credentials_file: Path = Path(CREDENTIALS_FILE)
    """Relative to the folder of appdaemon.yaml."""
    base_url: HttpUrl | None = None
    """Where the cloud answers; None is its own address."""
    aliases: dict[ChargePointId, Alias] = Field(default_factory=dict)
    """Charge point id to the word its entity ids are made of, instead of its name."""
    poll_idle: PollRest = Field(timedelta(seconds=25), alias="poll_idle_s")
    poll_plugged_in: PollRest = Field(timedelta(seconds=20), alias="poll_plugged_in_s")
    poll_busy: PollRest = Field(timedelta(seconds=15), alias="poll_busy_s")
    """While a charge starts or stops, and for three minutes after a command."""
    wallet_interval: Seconds = Field(timedelta(minutes=10), alias="wallet_interval_s", ge=timedelta(seconds=5))
    unavailable_after: Seconds = Field(timedelta(minutes=10), alias="unavailable_after_s", ge=timedelta(seconds=0))
    """How long the last data stand in for a cloud that does not answer."""
    forget_after: Seconds = Field(timedelta(days=1), alias="forget_after_s", ge=timedelta(0))
    """How long a charger has to be gone from the account until its device is removed; until then it is unavailable."""

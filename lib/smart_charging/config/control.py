"""Arguments of the app `charging_control`."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from smart_charging.config.arguments import AppNames, Seconds, Settings


class ControlSettings(Settings):
    """Arguments of the app `charging_control`."""

    monitor: AppNames = Field(["charging_monitor"])
    """The name in apps.yaml of the app that owns the connection, or a list of them."""
    allow_unplugged: bool = False
    """Start although no cable is seen; for chargers that report it late."""
    command_pause: Seconds = Field(
        timedelta(seconds=3), alias="command_pause_s", ge=timedelta(0), le=timedelta(minutes=1)
    )
    """Between two commands to one charger: pressed on and off it is sent the first wish and the last, not each."""

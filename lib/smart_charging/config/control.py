"""Arguments of the app `charging_control`."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from smart_charging.config.arguments import AppNames, Seconds, Settings


class ControlSettings(Settings):
    """Arguments of the app `charging_control`."""

    monitor: AppNames = Field(["charging_monitor"])
    """The monitor app's name in apps.yaml, or a list of several."""
    allow_unplugged: bool = False
    """Start even if no cable is reported; for chargers that report it late."""
    command_pause: Seconds = Field(
        timedelta(seconds=3), alias="command_pause_s", ge=timedelta(0), le=timedelta(minutes=1)
    )
    """Shortest time between two commands to one charger; of several presses meanwhile only the last is sent."""

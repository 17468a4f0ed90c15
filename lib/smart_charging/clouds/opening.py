"""Opens a cloud by its name; each is imported only when it is opened."""

# ruff: noqa: PLC0415  # imports take memory and time on a Raspberry Pi, and nobody uses all clouds

from __future__ import annotations

from typing import TYPE_CHECKING

from smart_charging.errors import ConfigError

if TYPE_CHECKING:
    import logging
    from pathlib import Path

    from smart_charging.clouds.protocol import ChargerCloud
    from smart_charging.clouds.words import CloudWords
    from smart_charging.config.monitor import MonitorSettings
    from smart_charging.timekeeper import Timekeeper

KNOWN_CLOUDS = ("monta",)


def open_cloud(
    settings: MonitorSettings,
    credentials_file: Path,
    *,
    token_file: Path | None,
    log: logging.Logger,
    timekeeper: Timekeeper | None = None,
) -> ChargerCloud:
    """A connection that the caller has to close; nothing is sent before the first call.

    Args:
        settings: Which cloud, and its address.
        credentials_file: Read right away.
        token_file: Keeps tokens across restarts; None keeps them in memory only.
        timekeeper: The clock to go by, and to be told the cloud's time; None for the host's.

    Raises:
        ConfigError: There is no such cloud, or no credentials for it; the message says what to write.
    """
    match settings.cloud:
        case "monta":
            from smart_charging.clouds.monta.cloud import open_monta

            return open_monta(
                settings.base_url, credentials_file, token_file=token_file, log=log, timekeeper=timekeeper
            )
        case _:
            raise _unknown(settings.cloud)


def words_of(cloud: str) -> CloudWords:
    """What a cloud is called.

    Raises:
        ConfigError: There is no such cloud; the message lists the known ones.
    """
    match cloud:
        case "monta":
            from smart_charging.clouds.monta.words import MONTA

            return MONTA
        case _:
            raise _unknown(cloud)


def _unknown(cloud: str) -> ConfigError:
    return ConfigError(f"cloud: {cloud[:40]!r} is not known; write one of {', '.join(KNOWN_CLOUDS)}")

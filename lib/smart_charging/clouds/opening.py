"""The one place that knows every cloud's name; a cloud is imported only when it is opened."""

# ruff: noqa: PLC0415  # a Raspberry Pi pays for every module, and nobody has all clouds

from __future__ import annotations

from typing import TYPE_CHECKING

from smart_charging.errors import ConfigError

if TYPE_CHECKING:
    import logging
    from pathlib import Path

    from smart_charging.clouds.protocol import ChargerCloud
    from smart_charging.clouds.words import CloudWords
    from smart_charging.config.monitor import MonitorSettings

KNOWN_CLOUDS = ("monta",)


def open_cloud(
    settings: MonitorSettings, credentials_file: Path, *, token_file: Path | None, log: logging.Logger
) -> ChargerCloud:
    """A connection to be closed by its owner; nothing is sent before the first question.

    Args:
        settings: Which cloud, and where it answers.
        credentials_file: Read now.
        token_file: Where tokens are kept over a restart; None keeps them in memory only.

    Raises:
        ConfigError: No such cloud, or no credentials for it; what to write.
    """
    match settings.cloud:
        case "monta":
            from smart_charging.clouds.monta.cloud import open_monta

            return open_monta(settings.base_url, credentials_file, token_file=token_file, log=log)
        case _:
            raise _unknown(settings.cloud)


def words_of(cloud: str) -> CloudWords:
    """What a cloud is called.

    Raises:
        ConfigError: There is no such cloud; the known ones are named.
    """
    match cloud:
        case "monta":
            from smart_charging.clouds.monta.words import MONTA

            return MONTA
        case _:
            raise _unknown(cloud)


def _unknown(cloud: str) -> ConfigError:
    return ConfigError(f"cloud: {cloud[:40]!r} is not known; write one of {', '.join(KNOWN_CLOUDS)}")

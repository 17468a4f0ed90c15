"""Opens a cloud by its name; each is imported only when it is opened.

Adding a cloud takes its name in `KNOWN_CLOUDS` and a case in each function here; where it has no entities or arguments
of its own it does without those.
"""

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
    from smart_charging.entities.cloud_tables import CloudTables
    from smart_charging.timekeeper import Timekeeper

KNOWN_CLOUDS = ("monta", "charge_amps", "enphase", "monta_partner")


def open_cloud(
    settings: MonitorSettings,
    credentials_file: Path,
    *,
    token_file: Path | None,
    notes_file: Path | None = None,
    log: logging.Logger,
    timekeeper: Timekeeper | None = None,
) -> ChargerCloud:
    """A connection that the caller has to close; nothing is sent before the first call.

    Args:
        settings: Which cloud, with its address and own arguments: an instance of `settings_of(settings.cloud)`.
        credentials_file: Read right away.
        token_file: Keeps tokens across restarts; None keeps them in memory only.
        notes_file: Keeps what else an adapter has to remember over a restart or a kill; None forgets it then.
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
        case "charge_amps":
            from smart_charging.clouds.charge_amps.arguments import ChargeAmpsSettings
            from smart_charging.clouds.charge_amps.cloud import open_charge_amps

            own = ChargeAmpsSettings.model_validate(settings, from_attributes=True)
            return open_charge_amps(
                own,
                credentials_file,
                token_file=token_file,
                notes_file=notes_file,
                log=log,
                timekeeper=timekeeper,
            )
        case "enphase":
            from smart_charging.clouds.enphase.arguments import EnphaseSettings
            from smart_charging.clouds.enphase.cloud import open_enphase

            of_site = EnphaseSettings.model_validate(settings, from_attributes=True)
            return open_enphase(
                of_site,
                credentials_file,
                token_file=token_file,
                notes_file=notes_file,
                log=log,
                timekeeper=timekeeper,
            )
        case "monta_partner":
            from smart_charging.clouds.monta_partner.arguments import MontaPartnerSettings
            from smart_charging.clouds.monta_partner.cloud import open_monta_partner

            of_operator = MontaPartnerSettings.model_validate(settings, from_attributes=True)
            return open_monta_partner(
                of_operator,
                credentials_file,
                token_file=token_file,
                notes_file=notes_file,
                log=log,
                timekeeper=timekeeper,
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
        case "charge_amps":
            from smart_charging.clouds.charge_amps.words import CHARGE_AMPS

            return CHARGE_AMPS
        case "enphase":
            from smart_charging.clouds.enphase.words import ENPHASE

            return ENPHASE
        case "monta_partner":
            from smart_charging.clouds.monta_partner.words import MONTA_PARTNER

            return MONTA_PARTNER
        case _:
            raise _unknown(cloud)


def settings_of(cloud: str) -> type[MonitorSettings]:
    """The arguments that a monitor of this cloud takes: the common ones, with its own defaults and further ones.

    Raises:
        ConfigError: There is no such cloud; the message lists the known ones.
    """
    from smart_charging.config.monitor import MonitorSettings

    match cloud:
        case "monta":
            return MonitorSettings
        case "charge_amps":
            from smart_charging.clouds.charge_amps.arguments import ChargeAmpsSettings

            return ChargeAmpsSettings
        case "enphase":
            from smart_charging.clouds.enphase.arguments import EnphaseSettings

            return EnphaseSettings
        case "monta_partner":
            from smart_charging.clouds.monta_partner.arguments import MontaPartnerSettings

            return MontaPartnerSettings
        case _:
            raise _unknown(cloud)


def entities_of(cloud: str) -> CloudTables:
    """The entities that a cloud adds to those of every cloud.

    Raises:
        ConfigError: There is no such cloud; the message lists the known ones.
    """
    match cloud:
        case "monta":
            from smart_charging.entities.cloud_tables import NO_TABLES

            return NO_TABLES
        case "charge_amps":
            from smart_charging.clouds.charge_amps.entities import CHARGE_AMPS_TABLES

            return CHARGE_AMPS_TABLES
        case "enphase":
            from smart_charging.clouds.enphase.entities import ENPHASE_TABLES

            return ENPHASE_TABLES
        case "monta_partner":
            from smart_charging.clouds.monta_partner.entities import MONTA_PARTNER_TABLES

            return MONTA_PARTNER_TABLES
        case _:
            raise _unknown(cloud)


def _unknown(cloud: object) -> ConfigError:
    return ConfigError(f"cloud: {str(cloud)[:40]!r} is not known; write one of {', '.join(KNOWN_CLOUDS)}")

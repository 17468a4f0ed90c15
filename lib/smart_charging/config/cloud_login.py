"""A cloud that knows more than chargers, and the login to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field, HttpUrl, model_validator

from smart_charging.config.arguments import IdOrName, Settings
from smart_charging.config.defaults import CREDENTIALS_FILE


class CloudLogin(Settings):
    """Which cloud to ask, and where its credentials are; the cloud's name may stand alone."""

    cloud: str
    credentials_file: Path = Path(CREDENTIALS_FILE)
    """Relative to the folder of appdaemon.yaml."""
    base_url: HttpUrl | None = None
    """None is the cloud's usual one."""

    @model_validator(mode="before")
    @classmethod
    def _name_alone(cls, given: Any) -> Any:
        return {"cloud": given} if isinstance(given, str) else given


class PriceCloudSettings(CloudLogin):
    """A cloud that tells what its drivers will pay."""

    charger: IdOrName | None = None
    """At which charge point; None is the only one of the account."""
    price_group: int | None = Field(None, ge=1)
    """Instead of the charge point's own."""


class GridFeesCloudSettings(CloudLogin):
    """A cloud that knows the grid company's tariff."""

    zip: IdOrName
    """Of the home, as a zip code's digits."""
    tariff: int | None = Field(None, ge=1)
    """The cloud's id of the tariff, where there are several at the zip code."""

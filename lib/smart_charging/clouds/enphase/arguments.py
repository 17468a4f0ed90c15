"""The arguments that a monitor of an Enphase account takes besides the common ones."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field, HttpUrl, field_validator

from smart_charging.config.arguments import PollRest, Seconds
from smart_charging.config.monitor import MonitorSettings

DEFAULT_BASE_URL = "https://enlighten.enphaseenergy.com/"
DEFAULT_TOKENS_URL = "https://entrez.enphaseenergy.com/tokens"
FASTEST = timedelta(seconds=30)
"""Between two reads of the chargers: Enphase blocks accounts that ask much more often."""


class EnergyUnit(StrEnum):
    """The unit of a session's energy, which Enphase does not name."""

    AUTO = "auto"
    """By the form of the answer: the newer one counts Wh, the older one kWh."""
    WH = "Wh"
    KWH = "kWh"


class NewCurrent(StrEnum):
    """What a new current does to a charge that runs: Enphase takes a current only with a start."""

    NEXT_START = "next_start"
    RESTART = "restart"
    """Stop, wait, start."""


def _texts(value: object) -> object:
    """YAML reads an id of digits as a number."""
    items = value if isinstance(value, list) else [value]
    return [str(one) if isinstance(one, int) and not isinstance(one, bool) else one for one in items]


Ids = Annotated[list[Annotated[str, Field(min_length=1)]], BeforeValidator(_texts)]


class EnphaseSettings(MonitorSettings):
    """Arguments of the app `charging_monitor` with `cloud: enphase`."""

    sites: Ids = Field(default_factory=list)
    """The site ids to read; empty reads all sites of the account."""
    chargers: Ids = Field(default_factory=list)
    """The serial numbers to read; empty reads all chargers of these sites."""
    poll_idle: PollRest = Field(timedelta(seconds=60), alias="poll_idle_s")
    poll_plugged_in: PollRest = Field(timedelta(seconds=60), alias="poll_plugged_in_s")
    poll_busy: PollRest = Field(timedelta(seconds=30), alias="poll_busy_s")
    """Also while a charger charges, and during a live stream."""
    api_timeout: Seconds = Field(
        timedelta(seconds=15), alias="api_timeout_s", ge=timedelta(seconds=5), le=timedelta(seconds=120)
    )
    nominal_voltage: float = Field(230.0, ge=100, le=500)
    """Volts, for the power's estimate and its limit; between the phases where the charger has one."""
    fast_while_streaming: bool = True
    """Whether chargers are read at `poll_busy_s` during a live stream."""
    new_current: NewCurrent = NewCurrent.NEXT_START
    session_energy_unit: EnergyUnit = EnergyUnit.AUTO
    tokens_url: HttpUrl | None = None
    """Where a login is exchanged for a token; None is Enphase's usual address, or `tokens` below `base_url`."""
    vpp_url: HttpUrl | None = None
    """The host of Enphase's grid services, which nobody has published; without it there are no VPP events."""
    vpp_program_id: str | None = None
    vpp_token_prefix: str = ""
    """Written before the token for the grid services; some need `Bearer` and a space."""

    @field_validator("vpp_program_id")
    @classmethod
    def _none_if_empty(cls, value: str | None) -> str | None:
        return value or None

    @property
    def tokens_at(self) -> str:
        """Where a login is exchanged for a token."""
        if self.tokens_url or self.base_url is None:
            return str(self.tokens_url or DEFAULT_TOKENS_URL)
        return f"{str(self.base_url).rstrip('/')}/tokens"

    @property
    def fastest(self) -> timedelta:
        """The least time between two reads; what answers at another address is not Enphase."""
        return FASTEST if self.base_url is None else timedelta(0)

    @property
    def asks_too_often(self) -> bool:
        """Whether one of the intervals is shorter than that, and so will not be kept."""
        return min(self.poll_idle, self.poll_plugged_in, self.poll_busy) < self.fastest

"""Models of Charge Amps' answers, validated when they arrive.

Fields we do not use are not modelled: a charger's own password, a tag or a user id that is never read cannot
leak. Settings are written back whole, so the client keeps them as they came; the models only read them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import AliasChoices, BeforeValidator, Field, ValidationError

from smart_charging.clouds.http.model import CloudModel, Row, Stamp, Token

R = TypeVar("R", bound=Row)

Text = Annotated[str, Field(coerce_numbers_to_str=True)]
"""Ids and statuses come as text or as numbers, depending on API and firmware."""
_KWH = AliasChoices("totalConsumptionKwh", "totalConsumptionKWh")
"""Callbacks spell it the second way, too."""


def _readable(model: type[R]) -> BeforeValidator:
    """The rows of a list that can be read; an odd one must not cost the others."""

    def read(given: object) -> object:
        return tuple(_each(model, given)) if isinstance(given, list) else given

    return BeforeValidator(read)


def _each(model: type[R], rows: list[Any]) -> list[R]:
    found = []
    for row in rows:
        try:
            found.append(model.model_validate(row))
        except ValidationError:
            continue
    return found


class LoginAnswer(CloudModel):
    """The answer of a login or a refresh."""

    token: Token
    refresh_token: Token | None = None
    """The web app's API has none."""


class WebUser(Row):
    """Whoever has logged in at the web app."""

    id: Text | None = Field(default=None, repr=False)


class WebLoginAnswer(LoginAnswer):
    """The answer of a login at the web app."""

    user: WebUser | None = None


class Measurement(Row):
    """What flows on one phase."""

    phase: str
    current: float | None = None
    voltage: float | None = None


Measurements = Annotated[tuple[Measurement, ...] | None, _readable(Measurement)]


class ConnectorStatus(Row):
    """What a connector is doing."""

    connector_id: int
    status: Text | None = None
    session_kwh: float | None = Field(default=None, validation_alias=_KWH)
    """Of the running session; 0 after it."""
    charging_power_kw: float | None = None
    measurements: Measurements = None
    """None while nothing flows."""
    start_time: Stamp | None = None
    end_time: Stamp | None = None
    session_id: Text | None = None


class ChargePointStatus(Row):
    """What a charge point is doing."""

    id: str
    status: Text | None = None
    connector_statuses: Annotated[tuple[ConnectorStatus, ...], _readable(ConnectorStatus)] = ()


class ConnectorSettings(Row):
    """What can be set at a connector."""

    mode: str | None = None
    """`Off`, `On` or `Schedule`."""
    max_current: float | None = None
    rfid_lock: bool | None = None
    cable_lock: bool | None = None
    installation_current: float | None = None
    """Only in answers."""


class ChargePointSettings(Row):
    """What can be set at a charge point."""

    dimmer: str | None = None
    down_light: bool | None = None
    """None for models without it."""


class Connector(Row):
    """One outlet of a charge point."""

    connector_id: int
    type: str | None = None
    """`Charger` or `Schuko`."""
    settings: ConnectorSettings | None = None


class ChargePoint(Row):
    """A charge point of the account."""

    id: str
    name: str | None = Field(default=None, repr=False)
    type: str | None = None
    """The model, such as `Halo`."""
    firmware_version: Text | None = None
    owner_read_only: bool = False
    ocpp_version: Text | None = None
    """None for Charge Amps' own protocol, CAPI."""
    settings: ChargePointSettings | None = None
    connectors: Annotated[tuple[Connector, ...], _readable(Connector)] = ()


class ChargingSession(Row):
    """One session in the history."""

    id: Text
    connector_id: int
    session_kwh: float | None = Field(default=None, validation_alias=_KWH)
    start_time: Stamp | None = None
    end_time: Stamp | None = None
    """None while it runs."""


class MeterValue(Row):
    """A reading that Charge Amps pushes while a session runs."""

    charge_point_id: str
    connector_id: int
    session_kwh: float | None = Field(default=None, validation_alias=_KWH)
    measurements: Measurements = None


class MeterValues(CloudModel):
    """Such readings."""

    meter_value_list: tuple[MeterValue, ...]


class WebConnector(Row):
    """A connector as the web app's API tells it."""

    connector_id: int
    mode: str | None = None
    ocpp_status: Text | None = None
    is_charging: bool | None = None
    total_kwh: float | None = Field(default=None, validation_alias=_KWH)
    """Said to count for life; the other API has a field of this name that counts each session."""
    current1: float | None = None
    current2: float | None = None
    current3: float | None = None
    voltage1: float | None = None
    voltage2: float | None = None
    voltage3: float | None = None

    @property
    def measurements(self) -> Mapping[str, tuple[float | None, float | None]]:
        """Volts and amps by phase."""
        return {
            "L1": (self.voltage1, self.current1),
            "L2": (self.voltage2, self.current2),
            "L3": (self.voltage3, self.current3),
        }


class WebChargePoint(Row):
    """A charge point as the web app's API tells it."""

    id: str
    name: str | None = Field(default=None, repr=False)
    product_name: str | None = None
    firmware_version: Text | None = None
    charge_point_status: Text | None = None
    connectors: Annotated[tuple[WebConnector, ...], _readable(WebConnector)] = ()

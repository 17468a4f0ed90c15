"""What users write: the arguments of every app, and the file with the credentials.

A mistake becomes one sentence that names the key, what came and what to write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, LiteralString, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, HttpUrl, SecretStr, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from smart_charging.errors import ConfigError

CREDENTIALS_FILE = "secrets.yaml"
CLIENT_ID_KEY, CLIENT_SECRET_KEY = "monta_client_id", "monta_client_secret"


def _seconds(value: object) -> object:
    """Bare numbers only: pydantic would take the text "P1D", and True for one second."""
    if isinstance(value, bool) or not isinstance(value, int | float | timedelta):
        raise PydanticCustomError("seconds", "expected a number of seconds")
    return value


def _wall_time(value: object) -> object:
    """YAML reads an unquoted 17:00 as the number 1020."""
    if not isinstance(value, str | time) or not re.fullmatch(r"([01]\d|2[0-3])(:[0-5]\d){1,2}", str(value)):
        raise PydanticCustomError("wall_time", 'expected a time in quotes, such as "07:00"')
    return value


def _text(value: object) -> object:
    """Ids are numbers to those who write them and text to everybody else."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _like(pattern: str, wanted: LiteralString) -> AfterValidator:
    """Text of one shape, with a complaint that people understand."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise PydanticCustomError("like", wanted)
        return value

    return AfterValidator(check)


Seconds = Annotated[timedelta, BeforeValidator(_seconds)]
PollRest = Annotated[Seconds, Field(ge=timedelta(seconds=1), le=timedelta(hours=1))]
WallTime = Annotated[time, BeforeValidator(_wall_time)]
ChargePointId = Annotated[str, BeforeValidator(_text), _like(r"\S+", "expected the number Monta gives a charge point")]
EntityId = Annotated[str, _like(r"[a-z_]+\.[a-z0-9_]+", "expected an entity id, such as sensor.nordpool")]
Alias = Annotated[str, _like(r"[a-z0-9]+(_[a-z0-9]+)*", "expected small letters, digits and single underscores")]


class Settings(BaseModel):
    """Arguments of one app; a key nobody knows is a mistake, too."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False)


class Writer(StrEnum):
    """How entities get into Home Assistant."""

    STATES = "states"
    """Its state API: needs nothing, and makes entities without devices and unique ids."""
    MQTT = "mqtt"
    """MQTT discovery, for people with a broker."""


class MonitorSettings(Settings):
    """Arguments of the app `charging_monitor`."""

    writer: Writer = Writer.STATES
    credentials_file: Path = Path(CREDENTIALS_FILE)
    """Relative to the folder of appdaemon.yaml."""
    base_url: HttpUrl | None = None
    """Where the cloud answers; None is Monta's own address."""
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


class ControlSettings(Settings):
    """Arguments of the app `charging_control`."""

    monitor: str = "charging_monitor"
    """The name in apps.yaml of the app that owns the connection."""
    allow_unplugged: bool = False
    """Start although no cable is seen; for chargers that report it late."""
    command_pause: Seconds = Field(
        timedelta(seconds=3), alias="command_pause_s", ge=timedelta(0), le=timedelta(minutes=1)
    )
    """Between two commands to one charger: pressed on and off it is sent the first wish and the last, not each."""


class ChargerSchedule(Settings):
    """What one car needs, by when."""

    charge_point_id: ChargePointId
    energy_kwh: float = Field(gt=0, le=500)
    """Wanted each time the cable goes in, as the charger's meter counts it."""
    power_kw: float = Field(gt=0, le=4000)
    """What really flows; the megawatt chargers of lorries end at 3,750."""
    ready_by: WallTime
    """Local wall time; the next one after the cable goes in."""


class SchedulerSettings(Settings):
    """Arguments of the app `charging_scheduler`."""

    monitor: str = "charging_monitor"
    control: str = "charging_control"
    price_entity: EntityId
    """An entity with the attributes `raw_today` and `raw_tomorrow`."""
    chargers: list[ChargerSchedule] = Field(min_length=1)
    margin: Seconds = Field(timedelta(minutes=10), alias="margin_s", ge=timedelta(0), le=timedelta(hours=6))
    """How long before `ready_by` the plan ends; chargers are slower than they promise."""


S = TypeVar("S", bound=Settings)


def parse(model: type[S], arguments: Mapping[str, Any]) -> S:
    """The arguments as a model.

    Raises:
        ConfigError: One line per mistake.
    """
    try:
        return model.model_validate(dict(arguments))
    except ValidationError as err:
        raise ConfigError("\n".join(_sentences(model, err))) from None  # the original would show values


def _sentences(model: type[Settings], error: ValidationError) -> Iterator[str]:
    for detail in error.errors(include_url=False):
        key = ".".join(str(part) for part in detail["loc"])
        yield f"{key}: {_complaint(model, detail)}"


def _complaint(model: type[Settings], detail: ErrorDetails) -> str:
    match detail["type"]:
        case "extra_forbidden":  # its value stays unsaid: people do put passwords in the wrong place
            where = ChargerSchedule if len(detail["loc"]) > 1 else model
            return f"unknown key; known are {', '.join(_keys(where))}"
        case "missing":
            return "missing; it has to be written"
        case _:
            message = detail["msg"].replace("Input should be", "expected").replace("String should", "expected it to")
            return f"{message[0].lower()}{message[1:]}; got {_short(detail['input'])}"


def _keys(model: type[Settings]) -> list[str]:
    return sorted(field.alias or name for name, field in model.model_fields.items())


def _short(value: object) -> str:
    match value:
        case dict() | list():
            shown = f"a {type(value).__name__} of {len(value)}"
        case timedelta():
            shown = f"{value.total_seconds():g}"
        case _:
            shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


class Credentials(BaseModel):
    """What Monta's portal calls an application."""

    model_config = ConfigDict(frozen=True)

    client_id: SecretStr
    client_secret: SecretStr


def read_credentials(file: Path) -> Credentials:
    """Client id and secret from a YAML file that AppDaemon does not show to others.

    Raises:
        ConfigError: One sentence with the file, the key and what to write.
    """
    content = _load(file)
    return Credentials(
        client_id=_secret(file, content, CLIENT_ID_KEY), client_secret=_secret(file, content, CLIENT_SECRET_KEY)
    )


def _load(file: Path) -> Mapping[str, Any]:
    wanted = f'write "{CLIENT_ID_KEY}: ..." and "{CLIENT_SECRET_KEY}: ..." into it, each on a line of its own'
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"there is no file {file}; make it and {wanted}") from None
    except (OSError, UnicodeDecodeError) as err:
        raise ConfigError(f"{file} cannot be read ({type(err).__name__}); {wanted}") from None
    except yaml.YAMLError as err:
        mark = getattr(err, "problem_mark", None)  # the message itself would quote the line, secret and all
        line = f" at line {mark.line + 1}" if mark else ""
        raise ConfigError(f"{file} is not valid YAML{line}; {wanted}") from None
    if not isinstance(content, Mapping):
        raise ConfigError(f"{file} holds no keys; {wanted}")
    return content


def _secret(file: Path, content: Mapping[str, Any], key: str) -> SecretStr:
    value = content.get(key)
    if value is None or not str(value).strip():
        raise ConfigError(
            f'{file} has no value for {key}; write "{key}: ..." with what Monta\'s portal shows for your application'
        )
    return SecretStr(str(value).strip())

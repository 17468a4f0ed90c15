"""Enlighten's answers, validated when they arrive.

Nothing of this is documented by Enphase: every field may be missing or of another type, and only what a row cannot do
without is required.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator

from smart_charging.clouds.http.model import CloudModel, Row, Stamp

_MILLISECONDS_ABOVE = 10**12
_LISTS_AT = ("data", "sites", "items", "systems")
_SITE_IDS = ("site_id", "siteId", "id", "system_id")
_SITE_NAMES = ("name", "site_name", "siteName", "title", "displayName")


def _moment(value: object) -> object:
    """Seconds or milliseconds since 1970, or a text that may end in `Z[UTC]`; 0 stands for none."""
    if isinstance(value, str) and re.fullmatch(r"\d+(\.\d+)?", value):
        value = float(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _since_1970(value / 1000 if value > _MILLISECONDS_ABOVE else value) if value else None
    return re.sub(r"\[.*\]$", "", value) or None if isinstance(value, str) else value


def _since_1970(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError) as err:
        raise ValueError("is outside the calendar") from err


def _number(value: object) -> object:
    """Numbers arrive as texts, too; a word such as `disabled` is none."""
    if isinstance(value, bool):
        return None
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return None


def _text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Moment = Annotated[Stamp | None, BeforeValidator(_moment)]
Number = Annotated[float | None, BeforeValidator(_number)]
Flag = bool | None
Serial = Annotated[str, BeforeValidator(_text), Field(min_length=1)]
Words = Annotated[str | None, BeforeValidator(_text)]


class Connector(Row):
    """The one connector of a charger."""

    connector_status_type: Words = None
    connector_status_info: Words = None
    connector_status_reason: Words = None
    safe_limit_state: Number = None
    dlb_active: Flag = None
    plugged_in: Flag = None


class SessionData(Row):
    """A session from plug to plug; while nothing is plugged in it may be the last one."""

    plugged_in_at: Moment = Field(None, alias="plg_in_at")
    plugged_out_at: Moment = Field(None, alias="plg_out_at")
    charging_since: Moment = Field(None, alias="strt_chrg")
    start_time: Moment = Field(None, alias="start_time")
    energy: Number = Field(None, alias="e_c", ge=0)
    """In Wh or kWh; see `translate`."""
    charge_level: Number = Field(None, alias="charge_level")

    @property
    def began_at(self) -> datetime | None:
        """When it began to charge, as far as it tells."""
        return self.charging_since or self.start_time


class Window(Row):
    """What Enphase's own schedule does at the moment."""

    type: Words = None


class ScheduleData(Row):
    """The windows of Enphase's own schedule."""

    info: list[Window] = Field(default_factory=list)


class ChargerStatus(Row):
    """A charger at one moment."""

    serial: Serial = Field(alias="sn")
    name: Words = None
    connected: Flag = None
    mode: Number = None
    """0 manual, 1 green; others are not known."""
    charging: Flag = None
    plugged_in: Flag = None
    faulted: Flag = None
    connector_status_type: Words = None
    last_reported_at: Moment = Field(None, alias="lst_rpt_at")
    charging_level: Number = None
    charging_level_snake: Number = Field(None, alias="charging_level")
    charging_level_small: Number = Field(None, alias="charginglevel")
    schedule: ScheduleData | None = Field(None, alias="sch_d")
    session: SessionData | None = Field(None, alias="session_d")
    connectors: list[Connector] = Field(default_factory=list)

    @property
    def connector(self) -> Connector:
        """The one there is; an empty one in the older form."""
        return self.connectors[0] if self.connectors else Connector()

    @property
    def level_a(self) -> float | None:
        """The current per phase it is set to."""
        told = (self.charging_level, self.charging_level_snake, self.charging_level_small)
        levels = (*told, self.session.charge_level if self.session else None)
        return next((level for level in levels if level), None)


class Status(CloudModel):
    """The chargers of a site."""

    chargers: list[ChargerStatus]
    zone: str | None = None
    """The site's time zone."""
    counts_wh: bool
    """Whether it came in the newer form, in which a session's energy is in Wh."""


class LevelDetails(Row):
    """The current that may be set."""

    min: Number = Field(None, ge=0)
    max: Number = Field(None, ge=0)


class Summary(Row):
    """What changes seldom about a charger."""

    serial: Serial = Field(alias="serialNumber")
    name: Words = Field(None, alias="displayName")
    levels: LevelDetails | None = Field(None, alias="chargeLevelDetails")
    active_connection: Words = None
    network: Words = Field(None, alias="networkConfig")
    reporting_interval: Number = None
    dlb_enabled: Flag = None
    max_current: Number = None
    operating_voltage: Number = None
    phase_mode: Words = None
    phase_count: Number = None
    lifetime_wh: Number = Field(None, alias="lifeTimeConsumption", ge=0)
    firmware: Words = Field(None, alias="firmwareVersion")
    status: Words = None

    @field_validator("network", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        """A list comes as JSON or as the text of it."""
        return json.dumps(value) if isinstance(value, list | dict) else value

    @property
    def ip_address(self) -> str | None:
        """The address of the connection that is in use, else the first one."""
        text = self.network or ""
        entries = re.split(r"[{}]" if "{" in text else r"\n|\",\s*\"", text)
        found = [(entry, match[1]) for entry in entries if (match := _IP.search(entry))]
        used = (ip for entry, ip in found if re.search(r"connectionStatus\W{1,4}(1|true)\b", entry))
        return next(used, found[0][1] if found else None)


_IP = re.compile(r"ipaddr\W{1,4}(\d{1,3}(?:\.\d{1,3}){3})", re.IGNORECASE)


class ModeState(Row):
    """One of the modes a charger can be in."""

    enabled: Flag = None


class Modes(CloudModel):
    """Which mode is on."""

    smart: ModeState | None = Field(None, alias="smartCharging")
    green: ModeState | None = Field(None, alias="greenCharging")
    scheduled: ModeState | None = Field(None, alias="scheduledCharging")
    manual: ModeState | None = Field(None, alias="manualCharging")

    @property
    def enabled(self) -> str | None:
        """The one that is on, as Enphase spells it elsewhere; None where none is."""
        named = {"SMART": self.smart, "GREEN": self.green, "SCHEDULED": self.scheduled, "MANUAL": self.manual}
        found = next((name for name, state in named.items() if state and state.enabled), None)
        return f"{found}_CHARGING" if found else None


class Preference(CloudModel):
    """How a charger is to charge."""

    modes: Modes


class PreferenceAnswer(CloudModel):
    """The envelope of a preference."""

    data: Preference


class LiveStream(CloudModel):
    """A live stream that has begun."""

    duration_s: Number = Field(None, alias="liveStreamDuration")


class LiveStreamAnswer(CloudModel):
    """The envelope of a live stream."""

    data: LiveStream | None = None


class Site(Row):
    """A site of the account."""

    id: Serial
    name: Words = None


class VppEvent(Row):
    """A call of the grid's."""

    id: Words = None
    name: Words = None
    type: Words = None
    status: Words = None
    start_time: Moment = Field(None, alias="start_time")
    end_time: Moment = Field(None, alias="end_time")
    target_soc: Number = Field(None, alias="target_soc")
    rate_watt: Number = Field(None, alias="rate_watt")
    avg_kw_discharged: Number = Field(None, alias="avg_kw_discharged")
    avg_kw_charged: Number = Field(None, alias="avg_kw_charged")


def rows_of(content: object, *keys: str) -> list[Any]:
    """The list in an answer, bare or under one of these keys.

    Raises:
        ValueError: There is none.
    """
    if isinstance(content, list):
        return content
    if isinstance(content, Mapping):
        for key in keys or _LISTS_AT:
            if isinstance(found := content.get(key), list):
                return found
    raise ValueError("there is no list in it")


def site_row(row: object) -> object:
    """A site under the names that are used for its fields; anything else as it came."""
    if not isinstance(row, Mapping):
        return row
    return {
        "id": next((row[key] for key in _SITE_IDS if row.get(key)), None),
        "name": next((row[key] for key in _SITE_NAMES if row.get(key)), None),
    }

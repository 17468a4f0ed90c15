"""Translates Enlighten's models into readings and chargers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from smart_charging.charger import Charge, ChargerState
from smart_charging.clouds.enphase.arguments import EnergyUnit
from smart_charging.clouds.enphase.charger import Activity, EnphaseCharger, Mode

if TYPE_CHECKING:
    from smart_charging.clouds.enphase.models import ChargerStatus, SessionData, Summary

GREEN_WINDOW = "greencharging"
_KWH_AT_MOST = 200.0
"""No car takes more in a session: a larger figure is in Wh, whatever the form of the answer."""
_MODES_BY_NUMBER: Mapping[float, Mode] = {0: Mode.MANUAL, 1: Mode.GREEN}
_ACTIVITIES: Mapping[str, Activity] = {
    "CHARGING": Activity.FLOWING,
    "SUSPENDED": Activity.PAUSED_BY_CAR,
    "SUSPENDED_EV": Activity.PAUSED_BY_CAR,
    "FAULTED": Activity.NONE,
}
_WAITING_WORDS = {"SUSPENDED_EVSE"}
_PLUGGED_WORDS = {"CHARGING", "FINISHING", "SUSPENDED", "SUSPENDED_EV", "SUSPENDED_EVSE"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionReading:
    """A session as told: of the cable that is in, or of the last one."""

    plugged_in_at: datetime | None
    began_at: datetime | None
    plugged_out_at: datetime | None
    energy_kwh: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What counts of a status for charges, energy and power."""

    serial: str
    is_connected: bool
    is_plugged_in: bool
    activity: Activity
    session: SessionReading | None


def reading_from(status: ChargerStatus, mode: Mode | None, *, counts_wh: bool, unit: EnergyUnit) -> Reading:
    """The reading of a charger."""
    is_plugged_in = _is_plugged_in(status)
    return Reading(
        serial=status.serial,
        is_connected=status.connected is not False,
        is_plugged_in=is_plugged_in,
        activity=_activity(status, mode) if is_plugged_in else Activity.NONE,
        session=_session(status.session, counts_wh=counts_wh, unit=unit) if status.session else None,
    )


def mode_shown(status: ChargerStatus, known: Mode | None) -> Mode | None:
    """The mode by the status alone, which knows manual and green, where the scheduler has told none.

    Args:
        known: What the scheduler told last; with it, the status only corrects manual and green.
    """
    windows = status.schedule.info if status.schedule else []
    told = None if status.mode is None else _MODES_BY_NUMBER.get(status.mode)
    if known is None:
        is_green = any(window.type == GREEN_WINDOW for window in windows)
        return told or (Mode.GREEN if is_green else None)
    return told if known is Mode.MANUAL and told is Mode.GREEN else known


def charger_from(
    status: ChargerStatus,
    reading: Reading,
    *,
    site: str,
    mode: Mode | None,
    summary: Summary | None,
    charges: Sequence[Charge],
    power_kw: float | None,
    most_kw: float | None,
    lifetime_kwh: float | None,
    today_kwh: float,
    setpoint_a: float | None,
) -> EnphaseCharger:
    """A charger as everybody else knows chargers.

    Args:
        setpoint_a: The current that was set here; None if none ever was.
    """
    connector = status.connector
    name = (summary and summary.name) or status.name
    least_a, most_a = limits(summary)
    return EnphaseCharger(
        id=status.serial,
        name=name or f"IQ EV Charger {status.serial[-4:]}",
        state=_state(status, reading),
        cloud_state=_word(status),
        is_plugged_in=reading.is_plugged_in,
        visibility="private",
        type="ac",
        max_power_kw=most_kw,
        charges=charges,
        power_kw=power_kw,
        is_power_estimated=True,
        lifetime_kwh=lifetime_kwh,
        current_limit_a=setpoint_a or status.level_a,
        min_current_a=least_a,
        max_current_a=most_a,
        firmware=summary.firmware if summary else None,
        held_by=f"{mode} mode" if mode and mode.holds else None,
        site=site,
        mode=mode,
        level_a=status.level_a,
        connector_status=_word(status),
        connector_reason=connector.connector_status_reason or None,
        connector_info=connector.connector_status_info or None,
        is_load_balanced=connector.dlb_active,
        has_load_balancing=summary.dlb_enabled if summary else None,
        is_at_safe_limit=connector.safe_limit_state == 1 and reading.activity is Activity.FLOWING,
        is_faulted=status.faulted,
        phase_mode=phases_named(summary),
        service_status=summary.status if summary else None,
        connection=summary.active_connection if summary else None,
        ip_address=summary.ip_address if summary else None,
        reporting_interval_s=summary.reporting_interval if summary else None,
        reported_at=status.last_reported_at,
        today_kwh=today_kwh,
    )


def limits(summary: Summary | None) -> tuple[float | None, float | None]:
    """The least and the most current per phase; limits the wrong way round are one limit, the lower one."""
    if summary is None:
        return None, None
    levels = summary.levels
    least = levels.min if levels else None
    most = (levels.max if levels else None) or summary.max_current
    return least, least if least and most and most < least else most


def phases_of(summary: Summary | None) -> int:
    """How many phases it charges on; one where it does not say."""
    count = (summary.phase_count or _number(summary.phase_mode)) if summary else None
    return 3 if count == 3 else 1


def phases_named(summary: Summary | None) -> str | None:
    """The phase mode as people say it; a word we do not know as it is."""
    if summary is None or summary.phase_mode is None:
        return None
    return {"1": "single phase", "2": "split phase", "3": "three phases"}.get(summary.phase_mode, summary.phase_mode)


def _number(text: str | None) -> float | None:
    return float(text) if text and text.isdecimal() else None


def _word(status: ChargerStatus) -> str | None:
    return (status.connector.connector_status_type or status.connector_status_type or "").upper() or None


def _is_plugged_in(status: ChargerStatus) -> bool:
    told = status.plugged_in if status.plugged_in is not None else status.connector.plugged_in
    return (_word(status) in _PLUGGED_WORDS) if told is None else told


def _activity(status: ChargerStatus, mode: Mode | None) -> Activity:
    """By the connector's word first: the flag stays on while a car or the charger pauses."""
    word = _word(status)
    if word in _WAITING_WORDS:
        return Activity.WAITING if _waits_by_itself(status, mode) else Activity.NONE
    return _ACTIVITIES.get(word or "", Activity.FLOWING if status.charging else Activity.NONE)


def _waits_by_itself(status: ChargerStatus, mode: Mode | None) -> bool:
    """Whether the charger will go on by itself; a stop in manual mode leaves it suspended for good."""
    connector = status.connector
    return bool(connector.dlb_active or connector.connector_status_reason or (mode and mode.holds))


_STATES: Mapping[Activity, ChargerState] = {
    Activity.FLOWING: ChargerState.CHARGING,
    Activity.PAUSED_BY_CAR: ChargerState.SUSPENDED_EV,
    Activity.WAITING: ChargerState.SUSPENDED_EVSE,
}


def _state(status: ChargerStatus, reading: Reading) -> ChargerState:
    word = _word(status)
    if not reading.is_connected:
        return ChargerState.OFFLINE
    if status.faulted or word == "FAULTED":
        return ChargerState.FAULTED
    if not reading.is_plugged_in:
        return ChargerState.AVAILABLE
    return _STATES.get(reading.activity, ChargerState.FINISHING if word == "FINISHING" else ChargerState.PREPARING)


def _session(session: SessionData, *, counts_wh: bool, unit: EnergyUnit) -> SessionReading:
    return SessionReading(
        plugged_in_at=session.plugged_in_at,
        began_at=session.began_at,
        plugged_out_at=session.plugged_out_at,
        energy_kwh=_kwh(session.energy, counts_wh=counts_wh, unit=unit),
    )


def _kwh(energy: float | None, *, counts_wh: bool, unit: EnergyUnit) -> float | None:
    """The newer form counts Wh and the older one kWh, in all answers that were ever shown."""
    if energy is None:
        return None
    looks_like_wh = counts_wh or energy > _KWH_AT_MOST
    is_wh = unit is EnergyUnit.WH or (unit is EnergyUnit.AUTO and looks_like_wh)
    return energy / 1000 if is_wh else energy

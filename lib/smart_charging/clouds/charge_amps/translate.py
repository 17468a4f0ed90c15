"""Translates an outlet of a charge point into a charger."""

from __future__ import annotations

from collections.abc import Sequence

from smart_charging.charger import Charge, ChargerState
from smart_charging.clouds.charge_amps.charger import ChargeAmpsCharger
from smart_charging.clouds.charge_amps.notes import Change
from smart_charging.clouds.charge_amps.station import (
    LEAST_A,
    SCHEDULE,
    Outlet,
    OutletSettings,
    Station,
    charger_id_of,
)
from smart_charging.clouds.charge_amps.statuses import PLUGGED_IN, ocpp_name

_RESTS = frozenset({ChargerState.SUSPENDED_EV, ChargerState.SUSPENDED_EVSE, ChargerState.INOPERATIVE})
"""What an outlet may show while it is kept from charging; it has no charge then, and waits for the next."""


def charger_from(
    station: Station,
    outlet: Outlet,
    *,
    charges: Sequence[Charge],
    change: Change | None,
    is_paused: bool,
    began_by_itself: bool,
    lifetime_kwh: float | None,
    may_be_commanded: bool,
    may_be_set: bool,
) -> ChargeAmpsCharger:
    """One outlet as a charger.

    Args:
        change: What we have put in place of the owner's settings; the owner's are shown.
        is_paused: Whether settings keep it from charging, ours or the owner's.
        began_by_itself: Whether nobody asked for the charge that runs.
        may_be_commanded: Whether this API starts and stops.
        may_be_set: Whether it writes settings.
    """
    settings = outlet.settings or OutletSettings()
    is_offline = outlet.state is ChargerState.OFFLINE
    mode = change.before.mode if change else settings.mode
    state = ChargerState.PREPARING if is_paused and outlet.state in _RESTS else outlet.state
    is_ours = not station.is_read_only
    return ChargeAmpsCharger(
        id=charger_id_of(station.id, outlet.number),
        name=_name(station, outlet),
        state=state,
        cloud_state=outlet.told,
        is_plugged_in=state in PLUGGED_IN,
        visibility="private",
        type="ac",
        max_power_kw=_rated_kw(settings),
        charges=tuple(charges),
        power_kw=None if is_offline else outlet.power_kw,
        phases=tuple(outlet.phases),
        lifetime_kwh=lifetime_kwh,
        current_limit_a=_limit_a(settings, change),
        min_current_a=LEAST_A,
        max_current_a=settings.most_a,
        firmware=station.firmware,
        station_id=station.id,
        station_name=station.name,
        is_for_cars=outlet.is_for_cars,
        may_be_commanded=may_be_commanded and is_ours,
        starts_by_itself=began_by_itself,
        held_by=SCHEDULE if settings.mode == SCHEDULE else None,
        connector_status=ocpp_name(outlet.state),
        station_status=station.status,
        mode=mode,
        cable_lock=settings.cable_lock,
        rfid_lock=settings.rfid_lock,
        dimmer=station.dimmer,
        down_light=station.down_light,
        model=station.model,
        may_be_set=may_be_set and is_ours,
    )


def _name(station: Station, outlet: Outlet) -> str:
    """The charge point's own name for its only outlet, else with the outlet's number or kind."""
    cars = [one for one in station.outlets if one.is_for_cars]
    if not outlet.is_for_cars:
        return f"{station.name} Schuko"
    return station.name if len(cars) == 1 else f"{station.name} {outlet.number}"


def _rated_kw(settings: OutletSettings) -> float | None:
    """What the installation carries on three phases, which all models have."""
    return None if settings.installation_a is None else round(3 * 0.23 * settings.installation_a, 2)


def _limit_a(settings: OutletSettings, change: Change | None) -> float | None:
    """What it charges with, or will once our pause is over."""
    return change.before.max_current_a if change and change.ours.max_current_a == 0 else settings.max_current_a

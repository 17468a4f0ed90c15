"""The one way from a car's settings to what the planner is asked for."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from smart_charging.mode import Mode
from smart_charging.planning.charge_request import ChargeRequest
from smart_charging.planning.need import Charged, Need
from smart_charging.prices.curve import PriceCurve
from smart_charging.services.cars.car_settings import CarSettings

TOLERANCE_KWH = 0.05
"""A shortfall not worth another start: some twenty seconds at 11 kW."""
AT_LEAST = timedelta(hours=1)
"""A car without a set need is planned to charge until departure, and for at least this long."""


def wanting_kwh(
    car: CarSettings,
    so_far: Charged,
    *,
    power_kw: float,
    ready_by: datetime,
    now: datetime,
    is_skipped: bool = False,
) -> float:
    """The energy missing, whether or not the car would take it; of a time that is skipped only the minimum."""
    missing = car.missing_kwh(so_far, power_kw)
    if is_skipped:
        least = car.minimum_missing_kwh(so_far)
        missing = least if missing is None else min(least, missing)
    if missing is None:
        return power_kw * (max(ready_by - now, AT_LEAST) / timedelta(hours=1))
    return missing if missing > min(TOLERANCE_KWH, (so_far.energy_kwh + missing) / 100) else 0.0


def request_for(
    charger_id: str,
    car: CarSettings,
    so_far: Charged,
    *,
    missing_kwh: float,
    wanted_kwh: float,
    power_kw: float,
    ready_by: datetime,
    margin: timedelta,
    history: PriceCurve,
    zone: tzinfo,
    is_running: bool,
    load_kw: float | None = None,
) -> ChargeRequest:
    """What the planner is asked for.

    Args:
        missing_kwh: What is still to be charged.
        wanted_kwh: Of the whole session.
        margin: As learned; what the settings say counts more.
        history: Published prices of some days, by which costs are measured that nobody has set.
        zone: Whose local days the cheapest share is taken of.
    """
    minimum_kwh = missing_kwh if car.mode is Mode.NOW else min(car.minimum_missing_kwh(so_far), missing_kwh)
    return ChargeRequest(
        charger_id=charger_id,
        need=Need(
            energy_kwh=missing_kwh,
            power_kw=power_kw,
            ready_by=ready_by,
            margin=margin if car.margin is None else car.margin,
            minimum_kwh=minimum_kwh,
            may_owe_kwh=car.may_owe_at(ready_by, zone),
            goes_on=car.charges_on,
        ),
        preferences=car.preferences(zone, history, wanted_kwh),
        is_running=is_running,
        priority=car.priority,
        load_kw=load_kw,
    )

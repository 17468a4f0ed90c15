"""Beside a charge whose end nobody knows, cars charge before the time after it gets scarce."""

from datetime import UTC, datetime, timedelta

import pytest

from smart_charging.planning.charge_request import ChargeRequest, Load
from smart_charging.planning.hurry import SPARE, hurried
from smart_charging.planning.need import Need
from smart_charging.planning.preferences import Preferences
from smart_charging.planning.price_limit import PriceLimit
from smart_charging.prices.curve import PriceCurve, PriceSlot
from smart_charging.services.scheduling.unplanned import MORE_KWH, still_takes
from smart_charging.services.sessions.session_log import BookedSession

NOW = datetime(2026, 12, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
FUSE_KW = 13.0
OTHERS = [Load(start=NOW, end=NOW + HOUR, power_kw=4.0)]


def curve() -> PriceCurve:
    return PriceCurve(
        [PriceSlot(start=NOW + n * HOUR, end=NOW + (n + 1) * HOUR, price_per_kwh=1 - n / 10) for n in range(8)]
    )


def request(
    charger_id: str, *, power_kw: float, hours: float, by: timedelta, limit: float | None = None
) -> ChargeRequest:
    return ChargeRequest(
        charger_id=charger_id,
        need=Need(energy_kwh=power_kw * hours, power_kw=power_kw, ready_by=NOW + by, margin=timedelta(0)),
        preferences=Preferences(limit=PriceLimit(highest_per_kwh=limit) if limit else None),
    )


def at_once(requests: list[ChargeRequest], *, loads: list[Load] = OTHERS, already: str = "") -> list[str]:
    asked = hurried(curve(), requests, loads, NOW, limit_kw=FUSE_KW, already={already})
    return [one.charger_id for one in asked if one.need.minimum_kwh]


def pair(*, spare: timedelta, limit: float | None = None) -> list[ChargeRequest]:
    """The large one has to wait for the others' end; both need three hours in all."""
    by = 3 * HOUR + spare
    return [
        request("large", power_kw=11, hours=2, by=by),
        request("small", power_kw=7, hours=1, by=by, limit=limit),
    ]


def test_a_car_that_fits_beside_it_charges_when_all_would_come_short_however_soon_it_ends() -> None:
    assert at_once(pair(spare=SPARE / 2)) == ["small"]


def test_while_there_is_time_after_it_nobody_hurries() -> None:
    assert at_once(pair(spare=2 * SPARE)) == []


def test_who_has_hurried_goes_on() -> None:
    assert at_once(pair(spare=2 * SPARE), already="small") == ["small"]


def test_with_the_fuse_to_themselves_nobody_hurries() -> None:
    assert at_once(pair(spare=SPARE / 2), loads=[]) == []


def test_a_price_limit_is_kept() -> None:
    assert at_once(pair(spare=SPARE / 2, limit=0.5)) == []


@pytest.mark.parametrize(
    ("had_kwh", "wanted_kwh", "before", "expected"),
    [
        (3, 14, [], 11),
        (3, None, [8, 19], 16),
        (3, 14, [40, *[9] * 10], 11),
        (20, 14, [], 6),
        (1, 1, [], MORE_KWH),
    ],
)
def test_what_it_still_takes_is_guessed_from_settings_and_former_sessions(
    had_kwh: float, wanted_kwh: float | None, before: list[float], expected: float
) -> None:
    sessions = [
        BookedSession(charger_id="1", charger="Garage", plugged_in_at=NOW, unplugged_at=NOW, energy_kwh=kwh)
        for kwh in before
    ]

    assert still_takes(had_kwh, wanted_kwh, sessions) == pytest.approx(expected)

"""A cable that is not seen for a moment is still in; a session is from cable in to cable out, and booked once."""

from datetime import timedelta
from typing import Any

import pytest

from smart_charging.clouds.monta.stand_in.site import Charge
from smart_charging.services.sessions.session_log import BookedSession, sessions_of
from worlds.household import Household
from worlds.virtual_time import EVENING

TWO_CHEAP_HOURS = (0.3, 1.8, 0.4, 1.8, 1.8)
CAR: dict[str, Any] = {"energy_kwh": 20, "ready_by": "00:30"}
SECONDS = float


def hide_cable(home: Household, *, hidden: bool = True) -> None:
    home.monta.site.points[home.point_id].reports_cable = not hidden


async def flicker(home: Household, seconds: SECONDS) -> None:
    hide_cable(home)
    await home.live(seconds=seconds)
    hide_cable(home, hidden=False)
    await home.live(seconds=50)


async def leave(home: Household, *, at_hours: float) -> None:
    """The car leaves so long after the evening began."""
    await home.live(hours=at_hours - (home.clock() - EVENING) / timedelta(hours=1))
    home.unplug()
    await home.live(minutes=5)


def booked(home: Household) -> list[tuple[float, int]]:
    """Energy and starts."""
    sessions: list[BookedSession] = list(sessions_of(home.session_file.read_bytes())[0])
    return [(round(session.energy_kwh), session.starts) for session in sessions]


@pytest.mark.parametrize("gaps", [[35], [110], [190], [45, 45, 45, 45], [600]])
async def test_a_cable_that_is_not_seen_in_the_middle_of_a_charge_is_still_in(
    home: Household, gaps: list[SECONDS]
) -> None:
    home.schedule(energy_kwh=10, mode="now", common={"notify": "notify.phone"})
    home.plug_in()
    await home.live(minutes=20)

    for seconds in gaps:
        await flicker(home, seconds)
    await leave(home, at_hours=1.5)

    assert (booked(home), home.starts) == ([(10, 1)], 1)
    assert float(home.state("session_energy")) == pytest.approx(10, abs=0.3)
    assert len([data for _, data in home.hass.calls if "are in the car" in data["message"]]) == 1


@pytest.mark.parametrize("gaps", [[35], [110], [45, 45, 45, 45]])
async def test_a_cable_that_is_not_seen_for_a_moment_between_blocks_buys_nothing_twice(
    home: Household, gaps: list[SECONDS]
) -> None:
    home.prices(EVENING, *TWO_CHEAP_HOURS)
    home.schedule(**CAR, common={"notify": "notify.phone"})
    home.plug_in()
    await home.live(hours=1, minutes=20)
    assert home.state("plan") == "waiting"

    for seconds in gaps:
        await flicker(home, seconds)
    await leave(home, at_hours=3.2)

    assert (booked(home), home.starts) == ([(20, 2)], 2)
    assert len([data for _, data in home.hass.calls if "below charging at once" in data["message"]]) == 1


@pytest.mark.parametrize("is_charging", [True, False])
async def test_a_restart_while_the_cable_is_not_seen_begins_no_session(home: Household, *, is_charging: bool) -> None:
    home.prices(EVENING, *TWO_CHEAP_HOURS)
    home.schedule(**CAR)
    home.plug_in()
    await home.live(hours=0 if is_charging else 1, minutes=20)

    hide_cable(home)
    await home.live(seconds=30)
    await home.restart()
    home.schedule(**CAR)
    await home.live(seconds=30)
    hide_cable(home, hidden=False)
    await leave(home, at_hours=3.2)

    assert (booked(home), home.starts) == ([(20, 2)], 2)


@pytest.mark.parametrize("is_settled_at_once", [True, False])
@pytest.mark.parametrize("reason", ["EVDisconnected", "ChargePointEVDisconnected", None])
async def test_a_cable_that_was_pulled_ends_the_session_however_soon_the_next_is_in(
    home: Household, monkeypatch: pytest.MonkeyPatch, reason: str | None, *, is_settled_at_once: bool
) -> None:
    home.monta.site.delays.settle = timedelta(0 if is_settled_at_once else 20)
    home.schedule(energy_kwh=10, mode="now")
    home.plug_in()
    await home.live(minutes=20)

    home.unplug()
    charge: Charge = next(iter(home.monta.site.charges.values()))
    charge.stop_reason = reason
    await home.live(seconds=40)
    home.plug_in()
    await leave(home, at_hours=1.7)

    assert booked(home) == [(4, 1), (10, 1)]


async def test_a_pulled_cable_is_shown_at_once(home: Household) -> None:
    home.schedule(energy_kwh=3, mode="now")
    home.plug_in()
    await home.live(minutes=30)

    home.unplug()
    await home.live(minutes=1)

    assert (home.state("plan"), home.state("binary_sensor.cable")) == ("idle", "off")


async def test_what_was_read_before_the_cable_was_gone_outlives_a_restart(home: Household) -> None:
    home.schedule(energy_kwh=3, mode="now")
    home.plug_in()
    await home.live(minutes=30)
    home.unplug()
    await home.live(minutes=1)

    await home.restart()
    home.plug_in()
    home.schedule(energy_kwh=3, mode="now")
    await leave(home, at_hours=2)

    assert booked(home) == [(3, 1), (3, 1)]

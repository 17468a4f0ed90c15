"""What a session cost, booked once."""

import logging

import pytest

from smart_charging.services.sessions.session_log import BookedSession, SessionLog, sessions_of
from worlds.household import HOUR, MIDNIGHT, Household

NIGHT = (2.5, 2.2, 1.1, 0.9, 0.7, 0.2, 0.0, 0.3, 0.8, 1.5, 2.0, 2.0)


@pytest.fixture
def home(home: Household) -> Household:
    home.prices(MIDNIGHT - 3 * HOUR, *NIGHT)
    return home


def booked(home: Household) -> list[BookedSession]:
    return list(sessions_of(home.session_file.read_bytes())[0]) if home.session_file.exists() else []


async def a_night(home: Household) -> None:
    home.schedule(energy_kwh=22)
    home.plug_in()
    await home.live(hours=11)
    home.unplug()
    await home.live(minutes=5)


async def test_a_session_is_booked_with_its_cost_and_that_of_charging_at_once_and_the_saving_is_shown(
    home: Household,
) -> None:
    await a_night(home)

    [session] = booked(home)
    assert (session.charger, session.starts, session.was_ready) == ("Garage", 1, True)
    assert session.energy_kwh == pytest.approx(22, abs=0.2)
    assert session.cost == pytest.approx(11 * 0.2 + 11 * 0.0, abs=0.1)
    assert session.cost_at_once == pytest.approx(11 * 2.5 + 11 * 2.2, abs=0.5)
    assert float(home.state("saving_month")) == pytest.approx(49.5, abs=0.6)
    assert home.state("saving_total") == home.state("saving_month")
    assert home.attributes("saving_total")["unit_of_measurement"] == "DKK"


@pytest.mark.parametrize(("stays_minutes", "is_visit"), [(60, True), (20, False)])
async def test_a_session_without_energy_is_in_no_list_and_a_visit_where_the_car_stayed(
    home: Household, stays_minutes: float, *, is_visit: bool
) -> None:
    home.schedule(mode="off")
    home.plug_in()
    await home.live(minutes=stays_minutes)
    home.unplug()
    await home.live(minutes=5)
    again = SessionLog(home.session_file, logging.getLogger())
    await again.prepare()

    assert booked(home) == home.session_log.sessions == again.sessions == []
    assert len(home.session_log.visits) == len(again.visits) == is_visit


async def test_what_one_car_got_is_not_booked_for_the_next_that_comes_at_once(home: Household) -> None:
    home.schedule(energy_kwh=22, mode="now")

    for _ in range(2):
        home.plug_in()
        await home.live(seconds=80)
        home.unplug()
        await home.live(seconds=30)
    await home.live(minutes=3)

    assert len(booked(home)) == 2
    assert sum(session.energy_kwh for session in booked(home)) == pytest.approx(home.delivered_kwh, abs=0.01)


async def test_a_restart_in_the_middle_neither_loses_nor_doubles_energy(home: Household) -> None:
    home.clock.advance(hours=4)
    home.schedule(energy_kwh=22)
    home.plug_in()
    await home.live(hours=1, minutes=40)
    await home.restart()
    home.schedule(energy_kwh=22)
    await home.live(hours=2)

    home.unplug()
    await home.live(minutes=5)

    [session] = booked(home)
    assert session.energy_kwh == pytest.approx(home.delivered_kwh, abs=0.01)
    assert session.cost == pytest.approx(11 * 0.2 + 11 * 0.0, abs=0.1)


async def test_a_session_that_ended_while_the_apps_were_down_is_booked_when_they_are_back(home: Household) -> None:
    home.schedule(energy_kwh=11, mode="now")
    home.plug_in()
    await home.live(hours=1.25)
    home.unplug()

    await home.restart()
    home.schedule(energy_kwh=11, mode="now")
    await home.live(minutes=5)

    assert [round(session.energy_kwh) for session in booked(home)] == [11]


async def test_killed_between_booking_and_forgetting_it_is_booked_once(home: Household) -> None:
    home.schedule(energy_kwh=11, mode="now")
    home.plug_in()
    await home.live(hours=1.25)
    disk = dict(home.hass.store)
    home.unplug()
    await home.live(minutes=5)

    home.hass.store = disk
    await home.restart()
    home.schedule(energy_kwh=11, mode="now")
    await home.live(minutes=5)

    assert len(booked(home)) == 1


async def test_a_car_that_left_short_of_what_it_wanted_was_not_ready(home: Household) -> None:
    home.schedule(energy_kwh=40, ready_by="22:00")
    home.plug_in()
    await home.live(hours=2)
    home.unplug()
    await home.live(minutes=5)

    [session] = booked(home)
    assert session.was_ready is False
    assert session.wanted_kwh == pytest.approx(40)

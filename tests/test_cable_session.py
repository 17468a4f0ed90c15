"""A session lasts from cable in to cable out, and entities and scheduler mean the same one."""

from datetime import datetime, timedelta

import pytest

from smart_charging.clouds.monta.cloud import MontaCloud
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta.stand_in.site import Charge
from smart_charging.services.sessions.session_log import BookedSession, sessions_of
from worlds.household import HOUR, Household
from worlds.virtual_time import Clock

HALF_AN_HOUR_KWH = 5.5
"""What one charge of these tests delivers, at 11 kW."""


@pytest.fixture
def home(monta: MontaStandIn, cloud: MontaCloud, clock: Clock) -> Household:
    return Household(monta, cloud, clock)


async def plugged_in(home: Household) -> None:
    home.plug_in()
    await home.live(minutes=2)


async def unplugged(home: Household) -> None:
    home.unplug()
    await home.live(minutes=2)


async def charged(home: Household, *, stamp: str = "own") -> None:
    """One more charge; the cloud says that its cable went in with the charge, or says nothing of that at all."""
    home.monta.start_by_hand(home.point_id)
    stamped(home, stamp)
    await home.live(minutes=30)
    home.monta.stop_by_hand(home.point_id)
    await home.live(minutes=3)


def charge_of(home: Household) -> Charge:
    charge = home.monta.charge_of(home.point_id)
    assert charge
    return charge


def stamped(home: Household, stamp: str) -> None:
    charge = charge_of(home)
    match stamp:
        case "own":
            charge.cable_plugged_in_at = charge.created_at
        case "none":
            charge.cable_plugged_in_at = None
        case "shared":  # as the cloud does by itself
            pass


def lose(home: Household, *, online: bool = False) -> None:
    """Let Monta lose the charger, or have it back; of the cable it tells nothing meanwhile."""
    point = home.monta.site.points[home.point_id]
    point.state_override, point.reports_cable = (None, True) if online else ("disconnected", False)


def session_charges(home: Household) -> float:
    """How many of the charges the session's entities show, by their energy."""
    return round(float(home.state("session_energy")) / HALF_AN_HOUR_KWH, 1)


@pytest.mark.parametrize("stamp", ["own", "none", "shared"])
async def test_a_session_has_all_charges_since_the_cable_went_in_however_the_cloud_stamps_them(
    home: Household, stamp: str
) -> None:
    home.monta.site.price = lambda _at: 2.0
    await home.live(minutes=2)
    await plugged_in(home)
    await charged(home, stamp=stamp)
    await charged(home, stamp=stamp)

    await unplugged(home)
    await home.live(minutes=5)

    assert session_charges(home) == pytest.approx(2, abs=0.1)
    assert float(home.state("session_duration")) == pytest.approx(60, abs=2)
    assert float(home.state("session_cost")) == pytest.approx(2 * 2 * HALF_AN_HOUR_KWH, abs=0.6)
    assert float(home.state("session_price")) == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize("stamp", ["own", "none", "shared"])
async def test_another_cable_is_another_session_as_soon_as_it_charges(home: Household, stamp: str) -> None:
    await plugged_in(home)
    await charged(home, stamp=stamp)
    await charged(home, stamp=stamp)
    await unplugged(home)
    when_out = session_charges(home)

    await plugged_in(home)
    before_it_charges = session_charges(home)
    await charged(home, stamp=stamp)

    assert (when_out, before_it_charges, session_charges(home)) == pytest.approx((2, 2, 1), abs=0.1)


async def test_a_cable_that_was_seen_to_be_out_begins_a_session_whatever_the_clouds_stamp_says(home: Household) -> None:
    await plugged_in(home)
    await charged(home, stamp="shared")
    first = charge_of(home)
    await unplugged(home)

    await plugged_in(home)
    home.monta.start_by_hand(home.point_id)
    charge_of(home).cable_plugged_in_at = first.cable_plugged_in_at
    await home.live(minutes=30)

    assert session_charges(home) == pytest.approx(1, abs=0.1)


async def test_a_cable_that_charged_nothing_leaves_the_last_session_shown(home: Household) -> None:
    await plugged_in(home)
    await charged(home)
    await charged(home)
    await unplugged(home)

    await plugged_in(home)
    await unplugged(home)
    await plugged_in(home)

    assert session_charges(home) == pytest.approx(2, abs=0.1)


async def test_a_charge_of_a_minute_ago_is_still_that_of_the_car_before(home: Household) -> None:
    await plugged_in(home)
    home.monta.start_by_hand(home.point_id)
    await home.live(seconds=30)
    home.unplug()
    await home.polling.beat()

    home.plug_in()
    await home.live(minutes=2)
    await charged(home)

    charger = home.polling.chargers[str(home.point_id)]
    assert (len(charger.charges), len(home.hub.sessions.charges(charger))) == (2, 1)


async def test_a_session_goes_on_over_restarts(home: Household) -> None:
    await plugged_in(home)
    for _ in range(3):
        await charged(home)
        await home.restart()
        await home.live(minutes=2)

    assert session_charges(home) == pytest.approx(3, abs=0.1)


async def test_a_cable_pulled_while_the_apps_were_down_ended_its_session(home: Household) -> None:
    await plugged_in(home)
    await charged(home, stamp="shared")
    home.unplug()
    home.clock.advance(minutes=10)
    home.plug_in()
    home.monta.start_by_hand(home.point_id)

    await home.restart()
    await home.live(minutes=30)

    assert session_charges(home) == pytest.approx(1, abs=0.1)


async def test_what_another_car_charged_while_the_apps_were_down_is_not_added_to_the_last_session(
    home: Household,
) -> None:
    await plugged_in(home)
    await charged(home)
    home.unplug()
    home.clock.advance(hours=9)
    home.plug_in()
    home.monta.start_by_hand(home.point_id)
    home.clock.advance(minutes=30)
    home.unplug()

    await home.restart()
    await home.live(minutes=5)

    assert session_charges(home) == pytest.approx(1, abs=0.1)


async def test_a_charger_that_is_not_reached_for_a_while_keeps_its_session(home: Household) -> None:
    await plugged_in(home)
    await charged(home)
    lose(home)
    await home.live(hours=2)
    lose(home, online=True)

    await charged(home)

    assert session_charges(home) == pytest.approx(2, abs=0.1)


async def test_a_charger_that_was_lost_for_long_may_have_another_car(home: Household) -> None:
    await plugged_in(home)
    await charged(home)
    lose(home)
    await home.live(hours=8)
    lose(home, online=True)

    await charged(home)

    assert session_charges(home) == pytest.approx(1, abs=0.1)


async def test_a_cloud_that_does_not_answer_for_a_night_has_pulled_no_cable(home: Household) -> None:
    await plugged_in(home)
    await charged(home)
    home.monta.failures.outage = Failure.SERVER_ERROR
    await home.live(hours=8)
    has_answered = home.polling.is_answering
    home.monta.failures.outage = None
    await home.live(minutes=30)

    await charged(home)

    assert not has_answered
    assert session_charges(home) == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize(("stamp", "charges"), [("shared", 2), ("own", 1), ("none", 1)])
async def test_apps_that_come_in_the_middle_of_a_session_take_the_clouds_word_for_what_belongs_to_it(
    home: Household, stamp: str, charges: int
) -> None:
    home.plug_in()
    home.monta.start_by_hand(home.point_id)
    stamped(home, stamp)
    home.clock.advance(minutes=30)
    home.monta.stop_by_hand(home.point_id)
    home.clock.advance(minutes=30)

    await charged(home, stamp=stamp)

    assert session_charges(home) == pytest.approx(charges, abs=0.1)


async def test_a_charge_that_ran_when_the_apps_came_is_still_the_sessions_when_it_is_over(home: Household) -> None:
    home.plug_in()
    home.monta.start_by_hand(home.point_id)
    stamped(home, "none")
    home.clock.advance(minutes=30)
    await home.live(minutes=2)
    home.monta.stop_by_hand(home.point_id)
    await home.live(minutes=3)

    await charged(home, stamp="none")

    assert session_charges(home) == pytest.approx(2, abs=0.2)


async def test_a_session_is_not_written_anew_with_every_read(home: Household) -> None:
    await plugged_in(home)
    await home.live(minutes=1)
    kept = home.hass.store[f"cable_{home.point_id}"]

    await home.live(minutes=10)

    assert home.hass.store[f"cable_{home.point_id}"] is kept


async def test_what_the_scheduler_of_the_last_version_knew_of_the_cable_counts(home: Household) -> None:
    home.plug_in()
    plugged_in_at = home.clock()
    for _ in range(2):
        home.monta.start_by_hand(home.point_id)
        stamped(home, "own")
        home.clock.advance(minutes=30)
        home.monta.stop_by_hand(home.point_id)
        home.clock.advance(minutes=10)
    home.hass.store[f"session_{home.point_id}"] = {
        "plugged_in_at": plugged_in_at.isoformat(),
        "seen_at": home.clock().isoformat(),
        "ready_by": (home.clock() + 9 * HOUR).isoformat(),
    }

    await home.live(minutes=2)

    assert session_charges(home) == pytest.approx(2, abs=0.1)


async def test_when_the_last_cable_was_pulled_is_known_from_the_last_version_too(home: Household) -> None:
    pulled_at = home.clock() - 9 * HOUR
    home.hass.store[f"session_{home.point_id}"] = {"last_unplugged_at": pulled_at.isoformat()}

    await plugged_in(home)

    session = home.hub.sessions.of(str(home.point_id))
    assert session
    assert (session.is_in, session.last_unplugged_at) == (True, pulled_at)


async def test_the_plan_counts_the_session_that_the_entities_show(home: Household) -> None:
    await plugged_in(home)
    await charged(home)
    home.prices(home.clock() - HOUR, *[1.0] * 12)

    home.schedule(energy_kwh=11, mode="now")
    await home.live(hours=2)

    assert float(home.state("session_energy")) == pytest.approx(11, abs=0.3)
    assert home.attributes("plan")["delivered_kwh"] == pytest.approx(float(home.state("session_energy")), abs=0.01)


async def test_a_session_whose_charge_began_before_the_cable_was_seen_is_one_session_over_restarts(
    home: Household,
) -> None:
    home.prices(home.clock() - HOUR, *[1.0] * 12)
    home.monta.site.points[home.point_id].starts_by_itself = True
    home.plug_in()
    plugged_in_at = home.clock()
    home.clock.advance(minutes=4)

    for _ in range(3):
        await home.restart()
        home.schedule(energy_kwh=11, mode="now")
        await home.live(minutes=30)
    await unplugged(home)
    await home.live(minutes=3)

    [session] = booked(home)
    assert session.plugged_in_at == pytest.approx(plugged_in_at, abs=timedelta(seconds=5))
    assert session.energy_kwh == pytest.approx(11, abs=0.2)


async def test_a_session_is_booked_with_the_moment_its_cable_was_pulled(home: Household) -> None:
    home.prices(home.clock() - HOUR, *[1.0] * 12)
    home.schedule(energy_kwh=11, mode="now")
    await plugged_in(home)
    await home.live(hours=2)
    pulled_at: datetime = home.clock()

    await unplugged(home)
    await home.live(minutes=3)

    [session] = booked(home)
    assert timedelta(0) <= session.unplugged_at - pulled_at <= timedelta(minutes=2)


def booked(home: Household) -> list[BookedSession]:
    return list(sessions_of(home.session_file.read_bytes())[0])

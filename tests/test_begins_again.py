"""A charge that begins by itself as the cable goes in again is the scheduler's; one that a person starts is not."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from smart_charging.clouds.monta.stand_in.habits import CableStamp, Habits, Words
from worlds.household import Household
from worlds.virtual_time import EVENING

WANTED_KWH = 8.0
SETTLED_LATE = timedelta(minutes=50)
SETTLES_UNSEEN = {"released": "releasing"}
"""A word that nobody knows, so that no state tells of a cable that was out."""


@pytest.fixture
def home(home: Household) -> Household:
    """Its charger begins by itself; nobody is told why a charge has ended."""
    home.monta.site.points[home.point_id].starts_by_itself = True
    home.monta.site.delays.settle = SETTLED_LATE
    home.monta.habits = Habits(reasons=Words.NONE, charge_states=SETTLES_UNSEEN)
    home.prices(EVENING, 0.5, 2.6, 2.6, 0.6, 0.6, *[2.8] * 8)
    return home


async def replug(home: Household, *, away_s: float, is_seen: bool = False) -> None:
    home.unplug()
    if is_seen:
        await home.live(seconds=away_s)
    else:
        home.clock.advance(seconds=away_s)
    home.plug_in()


@pytest.mark.parametrize(
    ("away_s", "stamp", "mode", "is_seen"),
    [
        (5, CableStamp.PLUG_IN, "now", False),
        (41, CableStamp.OWN_START, "now", False),
        (41, CableStamp.NONE, "smart", False),
        (290, CableStamp.PLUG_IN, "smart", False),
        (70, CableStamp.OWN_START, "now", True),
        (100, CableStamp.NONE, "smart", True),
    ],
)
async def test_a_charge_that_begins_as_the_cable_goes_in_again_ends_at_what_is_wanted(
    home: Household, away_s: float, stamp: CableStamp, mode: str, *, is_seen: bool
) -> None:
    home.monta.habits = replace(home.monta.habits, states=Words.NONE, cable_stamp=stamp)
    home.schedule(energy_kwh=WANTED_KWH, mode=mode)
    home.plug_in()
    await home.live(minutes=20, seconds=20)

    await replug(home, away_s=away_s, is_seen=is_seen)
    await home.live(minutes=40)

    assert home.state("plan") == "done"
    assert home.delivered_kwh == pytest.approx(WANTED_KWH, abs=0.3)


@pytest.mark.parametrize(
    ("need", "wanted_kwh"), [({"hours": 0.8}, 8.8), ({"soc_percent": 62, "battery_kwh": 45}, 9.0)], ids=str
)
async def test_what_was_charged_before_the_cable_was_out_counts(
    home: Household, need: dict[str, Any], wanted_kwh: float
) -> None:
    home.schedule(**need, mode="now")
    home.plug_in()
    await home.live(minutes=20, seconds=20)

    await replug(home, away_s=33)
    await home.live(minutes=40)

    assert home.state("plan") == "done"
    assert home.delivered_kwh == pytest.approx(wanted_kwh, abs=0.3)


@pytest.mark.parametrize(("away_s", "is_seen"), [(20, False), (80, True)])
async def test_a_charge_that_begins_with_the_cable_between_blocks_waits_for_the_next(
    home: Household, away_s: float, *, is_seen: bool
) -> None:
    home.monta.site.points[home.point_id].starts_by_itself = False
    home.plug_in()
    await home.live(minutes=8)
    home.schedule(energy_kwh=17)
    await home.live(minutes=56)
    home.monta.site.points[home.point_id].starts_by_itself = True
    was = home.state("plan")

    await replug(home, away_s=away_s, is_seen=is_seen)
    await home.live(minutes=5)

    charge = home.monta.site.points[home.point_id].charge
    assert (was, home.state("plan")) == ("waiting", "waiting")
    assert charge
    assert (charge.by, charge.is_open) == ("plug-in", False)


async def test_nothing_that_begins_at_a_replug_is_stopped_where_nothing_is_taken_over(home: Household) -> None:
    home.schedule(energy_kwh=WANTED_KWH, mode="now", take_over="never")
    home.plug_in()
    await home.live(minutes=20, seconds=20)

    await replug(home, away_s=41)
    await home.live(minutes=40)

    assert (home.state("plan"), home.stops) == ("manual", 0)


async def restart_elsewhere(home: Household, *, after_s: float, reads: bool = False) -> None:
    """What a person does in the cloud's own app."""
    home.monta.stop_by_hand(home.point_id)
    if reads:
        await home.live(seconds=after_s)
    else:
        home.clock.advance(seconds=after_s)
    home.monta.start_by_hand(home.point_id)
    await home.live(minutes=40)


@pytest.mark.parametrize(
    ("habits", "reads"),
    [
        (Habits(reasons=Words.MONTA, cable_stamp=CableStamp.OWN_START), False),
        (Habits(reasons=Words.NONE, cable_stamp=CableStamp.PLUG_IN), False),
        (Habits(reasons=Words.NONE, cable_stamp=CableStamp.NONE), True),
    ],
    ids=["a reason", "the cable was in", "read in between"],
)
async def test_a_charge_that_a_person_stopped_and_started_again_is_theirs(
    home: Household, habits: Habits, *, reads: bool
) -> None:
    home.monta.habits = habits
    home.schedule(energy_kwh=WANTED_KWH, mode="now")
    home.plug_in()
    await home.live(minutes=20, seconds=20)
    stops = home.stops

    await restart_elsewhere(home, after_s=70 if reads else 40, reads=reads)

    assert (home.state("plan"), home.stops) == ("manual", stops)


async def test_a_charge_started_elsewhere_between_blocks_is_a_persons_whatever_stamp_it_has(home: Household) -> None:
    home.monta.habits = Habits(reasons=Words.NONE, cable_stamp=CableStamp.OWN_START)
    home.schedule(energy_kwh=17)
    home.plug_in()
    await home.live(hours=1, minutes=2)
    was, stops = home.state("plan"), home.stops

    home.monta.start_by_hand(home.point_id)
    await home.live(minutes=30)

    assert (was, home.state("plan"), home.stops) == ("waiting", "manual", stops)

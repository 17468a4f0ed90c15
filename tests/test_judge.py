"""The judge of the nights notices a planner that is wrong; all mutations are in benchmarks.mutations."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import AsyncMock, MagicMock

import pytest

from smart_charging.clouds.monta.stand_in.habits import Habits
from smart_charging.clouds.monta.stand_in.messages import Request
from worlds.nights.cloud import Flow, TrueCharge
from worlds.nights.habits import USUAL_WORLD, DrawnWorld
from worlds.nights.line import TroubledLine
from worlds.nights.own_cloud import OwnCloud
from worlds.nights.record import Record, Sent
from worlds.nights.stretch import Result, Stretch
from worlds.nights.troubles import Troubles
from worlds.nights.verdicts import Judge, Verdict
from worlds.nights.visits import Fault, HomeSetup, NeedKind, Night, Trouble, Visit
from worlds.nights.wrong_planners import Mutation, SharpNights, an_hour_off, as_it_is, dearest_times, started_twice
from worlds.virtual_time import Clock, run, virtual_now
from worlds.year_of_prices import HOUR, local

if TYPE_CHECKING:
    from worlds.nights.stage import Stage
    from worlds.virtual_apps import VirtualHouse

NIGHTS = SharpNights(seed="judged")
MIDNIGHT = local(NIGHTS.day + timedelta(days=1))
POINTS = (410001, 410002)


def played(mutation: Mutation, setup: HomeSetup, night: Night) -> Result:
    with mutation():
        return Stretch(seed="judged", first=NIGHTS.day, nights=1, prices=NIGHTS.prices, written=(setup, night)).play()


@pytest.mark.parametrize(
    ("mutation", "convicted_of"),
    [
        (as_it_is, []),
        (dearest_times, ["dearer than need be, or cheaper than can be"]),
        (an_hour_off, ["dearer than need be, or cheaper than can be"]),
        (started_twice, ["second charges"]),
    ],
)
def test_a_wrong_planner_is_convicted_and_the_real_one_is_not(mutation: Mutation, convicted_of: list[str]) -> None:
    result = played(mutation, *NIGHTS.quiet)

    assert list(result.suspects()) == convicted_of


def test_a_wait_for_the_meter_its_list_and_the_next_read_is_no_charge_past_the_target() -> None:
    setup, night = NIGHTS.quiet
    slow = DrawnWorld(habits=Habits(meter_rhythm=timedelta(minutes=5), list_lag=timedelta(seconds=45)))
    [visit] = night.visits
    just_missed = replace(visit, wanted_kwh=11.13, power_kw=11, told_kw=11)  # by the report before

    result = played(as_it_is, replace(setup, world=slow), replace(night, visits=[just_missed]))

    assert list(result.suspects()) == []


def car(charger: int, *, wanted_kwh: float, ready_h: float, power_kw: float = 11.0, **more: Any) -> Visit:
    """One that has come at six in the evening."""
    ready_by = MIDNIGHT + ready_h * HOUR
    return Visit(
        charger=charger,
        arrives_at=MIDNIGHT - 6 * HOUR,
        ready_by=ready_by,
        leaves_at=ready_by + HOUR / 2,
        wanted_kwh=wanted_kwh,
        takes_kwh=99,
        power_kw=power_kw,
        told_kw=power_kw,
        **more,
    )


def charge(visit: Visit, *, begins_h: float, kwh: float, by: str = "api") -> TrueCharge:
    begins_at = MIDNIGHT + begins_h * HOUR
    ends_at = begins_at + HOUR * (kwh / visit.power_kw)
    return TrueCharge(
        id=1,
        point_id=POINTS[visit.charger],
        by=by,
        state="completed",
        created_at=begins_at,
        stopped_at=ends_at,
        flows=[Flow(begins_at, ends_at, visit.power_kw)],
    )


def judged(
    *visits: tuple[Visit, Sequence[TrueCharge]],
    fuse_kw: float | None = None,
    believed_kw: Mapping[int, float] | None = None,
    record: Record | None = None,
) -> Verdict:
    """The verdict on the first, after a night that went like this."""
    cars = [visit for visit, _ in visits]
    stage = SimpleNamespace(
        record=record or Record(),
        truth={visit.charger: charges for visit, charges in visits},
        setup=HomeSetup(chargers=len(cars), fuse_kw=fuse_kw),
        prices=NIGHTS.prices,
        believed_kw={visit.charger: visit.power_kw for visit in cars} | dict(believed_kw or {}),
        point_ids=POINTS,
    )
    return Judge(cast("Stage", stage), Night(day=NIGHTS.day, visits=cars)).verdicts()[0]


@pytest.mark.parametrize(("believed_kw", "kwh", "is_met"), [(3.7, 9.6, True), (3.7, 9.4, False), (7.4, 9.6, False)])
def test_hours_at_a_power_that_had_to_be_measured_are_met_within_five_percent(
    believed_kw: float, kwh: float, *, is_met: bool
) -> None:
    visit = car(0, wanted_kwh=10, ready_h=6, power_kw=7.4, kind=NeedKind.HOURS)

    verdict = judged((visit, [charge(visit, begins_h=1, kwh=kwh)]), believed_kw={0: believed_kw})

    assert verdict.is_met is is_met


@pytest.mark.parametrize(("others_kwh", "why"), [(104.5, "turns on the fuse"), (70, None)])
def test_there_was_no_time_for_a_car_where_another_that_left_later_was_ready_only_just(
    others_kwh: float, why: str | None
) -> None:
    missed = car(0, wanted_kwh=33, ready_h=5)
    later = replace(car(1, wanted_kwh=104.5, ready_h=6), takes_kwh=120.0)

    verdict = judged((missed, []), (later, [charge(later, begins_h=-6, kwh=others_kwh)]), fuse_kw=12)

    assert (verdict.is_met, verdict.why_impossible) == (False, why)


@pytest.mark.parametrize(("believed_kw", "why"), [(3.7, "wrong power"), (11.0, None)])
def test_on_a_fuse_nobody_plans_for_a_power_of_another_car_that_is_not_known_yet(
    believed_kw: float, why: str | None
) -> None:
    missed, other = car(0, wanted_kwh=33, ready_h=5), car(1, wanted_kwh=11, ready_h=8)

    verdict = judged(
        (missed, []), (other, [charge(other, begins_h=2, kwh=11)]), fuse_kw=12, believed_kw={1: believed_kw}
    )

    assert (verdict.is_met, verdict.why_impossible) == (False, why)


@pytest.mark.parametrize(("seconds", "foreign_stops"), [(30, 0), (90, 1)])
def test_a_stop_right_before_a_persons_start_is_theirs(seconds: float, foreign_stops: int) -> None:
    visit = car(0, wanted_kwh=20, ready_h=6)
    stop = Sent(at=MIDNIGHT, charger=0, is_start=False, by_person=False, mode="smart", stopped=1)
    begun_anew = replace(stop, at=MIDNIGHT + timedelta(seconds=seconds), is_start=True, by_person=True, stopped=None)

    verdict = judged((visit, [charge(visit, begins_h=-1, kwh=11, by="app")]), record=Record(sent=[stop, begun_anew]))

    assert verdict.foreign_stops == foreign_stops


@pytest.mark.parametrize("is_by_person", [True, False])
def test_what_a_person_charges_when_a_car_has_all_it_was_to_have_is_no_charge_past_the_target(
    *, is_by_person: bool
) -> None:
    visit = car(0, wanted_kwh=20, ready_h=6)
    charges = [charge(visit, begins_h=-4, kwh=20.2), replace(charge(visit, begins_h=0, kwh=5), id=2)]
    ours = Sent(at=charges[0].created_at, charger=0, is_start=True, by_person=False, mode="smart", stopped=None)
    again = replace(ours, at=charges[1].created_at, by_person=is_by_person)

    overshoot = judged((visit, charges), record=Record(sent=[ours, again])).overshoot

    assert overshoot is not None
    assert (overshoot < 1) is is_by_person


@pytest.mark.parametrize(("after_min", "is_theirs"), [(1, False), (3, True)])
def test_a_start_after_a_press_is_a_persons_unless_the_cable_was_not_known_yet(
    after_min: float, *, is_theirs: bool
) -> None:
    visit = car(0, wanted_kwh=20, ready_h=6)

    async def press() -> Record:
        cloud = OwnCloud(USUAL_WORLD.monta(virtual_now))
        await cloud.happen("add_charge_point", name="Garage")
        home, line = SimpleNamespace(fire=lambda *_: None), TroubledLine(cloud)
        house = SimpleNamespace(broker=None, home=home, disk=SimpleNamespace(), host=SimpleNamespace(ahead=0))
        nothing = AsyncMock()
        troubles = Troubles(
            cast("VirtualHouse", house), cloud, line, POINTS, later=MagicMock(), start=nothing, show_soc=nothing
        )
        await troubles.expect(Night(day=NIGHTS.day, visits=[visit]))
        await troubles.strike(Fault(trouble=Trouble.PRESSED_START, at=virtual_now(), lasts=HOUR))
        await line.on_request(Request(method="POST", path="charges", json={"chargePointId": POINTS[0]}))
        return troubles.record

    record = run(press(), Clock(visit.arrives_at + timedelta(minutes=after_min)))

    assert [sent.by_person for sent in record.sent] == [is_theirs]

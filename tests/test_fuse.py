"""Several chargers on one fuse."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta.stand_in.site import Flow
from worlds.household import HOUR, MIDNIGHT, NIGHT, Household

QUARTER = timedelta(minutes=15)
NIGHT_HOURS = 2.75
"""From nine in the evening to a quarter to twelve."""


def schedule(home: Household, other: int, *, energy_kwh: object = 5.5, **more: Any) -> None:
    """For a night whose hours are each a quarter long."""
    home.prices(home.clock(), *NIGHT, step=QUARTER)
    home.schedule(other, energy_kwh=energy_kwh, ready_by="23:45", **more)


def flows(home: Household, point_id: int) -> Iterator[Flow]:
    home.monta.site.catch_up()
    for charge in home.monta.site.charges.values():
        if charge.point.id == point_id:
            yield from charge.flows


def kwh(home: Household, point_id: int) -> float:
    return sum(flow.kwh_between(flow.start, flow.end) for flow in flows(home, point_id))


def together(home: Household, one: int, other: int) -> timedelta:
    """How long two chargers were on at the same time."""
    both = [
        min(a.end, b.end) - max(a.start, b.start)
        for a in flows(home, one)
        for b in flows(home, other)
        if max(a.start, b.start) < min(a.end, b.end)
    ]
    return sum(both, timedelta(0))


@pytest.fixture
def other(home: Household) -> int:
    return home.monta.add_charge_point("Carport")


async def test_two_cars_take_turns_and_are_both_ready(home: Household, other: int) -> None:
    schedule(home, other, common={"fuse_kw": 11})
    home.plug_in()
    home.plug_in(point_id=other)

    await home.live(hours=NIGHT_HOURS)

    assert together(home, home.point_id, other) == timedelta(0)
    assert [kwh(home, point_id) for point_id in (home.point_id, other)] == pytest.approx([5.5, 5.5], abs=0.3)


async def test_a_fuse_large_enough_lets_both_charge_when_it_is_cheapest(home: Household, other: int) -> None:
    schedule(home, other, common={"fuse_kw": "input_number.fuse"})
    home.say("input_number.fuse", "22")
    home.plug_in()
    home.plug_in(point_id=other)

    await home.live(hours=NIGHT_HOURS)

    assert together(home, home.point_id, other) > 1.8 * QUARTER


async def test_a_charger_that_is_held_after_its_charge_leaves_the_fuse_to_the_other(
    home: Household, other: int
) -> None:
    home.monta.site.points[home.point_id].state_override = "busy-blocked"
    home.schedule(other, energy_kwh=5.5, mode="now", common={"fuse_kw": 11})
    home.plug_in()
    await home.live(minutes=45)
    home.plug_in(point_id=other)

    await home.live(minutes=45)

    assert [kwh(home, point_id) for point_id in (home.point_id, other)] == pytest.approx([5.5, 5.5], abs=0.3)


@pytest.mark.parametrize(("priorities", "shares_kwh"), [((1, 0), (20, 10)), ((0, "input_number.priority"), (10, 20))])
async def test_on_a_tight_fuse_the_higher_priority_is_served_first(
    home: Household, other: int, priorities: tuple[object, object], shares_kwh: tuple[float, float]
) -> None:
    car = {"energy_kwh": 20, "power_kw": 11, "ready_by": "23:45", "goes_on": False}
    points = (home.point_id, other)
    chargers = [
        {"charge_point_id": point_id, "priority": priority, **car}
        for point_id, priority in zip(points, priorities, strict=True)
    ]
    home.prices(home.clock(), *NIGHT, step=QUARTER)
    home.schedule(common={"fuse_kw": 11, "chargers": chargers})
    home.say("input_number.priority", "5.0")
    for point_id in points:
        home.plug_in(point_id=point_id, wants_kwh=80)

    await home.live(hours=NIGHT_HOURS)

    assert [kwh(home, point_id) for point_id in points] == pytest.approx(shares_kwh, abs=1.5)
    assert home.starts <= 6


@pytest.mark.parametrize(
    ("priorities", "energy_kwh", "missing"),
    [
        pytest.param((0, 0), 41, (0, 5), id="short"),
        pytest.param((0, 0, 0), 25.6, (0, 0, 0), id="just enough"),
    ],
)
async def test_where_time_is_scarce_cars_have_few_turns_and_lose_little(
    home: Household, priorities: Sequence[int], energy_kwh: float, missing: Sequence[float]
) -> None:
    points = [home.point_id, *(home.monta.add_charge_point(f"Bay {number}") for number in range(1, len(priorities)))]
    car = {"energy_kwh": energy_kwh, "power_kw": 11, "ready_by": "07:00", "goes_on": False}
    chargers = [
        {"charge_point_id": point, "priority": priority, **car}
        for point, priority in zip(points, priorities, strict=True)
    ]
    home.prices(MIDNIGHT, *[1.4] * 8)
    home.clock.leap(MIDNIGHT)
    home.schedule(common={"fuse_kw": 11, "chargers": chargers})
    for point_id in points:
        home.plug_in(point_id=point_id, wants_kwh=60)

    await home.live(hours=7)

    assert home.starts <= len(points) + 1
    assert [energy_kwh - kwh(home, point_id) for point_id in points] == pytest.approx(missing, abs=1)


async def test_while_nobody_knows_the_fuse_one_charges_at_a_time(home: Household, other: int) -> None:
    schedule(home, other, mode="now", common={"fuse_kw": "input_number.fuse"})
    home.plug_in()
    home.plug_in(point_id=other)

    await home.live(hours=1.5)

    assert together(home, home.point_id, other) == timedelta(0)
    assert kwh(home, home.point_id) + kwh(home, other) == pytest.approx(11, abs=0.4)


async def test_a_stop_that_is_not_confirmed_keeps_the_other_from_starting(home: Household, other: int) -> None:
    home.monta.site.delays.stop = timedelta(minutes=2)
    schedule(home, other, common={"fuse_kw": 11})
    home.plug_in()
    home.plug_in(point_id=other)

    await home.live(hours=NIGHT_HOURS)

    assert together(home, home.point_id, other) == timedelta(0)


async def test_lost_answers_never_put_two_on_the_fuse(home: Household, other: int) -> None:
    schedule(home, other, common={"fuse_kw": 11})
    home.plug_in()
    home.plug_in(point_id=other)

    for _ in range(11):
        home.monta.fail_next(Failure.CUT_AFTER_ACTING, "charges", method="POST")
        await home.live(minutes=15)

    assert together(home, home.point_id, other) == timedelta(0)


async def test_ours_gives_way_to_a_persons_charge(home: Household, other: int) -> None:
    schedule(home, other, energy_kwh=11, take_over="never", common={"fuse_kw": 11})
    home.plug_in()
    await home.live(hours=1, minutes=25)

    home.plug_in(point_id=other)
    home.monta.start_by_hand(other)
    await home.live(minutes=30)

    assert home.state("switch.charging") == "off"
    assert together(home, home.point_id, other) < timedelta(minutes=2)


async def test_a_car_waits_for_the_end_of_a_persons_charge_without_being_told_to_come_short(
    home: Household, other: int
) -> None:
    schedule(home, other, energy_kwh=9, common={"fuse_kw": 11, "notify": "notify.phone"})
    home.plug_in(wants_kwh=12)
    home.plug_in(point_id=other)
    home.monta.start_by_hand(home.point_id)

    await home.live(hours=NIGHT_HOURS)

    assert kwh(home, other) == pytest.approx(9, abs=0.3)
    assert [data for _, data in home.hass.calls if "will be missing" in data["message"]] == []


@pytest.mark.parametrize(("may_stop_others", "running"), [(True, 1), (False, 2)])
async def test_charges_of_others_are_stopped_only_where_that_is_allowed(
    home: Household, other: int, *, may_stop_others: bool, running: int
) -> None:
    home.schedule(other, energy_kwh=11, take_over="never", common={"fuse_kw": 11, "may_stop_others": may_stop_others})
    home.plug_in()
    home.plug_in(point_id=other)
    await home.live(minutes=10)

    home.monta.start_by_hand(home.point_id)
    home.monta.start_by_hand(other)
    await home.live(minutes=5)

    points = home.monta.site.points.values()
    assert sum(point.charge is not None and point.charge.is_open for point in points) == running


async def test_where_ours_gives_way_no_charge_of_others_has_to(home: Household, other: int) -> None:
    schedule(home, other, energy_kwh=11, take_over="never", common={"fuse_kw": 16, "may_stop_others": True})
    home.plug_in()
    await home.live(hours=1, minutes=25)
    was = home.state("switch.charging")

    home.plug_in(point_id=other)
    home.monta.start_by_hand(other)
    await home.live(minutes=30)

    assert (was, home.state("switch.charging")) == ("on", "off")
    assert kwh(home, other) > 5


async def test_a_charger_with_a_wrong_setting_does_not_hold_up_the_other(home: Household, other: int) -> None:
    schedule(home, other, energy_kwh="input_number.nowhere")
    home.plug_in(point_id=other)

    await home.live(hours=NIGHT_HOURS)

    assert kwh(home, other) > 20


async def test_a_full_car_that_rests_leaves_the_fuse_to_the_others(home: Household, other: int) -> None:
    home.monta.site.points[other].starts_by_itself = True
    schedule(home, other, take_over="never", common={"fuse_kw": 11})
    home.plug_in()
    home.plug_in(point_id=other, wants_kwh=3)

    await home.live(hours=NIGHT_HOURS)

    assert kwh(home, home.point_id) == pytest.approx(5.5, abs=0.2)


@pytest.mark.parametrize("obeys_after", [timedelta(seconds=6), timedelta(seconds=50)], ids=str)
async def test_while_a_person_s_stop_is_under_way_the_other_car_is_not_said_to_come_short(
    home: Household, other: int, obeys_after: timedelta
) -> None:
    home.monta.site.delays.stop = obeys_after
    home.schedule(
        other, energy_kwh=33, common={"fuse_kw": 12, "notify": [{"action": "notify.phone", "about": ["short"]}]}
    )
    home.plug_in()
    await home.live(minutes=5)
    await home.ha_commands.command("start", home.point_id)
    await home.live(minutes=20)
    home.plug_in(point_id=other)

    await home.ha_commands.command("stop", home.point_id)
    before = len(home.hass.history)
    await home.live(minutes=2)

    shown = {state for entity_id, state in home.hass.history[before:] if entity_id == "sensor.monta_carport_plan"}
    assert shown == {"waiting"}
    assert [data for action, data in home.hass.calls if action == "notify.phone"] == []


async def test_a_car_that_goes_on_after_a_person_s_stop_is_planned_around_again(
    home: Household, other: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home.monta.site, "stop", lambda charge, *, reason: charge)  # accepted, and that is all
    home.schedule(other, energy_kwh=33, common={"fuse_kw": 12})
    home.plug_in()
    home.plug_in(point_id=other)
    await home.live(minutes=5)
    await home.ha_commands.command("start", home.point_id)

    await home.ha_commands.command("stop", home.point_id)
    await home.live(minutes=5)

    state, plan = home.hass.states["sensor.monta_carport_plan"]
    assert (state, datetime.fromisoformat(plan["planned_start"]) > home.clock() + HOUR) == ("waiting", True)


async def test_a_car_that_has_just_begun_charges_for_two_minutes_before_another_takes_its_place(
    home: Household,
) -> None:
    carport = home.monta.add_charge_point("Carport")
    home.prices(MIDNIGHT - 3 * HOUR, *[1.0] * 10)
    home.schedule(carport, energy_kwh=14, ready_by="00:00", common={"fuse_kw": 12})
    home.plug_in()
    await home.live(minutes=1)
    assert home.starts == 1

    home.plug_in(point_id=carport)
    await home.choose("mode", "now", point_id=carport)
    await home.live(minutes=10)

    first, second = sorted(home.monta.site.charges.values(), key=lambda charge: charge.created_at)
    assert first.stopped_at
    assert timedelta(minutes=2) < first.stopped_at - first.created_at < timedelta(minutes=4)
    assert second.created_at >= first.stopped_at

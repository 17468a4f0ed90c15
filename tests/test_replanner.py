"""When it is planned again, and from what."""

import logging
from dataclasses import replace

from smart_charging.planning.charge_request import ChargeRequest
from smart_charging.planning.replanner import Replanner
from worlds.pictures import MIDNIGHT, QUARTER, curve, needed

PRICES = curve(1, 2, 9, 9, 9, 9)
REQUEST = ChargeRequest(charger_id="a", need=needed(2, within=6))


def asking_for(energy_kwh: float) -> ChargeRequest:
    return replace(REQUEST, need=replace(REQUEST.need, energy_kwh=energy_kwh))


def test_while_charging_goes_by_the_plan_it_stays_as_it_is() -> None:
    drawing = Replanner(logging.getLogger())
    first = drawing.plans(PRICES, [REQUEST], MIDNIGHT)["a"]
    half_way = asking_for(REQUEST.need.energy_kwh / 2)

    second = drawing.plans(PRICES, [replace(half_way, is_running=True)], MIDNIGHT + QUARTER - QUARTER / 1000)["a"]

    assert second is first


def test_a_car_that_got_its_last_bit_unforeseen_has_nothing_left_to_charge() -> None:
    drawing = Replanner(logging.getLogger())
    later = curve(9, 9, 9, 1, 9, 9)
    drawing.plans(later, [asking_for(0.2)], MIDNIGHT)

    plan = drawing.plans(later, [asking_for(0.0)], MIDNIGHT + QUARTER / 15)["a"]

    assert not plan.slots


def test_what_a_plan_that_is_over_left_out_is_planned_at_once() -> None:
    drawing = Replanner(logging.getLogger())
    first = drawing.plans(PRICES, [asking_for(0.2)], MIDNIGHT)["a"]
    assert first.end

    plan = drawing.plans(PRICES, [asking_for(0.15)], first.end + QUARTER / 15)["a"]

    assert plan.energy_kwh > 0.1
    assert plan.start != first.start


def test_a_plan_that_comes_short_stays_as_it_is_while_charging_goes_by_it() -> None:
    drawing = Replanner(logging.getLogger())
    wanted = needed(4, within=6)
    both = [ChargeRequest(charger_id=name, need=wanted) for name in "ab"]
    first = drawing.plans(curve(1, 1, 1, 1, 1, 1), both, MIDNIGHT, fuse_kw=4)
    running = replace(both[0], is_running=True, need=replace(wanted, energy_kwh=wanted.energy_kwh * 5 / 6))

    second = drawing.plans(curve(1, 1, 1, 1, 1, 1), [running, both[1]], MIDNIGHT + QUARTER * 2 / 3, fuse_kw=4)

    assert first["b"].shortfall_kwh
    assert (second["a"], second["b"]) == (first["a"], first["b"])
    assert second["a"] is first["a"]

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from appdaemon.utils import clean_http_kwargs

from smart_charging.charger import Charge, Charger, ChargerState, ChargeState
from smart_charging.entities.plan import PLAN_ENTITIES
from smart_charging.entities.plan_view import PlanState, PlanView
from smart_charging.entities.publish import Device, Publisher, StateWriter
from smart_charging.entities.states import HomeAssistantStates
from smart_charging.planning.plan import Plan, PlanSlot

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
DEVICE = Device(id="7", slug="monta_garage", name="Garage", model="Charge point")
MIDNIGHT = datetime(2026, 11, 20, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)
GARAGE = Charger(
    id="7",
    name="Garage",
    state=ChargerState.PREPARING,
    cloud_state=None,
    is_plugged_in=True,
    visibility="private",
    type="ac",
)
FIRST, SECOND = (MIDNIGHT + HOUR, MIDNIGHT + 2 * HOUR), (MIDNIGHT + 4 * HOUR, MIDNIGHT + 5 * HOUR)


def slot(block: tuple[datetime, datetime], price: float, *, is_estimate: bool = False) -> PlanSlot:
    return PlanSlot(start=block[0], end=block[1], price_per_kwh=price, energy_kwh=11, is_estimate=is_estimate)


def waiting(*slots: PlanSlot, **changes: Any) -> PlanView:
    plan = Plan(slots=slots, ready_by=MIDNIGHT + 7 * HOUR, cost_at_once=44.0, currency="DKK")
    view = PlanView(charger=GARAGE, state=PlanState.WAITING, zone=COPENHAGEN, plan=plan, now=MIDNIGHT)
    return replace(view, **changes)


def charged(**times: Any) -> Sequence[Charge]:
    return [Charge(id="1", charger_id="7", state=ChargeState.STOPPED, created_at=MIDNIGHT, **times)]


def attributes(view: PlanView) -> dict[str, Any]:
    return dict(PLAN_ENTITIES[0].attributes(view))


def state(view: PlanView, key: str) -> object:
    (row,) = (row for row in PLAN_ENTITIES if row.key == key)
    return row.value(view)


async def test_prices_of_zero_and_below_arrive_in_home_assistant_and_an_estimate_is_marked() -> None:
    sent: dict[str, Any] = {}

    async def set_state(entity_id: str, state: str, attributes: dict[str, Any]) -> None:
        sent[entity_id] = json.loads(json.dumps(clean_http_kwargs({"state": state, "attributes": attributes})))

    writer: StateWriter = HomeAssistantStates(set_state)
    await Publisher(writer).publish(
        PLAN_ENTITIES, waiting(slot(FIRST, 0.0), slot(SECOND, -0.1, is_estimate=True)), DEVICE
    )

    slots = sent["sensor.monta_garage_plan"]["attributes"]["slots"]
    assert [(one["price_per_kwh"], "is_estimate" in one) for one in slots] == [(0.0, False), (-0.1, True)]
    assert slots[0]["start"] == "2026-11-21T00:00:00+00:00"
    assert sent["sensor.monta_garage_next_start"]["state"] == "2026-11-21T00:00:00+00:00"


@pytest.mark.parametrize(
    ("now", "start", "end"),
    [
        pytest.param(MIDNIGHT, FIRST[0], FIRST[1], id="before"),
        pytest.param(FIRST[0], SECOND[0], FIRST[1], id="as-the-first-block-begins"),
        pytest.param(FIRST[1], SECOND[0], SECOND[1], id="as-the-first-block-ends"),
        pytest.param(SECOND[0], None, SECOND[1], id="in-the-last-block"),
        pytest.param(SECOND[1], None, None, id="after"),
    ],
)
def test_next_start_and_end_move_on_at_the_edges_of_blocks(
    now: datetime, start: datetime | None, end: datetime | None
) -> None:
    view = waiting(slot(FIRST, 1), slot(SECOND, 1), now=now)

    assert (state(view, "next_start"), attributes(view)["next_end"]) == (start, end)


def test_between_edges_nothing_depends_on_the_time() -> None:
    view = waiting(slot(FIRST, 1), slot(SECOND, 1))

    later = replace(view, now=FIRST[0] - timedelta(seconds=1))

    assert [row.render(later, DEVICE) for row in PLAN_ENTITIES] == [row.render(view, DEVICE) for row in PLAN_ENTITIES]


def test_the_money_of_a_plan_is_told() -> None:
    told = attributes(waiting(slot(FIRST, 1), slot(SECOND, 0.5)))

    keys = ("expected_cost", "cost_at_once", "saving", "average_price_per_kwh", "currency")
    assert [told[key] for key in keys] == [16.5, 44.0, 27.5, 0.75, "DKK"]


@pytest.mark.parametrize("stopped", [PlanState.MANUAL, PlanState.OFF, PlanState.DONE])
def test_a_plan_nobody_goes_by_promises_no_start_and_no_end(stopped: PlanState) -> None:
    view = waiting(slot(FIRST, 1), state=stopped)

    assert (state(view, "next_start"), state(view, "planned_end")) == (None, None)


@pytest.mark.parametrize(
    ("view", "sentence"),
    [
        pytest.param({"state": PlanState.IDLE}, "No cable is plugged in", id="idle"),
        pytest.param({"state": PlanState.OFF}, "Smart charging is off: nothing is started", id="off"),
        pytest.param(
            {"state": PlanState.MANUAL, "reason": "stopped by hand"},
            "Manual: stopped by hand; the scheduler keeps its hands off until the cable is pulled or smart charging "
            "is switched on",
            id="manual",
        ),
        pytest.param(
            {"state": PlanState.STUCK, "reason": "three starts and no energy"},
            "The charger does not do as told: three starts and no energy; look at the car, the cable and the charger, "
            "then pull the cable or switch smart charging on to have it tried again",
            id="stuck",
        ),
        pytest.param({"state": PlanState.DONE, "delivered_kwh": 0.0}, "Nothing to charge", id="nothing-to-do"),
        pytest.param({"state": PlanState.CHARGING, "reason": "no prices"}, "Charging; no prices", id="no-plan"),
    ],
)
def test_every_state_has_a_sentence_without_a_plan(view: dict[str, Any], sentence: str) -> None:
    assert attributes(PlanView(charger=GARAGE, zone=COPENHAGEN, **view))["sentence"] == sentence


def test_a_charger_out_of_reach_is_not_said_to_be_without_a_cable() -> None:
    view = PlanView(charger=replace(GARAGE, state=ChargerState.OFFLINE), state=PlanState.IDLE, zone=COPENHAGEN)

    assert "nobody knows of a cable" in attributes(view)["sentence"]


@pytest.mark.parametrize(
    ("times", "sentence"),
    [
        pytest.param({"stopped_at": MIDNIGHT + 194 * HOUR / 60}, "22.0 of 22 kWh are in the car since 03:14", id="met"),
        pytest.param({}, "22.0 of 22 kWh are in the car", id="still-stopping"),
        pytest.param(
            {"fully_charged_at": MIDNIGHT + 2 * HOUR, "stopped_at": MIDNIGHT + 3 * HOUR},
            "The car takes no more since 02:00: 22.0 of 22 kWh are in it",
            id="full",
        ),
    ],
)
def test_a_need_that_is_met_says_so_and_since_when(times: dict[str, datetime], sentence: str) -> None:
    charger = replace(GARAGE, charges=charged(**times))

    view = waiting(state=PlanState.DONE, charger=charger, delivered_kwh=21.96, wanted_kwh=22.0)

    assert attributes(view)["sentence"] == sentence


def test_a_plan_explains_itself_and_what_stands_in_its_way() -> None:
    view = waiting(slot(FIRST, 1), mode="now", reason="the start was refused")

    said = attributes(view)["sentence"]

    assert said.startswith("At once, as asked: 11 kWh in 1 block between 01:00 and 02:00, ")
    assert said.endswith("; ready 02:00 for 07:00; the start was refused")

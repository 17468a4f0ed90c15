"""What a command's answer or a look at one charge tells counts; lists of charges may be late, and in any order."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from smart_charging.clouds.monta.stand_in import shapes
from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta.stand_in.habits import Habits
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.services.control.origins import Origin
from worlds.household import Household

Rows = list[dict[str, Any]]
PAST_CHARGES = 120


def rearrange(monkeypatch: pytest.MonkeyPatch, arrange: Callable[[Rows], Rows]) -> None:
    """Let lists of charges come out otherwise; a look at one charge does not change."""
    page = shapes.page

    def other_page(items: Any, *place: int) -> Any:
        is_of_charges = bool(items) and "chargePointId" in items[0]
        return page(arrange(list(items)) if is_of_charges else items, *place)

    monkeypatch.setattr(shapes, "page", other_page)


def late(home: Household, lag: timedelta) -> Callable[[Rows], Rows]:
    seen: list[tuple[datetime, Rows]] = []

    def arrange(items: Rows) -> Rows:
        seen.append((home.clock.at, copy.deepcopy(items)))
        return next((rows for at, rows in reversed(seen) if at <= home.clock.at - lag), [])

    return arrange


def oldest_first(items: Rows) -> Rows:
    return items[::-1]


def shuffled(items: Rows) -> Rows:
    return sorted(items, key=lambda item: random.Random(int(item["id"])).random())  # noqa: S311


def past_charges(home: Household) -> None:
    """Of the same charge point."""
    for _ in range(PAST_CHARGES):
        home.monta.start_by_hand(home.point_id)
        home.monta.unplug(home.point_id)
        home.clock.advance(minutes=2)


async def plugged_in(home: Household) -> None:
    home.plug_in()
    await home.live(minutes=1)


async def test_a_start_is_shown_at_once_without_another_read(home: Household) -> None:
    await plugged_in(home)
    before = len(home.monta.sent("charge"))

    await home.control.start(str(home.point_id), origin=Origin.PERSON)

    assert home.state("last_charge") == "starting"
    assert [request.method for request in home.monta.sent("charge")[before:]] == ["POST"]


async def test_a_stop_that_was_seen_is_not_taken_back_by_a_late_list(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    rearrange(monkeypatch, late(home, timedelta(seconds=90)))
    await plugged_in(home)
    await home.control.start(str(home.point_id), origin=Origin.PERSON)
    await home.live(minutes=5)
    await home.control.stop(str(home.point_id), origin=Origin.PERSON)
    home.clock.advance(seconds=6)
    await home.control.beat()

    shown = []
    for _ in range(12):
        shown.append((home.state("last_charge"), home.state("binary_sensor.charging"), home.state("switch.charging")))
        home.clock.advance(seconds=15)
        await home.polling.refresh()

    assert set(shown) == {("stopped", "off", "off")}


@pytest.mark.parametrize("order", [oldest_first, shuffled])
async def test_a_charge_reaches_its_target_whatever_the_order_of_a_long_list(
    home: Household, monkeypatch: pytest.MonkeyPatch, order: Callable[[Rows], Rows]
) -> None:
    past_charges(home)
    began, delivered_before = home.clock.at, home.delivered_kwh
    home.prices(began, *[1.0] * 48)
    rearrange(monkeypatch, order)
    home.schedule(energy_kwh=3, mode="now")
    home.plug_in()

    await home.live(minutes=40)

    assert home.delivered_kwh - delivered_before == pytest.approx(3, abs=0.2)
    assert home.monta.quota.refused == 0
    assert all(request.status == 200 for request in home.monta.requests)


@pytest.mark.parametrize("order", [oldest_first, shuffled])
async def test_a_charge_that_somebody_else_started_is_seen_in_a_list_of_any_order(
    home: Household, monkeypatch: pytest.MonkeyPatch, order: Callable[[Rows], Rows]
) -> None:
    past_charges(home)
    rearrange(monkeypatch, order)
    await plugged_in(home)
    charge_id = home.monta.start_by_hand(home.point_id)

    await home.live(minutes=2)

    assert home.attributes("last_charge")["charge_id"] == str(charge_id)
    assert home.state("last_charge") == "charging"


async def test_lists_in_another_order_cost_no_more_requests_once_it_is_known(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    past_charges(home)
    rearrange(monkeypatch, oldest_first)
    await plugged_in(home)
    before = len(home.monta.requests)

    await home.polling.refresh()

    assert [str(request) for request in home.monta.requests[before:]] == ["GET charge-points", "GET charges"]


async def test_after_a_failed_stop_only_that_charger_is_read_and_at_once(home: Household) -> None:
    await plugged_in(home)
    await home.control.start(str(home.point_id), origin=Origin.PERSON)
    await home.live(minutes=2)
    home.monta.fail_next(Failure.SERVER_ERROR, "charges", method="POST")
    asked_at, before = home.clock.at, len(home.monta.requests)

    result = await home.control.stop(str(home.point_id), origin=Origin.PERSON)
    await home.control.stop(str(home.point_id), origin=Origin.PERSON)

    assert not result.ok
    assert home.clock.at - asked_at <= timedelta(seconds=3)
    asked = [request.path for request in home.monta.requests[before:]]
    assert f"charge-points/{home.point_id}" in asked
    assert "charge-points" not in asked


async def test_a_start_refused_because_a_charge_runs_finds_that_charge(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    await plugged_in(home)
    rearrange(monkeypatch, late(home, timedelta(hours=1)))
    await home.polling.refresh()
    monkeypatch.undo()
    charge_id = home.monta.start_by_hand(home.point_id)

    result = await home.control.start(str(home.point_id), origin=Origin.PERSON)

    assert (result.ok, result.charge_id) == (True, str(charge_id))


async def test_one_of_many_chargers_keeps_its_charge_when_newer_ones_fill_the_list(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    rearrange(monkeypatch, oldest_first)
    other = home.monta.add_charge_point("Yard")
    await plugged_in(home)
    await home.control.start(str(home.point_id), origin=Origin.PERSON)
    for _ in range(120):
        home.monta.start_by_hand(other)
        home.monta.unplug(other)

    await home.live(minutes=5)
    home.monta.plug_in(other, Car(wants_kwh=1))

    kwh = float(home.state("session_energy"))
    assert kwh == pytest.approx(home.delivered_kwh, abs=0.4)
    assert home.state("last_charge") == "charging"


async def test_a_charge_that_no_read_finds_yet_is_not_started_again(home: Household) -> None:
    home.monta.habits = Habits(list_lag=timedelta(seconds=100), look_lag=timedelta(seconds=50))
    home.schedule(mode="now")
    home.plug_in()

    await home.live(minutes=10)

    assert (home.starts, home.stops, home.state("plan")) == (1, 0, "charging")


async def test_a_charge_that_is_gone_long_after_its_start_was_answered_is_started_again(home: Household) -> None:
    home.monta.habits = Habits(list_lag=timedelta(hours=2), look_lag=timedelta(hours=2))
    home.schedule(mode="now")
    home.plug_in()

    await home.live(minutes=10)

    assert home.starts > 1

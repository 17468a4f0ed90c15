"""Cars that usually come later to a fuse on which others wait for cheap hours."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from smart_charging.planning.charge_request import ChargeRequest, Load
from smart_charging.planning.expected_request import PATIENCE, Arrival, arrival, awaited, left_room
from smart_charging.planning.expected_visit import ExpectedVisit
from smart_charging.planning.shared import shared_plan
from smart_charging.services.sessions.session_log import BookedSession
from worlds.household import HOUR, Household
from worlds.household import MIDNIGHT as TONIGHT
from worlds.pictures import MIDNIGHT, QUARTER, curve, drawn, needed

DAY = timedelta(days=1)


def wants(name: str, quarters: float, within: float) -> ChargeRequest:
    return ChargeRequest(charger_id=name, need=needed(quarters, within, power_kw=4))


def comes(quarters: float, *, after: float = 1, within: float = 4, likelihood: float = 1.0) -> Arrival:
    visit = ExpectedVisit(
        arrives_at=MIDNIGHT + after * QUARTER - timedelta(minutes=1),
        leaves_at=MIDNIGHT + within * QUARTER,
        energy_kwh=quarters,
        likelihood=likelihood,
    )
    return arrival("7", "Carport", visit, MIDNIGHT - timedelta(minutes=1), power_kw=4)


def planned(prices: Sequence[float], here: ChargeRequest, coming: Arrival) -> str:
    plans = shared_plan(curve(*prices), [here, coming.request], limit_kw=4, now=MIDNIGHT)
    return drawn(plans[here.charger_id], len(prices))


def test_a_car_charges_early_where_the_one_to_come_would_find_no_room_else() -> None:
    assert planned([9, 1, 2, 3], wants("here", 1, 4), comes(3)) == "#..."
    assert planned([9, 1, 2, 3], wants("here", 1, 4), comes(2))[0] == "."


def test_what_the_car_to_come_would_pay_more_counts_by_its_likelihood() -> None:
    assert planned([6, 1, 9], wants("here", 1, 3), comes(1, within=3)) == "#.."
    assert planned([6, 1, 9], wants("here", 1, 3), comes(1, within=3, likelihood=0.5)) == ".#."


def test_no_car_that_is_there_comes_short_for_one_to_come() -> None:
    assert planned([9, 1, 2, 3], wants("here", 4, 4), comes(3)) == "####"


def test_what_is_not_needed_of_a_slot_is_left_where_others_come_short() -> None:
    plans = shared_plan(curve(9, 1, 2, 3), [wants("here", 1.5, 4), comes(3).request], limit_kw=4, now=MIDNIGHT)

    assert [plan.shortfall_kwh for plan in plans.values()] == pytest.approx([0, 0.5])


def test_a_little_more_is_kept_than_usual_but_no_more_than_there_is_time_for() -> None:
    visit = ExpectedVisit(arrives_at=MIDNIGHT, leaves_at=MIDNIGHT + 4 * QUARTER, energy_kwh=2, spread_kwh=0.5)

    requests = [arrival("7", "", visit, MIDNIGHT - DAY, power_kw=kw).request for kw in (4.0, 2.0)]

    assert [request.need.energy_kwh for request in requests] == [2.5, 1.5]


def test_a_late_car_leaves_the_running_quarter_to_the_others() -> None:
    visit = ExpectedVisit(arrives_at=MIDNIGHT, leaves_at=MIDNIGHT + 9 * HOUR, energy_kwh=2)

    late = [arrival("7", "", visit, MIDNIGHT + minutes * QUARTER / 15, power_kw=4) for minutes in (31, 44, 45)]

    assert [one.request.arrives_at for one in late] == [MIDNIGHT + count * QUARTER for count in (3, 3, 4)]


def test_after_some_patience_a_car_is_not_waited_for_any_more() -> None:
    visit = ExpectedVisit(arrives_at=MIDNIGHT, leaves_at=MIDNIGHT + 9 * HOUR, energy_kwh=2)

    assert awaited([visit], MIDNIGHT + PATIENCE - QUARTER) == [visit]
    assert not awaited([visit], MIDNIGHT + PATIENCE)


@pytest.mark.parametrize(
    ("limit_kw", "load_kw", "is_named"),
    [
        pytest.param(4, 0, True, id="no room for both"),
        pytest.param(8, 0, False, id="room for both"),
        pytest.param(8, 4, True, id="no room beside a load"),
    ],
)
def test_a_plan_names_the_car_for_which_it_is_dearer(limit_kw: float, load_kw: float, *, is_named: bool) -> None:
    here, coming = wants("here", 1, 4), comes(3)
    loads = [Load(start=MIDNIGHT, end=MIDNIGHT + 4 * QUARTER, power_kw=load_kw)]
    plans = shared_plan(curve(4, 3, 2, 1), [here, coming.request], limit_kw=limit_kw, now=MIDNIGHT, loads=loads)

    room = left_room(here, plans, [here], [coming], limit_kw=limit_kw, loads=loads)

    assert room == [coming.newcomer] * is_named


@pytest.fixture
def carport(home: Household) -> int:
    return home.monta.add_charge_point("Carport")


async def book_evenings(home: Household, point_id: int, *, skipped: int = 0) -> None:
    """A car has come to the charger at midnight for four weeks, in need of 44 kWh; it charges nothing where skipped."""
    for ago in range(1, 29):
        await home.session_log.add(
            BookedSession(
                charger_id=str(point_id),
                charger="",
                plugged_in_at=TONIGHT - ago * DAY,
                unplugged_at=TONIGHT - ago * DAY + 7 * HOUR,
                energy_kwh=44 if ago > skipped else 0,
            )
        )


@pytest.mark.parametrize(
    ("usual", "early_kwh"),
    [
        pytest.param(None, 11, id="by the books"),
        pytest.param({"arrives": "00:00", "energy_kwh": 44}, 11, id="by what is written"),
        pytest.param("off", 0, id="off"),
    ],
)
async def test_a_car_charges_before_another_usually_comes(
    home: Household, carport: int, usual: object, early_kwh: float
) -> None:
    home.schedule(carport, energy_kwh=44, usual=usual, common={"fuse_kw": 11})
    if not isinstance(usual, dict):
        await book_evenings(home, carport)
    home.plug_in()

    await home.live(hours=3)

    assert home.delivered_kwh == pytest.approx(early_kwh, abs=0.5)


async def test_a_car_that_comes_late_as_usual_is_ready(home: Household, carport: int) -> None:
    home.schedule(carport, energy_kwh=38, common={"fuse_kw": 11})
    await book_evenings(home, carport)
    home.plug_in()
    await home.live(hours=3)
    home.plug_in(point_id=carport)

    await home.live(hours=7)

    assert home.delivered_kwh == pytest.approx(76, abs=0.5)


async def test_a_car_that_came_but_did_not_charge_lately_is_still_expected(home: Household, carport: int) -> None:
    home.schedule(carport, energy_kwh=44, common={"fuse_kw": 11})
    await book_evenings(home, carport, skipped=4)
    home.plug_in()

    await home.live(minutes=5)

    assert "leaves room for Carport" in home.attributes("plan")["sentence"]


async def test_a_plan_says_for_whom_it_leaves_room_until_nobody_waits_any_more(home: Household, carport: int) -> None:
    home.schedule(carport, energy_kwh=44, common={"fuse_kw": 11})
    await book_evenings(home, carport)
    home.plug_in()

    await home.live(minutes=5)
    early = home.attributes("plan")
    await home.live(hours=3 + PATIENCE / HOUR)
    late = home.attributes("plan")

    assert early["sentence"].endswith("; leaves room for Carport, which usually comes at 00:00")
    assert "Carport" not in late["sentence"]
    assert late["expected_cost"] < early["expected_cost"] / 3
    assert home.hass.states["sensor.monta_carport_plan"][0] == "idle"

"""Who has the last word when a person and the scheduler act at the same moment."""

import pytest

from smart_charging.entities.command import ON
from smart_charging.services.control.commands import CommandResult
from smart_charging.services.control.origins import Origin
from worlds.household import Household


async def look(home: Household) -> None:
    """Let the scheduler look before the chargers are read again."""
    assert home.scheduling
    await home.scheduling.beat()


async def test_a_persons_start_in_mode_off_is_not_stopped_before_the_list_shows_it(home: Household) -> None:
    home.schedule(mode="off")
    home.plug_in()
    await home.live(minutes=2)

    await home.control.start(str(home.point_id), origin=Origin.PERSON)
    await look(home)

    assert home.stops == 0


async def test_smart_chosen_right_after_a_manual_start_has_the_last_word(home: Household) -> None:
    home.schedule()
    home.plug_in()
    await home.live(minutes=2)

    await home.control.start(str(home.point_id), origin=Origin.PERSON)
    await home.choose("smart_charging", ON)
    await look(home)
    await home.live(minutes=5)

    assert home.state("plan") == "waiting"


async def test_a_person_who_decides_while_another_charger_is_commanded_is_respected(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = home.monta.add_charge_point("Carport")
    home.schedule(other, mode="off")
    for point_id in (home.point_id, other):
        home.plug_in(point_id=point_id)
    await home.live(minutes=2)
    for point_id in (home.point_id, other):
        await home.choose("mode", "now", point_id=point_id)
    start = home.control.start

    async def start_while_a_person_decides(charger_id: str, *, origin: Origin) -> CommandResult:
        if origin is Origin.US and charger_id == str(home.point_id):
            await home.control.stop(str(other), origin=Origin.PERSON)
        return await start(charger_id, origin=origin)

    monkeypatch.setattr(home.control, "start", start_while_a_person_decides)
    await look(home)

    assert (home.monta.charge_of(home.point_id) is None, home.monta.charge_of(other) is None) == (False, True)


async def test_a_charger_that_begins_by_itself_in_mode_off_is_planned_when_smart_is_wanted(home: Household) -> None:
    home.monta.site.points[home.point_id].starts_by_itself = True
    home.schedule(mode="off")
    home.plug_in()
    await home.live(minutes=20)
    before = home.stops

    await home.choose("mode", "smart")
    await home.live(minutes=2)

    assert (before, home.state("plan"), home.stops) == (0, "waiting", 1)


async def test_a_car_whose_own_limit_was_raised_is_charged_on_when_smart_is_wanted_again(home: Household) -> None:
    home.schedule(energy_kwh=22, mode="now")
    home.plug_in()
    await home.live(minutes=20)
    for _ in range(25):
        home.monta.pause_by_car(home.point_id)
        await home.live(minutes=1)
    was = home.state("plan")

    await home.choose("mode", "smart")
    await home.live(hours=10)

    assert was == "done"
    assert home.delivered_kwh == pytest.approx(22, abs=0.3)


@pytest.mark.parametrize(
    ("take_over", "state", "stopped"), [("plug_in", "waiting", 1), ("never", "manual", 0), ("always", "waiting", 1)]
)
async def test_what_is_taken_over_is_so_after_restarts_too(
    home: Household, take_over: str, state: str, stopped: int
) -> None:
    home.monta.site.points[home.point_id].starts_by_itself = True
    home.plug_in()

    for _ in range(3):
        await home.restart()
        home.schedule(take_over=take_over)
        await home.live(minutes=2)

    assert (home.state("plan"), home.stops) == (state, stopped)

"""Who has the last word when a person and the scheduler act at the same moment."""

import asyncio

import pytest

from smart_charging.entities.command import OFF, ON
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


@pytest.mark.parametrize(("option", "state"), [("smart", "waiting"), ("now", "manual")])
async def test_smart_chosen_at_a_helper_that_says_so_already_ends_the_manual_override(
    home: Household, option: str, state: str
) -> None:
    home.say("input_select.mode", "smart")
    home.schedule(mode="input_select.mode")
    home.plug_in()
    await home.live(minutes=2)
    await home.control.start(str(home.point_id), origin=Origin.PERSON)
    await home.live(minutes=2)
    assert home.scheduling

    pressed = {"entity_id": ["input_select.mode"], "option": option}
    await home.scheduling.helpers.on_option_selected({"service_data": pressed})
    await home.live(minutes=2)

    assert home.state("plan") == state


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
    home.schedule(energy_kwh=11, ready_by="23:00", mode="now")
    home.plug_in(wants_kwh=4)
    await home.live(minutes=45)
    was = home.state("plan")

    car = home.monta.site.points[home.point_id].car
    assert car
    car.wants_kwh = 50
    await home.choose("mode", "smart")
    await home.live(hours=1, minutes=30)

    assert was == "done"
    assert home.delivered_kwh == pytest.approx(11, abs=0.3)


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


async def stopped_by_a_person(home: Household, *, gap_s: float) -> None:
    """What a person started ten minutes ago."""
    home.schedule(energy_kwh=11, ready_by="23:00")
    home.plug_in()
    await home.live(minutes=2)
    await home.ha_commands.command("start", home.point_id)
    await home.live(minutes=10)
    await home.ha_commands.command("stop", home.point_id)
    await home.live(seconds=gap_s)


@pytest.mark.parametrize("gap_s", [0, 4, 15, 60])
@pytest.mark.parametrize("how", ["event", "select", "switch"])
async def test_smart_wished_shortly_after_a_stop_is_the_newest_wish(home: Household, how: str, gap_s: float) -> None:
    await stopped_by_a_person(home, gap_s=gap_s)

    match how:
        case "event":
            await home.ha_commands.command("smart", home.point_id)
        case "select":
            await home.choose("mode", "smart")
        case _:
            await home.choose("smart_charging", ON)
    await look(home)
    at_once = home.state("plan")
    await home.live(minutes=5)

    assert (at_once, home.state("plan")) == ("waiting", "waiting")


async def test_a_car_whose_charge_was_stopped_by_hand_is_full_in_time_if_smart_is_wished(
    home: Household,
) -> None:
    await stopped_by_a_person(home, gap_s=4)

    await home.choose("mode", "smart")
    await home.live(hours=2)

    assert home.delivered_kwh == pytest.approx(11, abs=0.2)


@pytest.mark.parametrize("gap_s", [0, 4, 25])
async def test_off_and_on_again_shortly_after_a_stop_is_the_newest_wish(home: Household, gap_s: float) -> None:
    await stopped_by_a_person(home, gap_s=gap_s)

    await home.choose("smart_charging", OFF)
    await look(home)
    await home.live(seconds=3)
    await home.choose("smart_charging", ON)
    await home.live(minutes=5)

    assert home.state("plan") == "waiting"


async def test_smart_wished_while_a_stop_is_under_way_is_the_newest_wish(home: Household) -> None:
    home.schedule()
    home.plug_in()
    await home.live(minutes=2)
    await home.ha_commands.command("start", home.point_id)
    await home.live(minutes=10)

    stop = asyncio.create_task(home.ha_commands.command("stop", home.point_id))
    await asyncio.sleep(0)
    await home.choose("mode", "smart")
    is_under_way = not stop.done()
    await stop
    await home.live(minutes=5)

    assert (is_under_way, home.state("plan"), home.state("switch.charging")) == (True, "waiting", "off")


async def test_a_stop_right_after_smart_was_wished_instead_of_off_is_the_newest_wish(home: Household) -> None:
    home.schedule(mode="off")
    home.plug_in()
    await home.live(minutes=2)
    await home.ha_commands.command("start", home.point_id)
    await home.live(minutes=10)

    await home.choose("mode", "smart")
    await home.ha_commands.command("stop", home.point_id)
    await home.live(minutes=5)

    assert (home.state("plan"), home.attributes("plan")["reason"]) == ("manual", "stopped by hand")


async def test_smart_wished_after_a_stop_elsewhere_that_nobody_has_read_yet_is_the_newest_wish(home: Household) -> None:
    home.schedule(mode="now")
    home.plug_in()
    await home.live(minutes=10)

    home.monta.stop_by_hand(home.point_id)
    home.clock.advance(seconds=7)
    await home.choose("mode", "smart")
    await home.live(minutes=5)

    assert home.state("plan") == "waiting"


async def test_a_stop_after_smart_was_wished_is_the_newest_wish(home: Household) -> None:
    await stopped_by_a_person(home, gap_s=4)
    await home.choose("mode", "now")
    await home.live(minutes=3)

    await home.ha_commands.command("stop", home.point_id)
    await home.live(minutes=5)

    assert (home.state("plan"), home.attributes("plan")["reason"]) == ("manual", "stopped by hand")


async def test_a_charge_that_goes_on_after_a_stop_is_the_schedulers_once_smart_is_wished(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    obeyed = home.monta.site.stop
    monkeypatch.setattr(home.monta.site, "stop", lambda charge, *, reason: charge)  # accepted, and that is all
    await stopped_by_a_person(home, gap_s=4)

    await home.choose("mode", "smart")
    await home.live(minutes=5)
    monkeypatch.setattr(home.monta.site, "stop", obeyed)
    await home.live(minutes=10)

    assert (home.state("plan"), home.state("switch.charging")) == ("waiting", "off")


async def test_manual_names_what_a_person_did_last(home: Household) -> None:
    await stopped_by_a_person(home, gap_s=120)
    stopped = home.attributes("plan")["reason"]
    home.monta.start_by_hand(home.point_id)
    await home.live(minutes=2)
    elsewhere = home.attributes("plan")["reason"]
    await home.ha_commands.command("stop", home.point_id)
    await home.live(minutes=2)
    await home.ha_commands.command("start", home.point_id)
    await home.live(minutes=2)

    assert (stopped, elsewhere) == ("stopped by hand", "a charge was started elsewhere")
    assert (home.state("plan"), home.attributes("plan")["reason"]) == ("manual", "started by hand")

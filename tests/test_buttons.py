"""Buttons on a phone's notifications, from the notification to what the charger does."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.config.arguments import parse
from smart_charging.config.notify import NotifySettings
from smart_charging.errors import ConfigError
from smart_charging.services.notify.buttons import PRESSED_EVENT, Button, Press
from worlds.fakes import BASE_URL
from worlds.household import HOUR, MIDNIGHT, Household
from worlds.virtual_apps import Line, house_of
from worlds.virtual_time import Clock, run, virtual_now

APP, WALL = "notify.mobile_app_phone", "notify.wall"
PRICES = (2.5, 2.2, 1.1, 0.9, 0.7, 0.2, 0.1, 0.3, 0.8, 1.5, 2.0, *[1.5] * 12, *[0.5] * 12)


def at_home(home: Household, **car: Any) -> Household:
    home.prices(MIDNIGHT - 3 * HOUR, *PRICES)
    home.schedule(common={"notify": [APP, WALL]}, **car)
    return home


def shown(home: Household, subject: str) -> Mapping[str, Any]:
    """The newest notification on that subject that is on the phone."""
    tag = f"smart_charging_{home.point_id}_{subject}"
    on_phone = [data for action, data in home.hass.calls if action == APP]
    return [data for data in on_phone if data["data"]["tag"] == tag][-1]


def labels(home: Household, subject: str) -> list[str]:
    return [action["title"] for action in shown(home, subject)["data"].get("actions", [])]


def key_of(home: Household, subject: str, label: str) -> str:
    keys: dict[str, str] = {one["title"]: one["action"] for one in shown(home, subject)["data"]["actions"]}
    return keys[label]


async def press(home: Household, key: str) -> str:
    """Press a button, and let the apps obey; the answer on the phone."""
    assert home.scheduling
    await home.scheduling.press(key)
    await home.live(minutes=3)
    answer: str = shown(home, "answer")["message"]
    return answer


@given(st.sampled_from(Button), st.text(min_size=1), st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001
def test_a_key_tells_button_charger_and_session(button: Button, charger_key: str, at: datetime) -> None:
    one = Press(button=button, charger_key=charger_key, plugged_in_at=at.replace(tzinfo=UTC))

    assert Press.of(one.key) == one


@pytest.mark.parametrize(
    "key", [None, 7, "", "URI", "smart_charging/charge_now/7", "smart_charging/open/x/7", "alarm/charge_now/x/7"]
)
async def test_a_button_of_somebody_else_is_left_to_them(home: Household, key: Any) -> None:
    assert Press.of(key) is None


async def test_only_the_companion_app_is_given_buttons_and_tags(home: Household) -> None:
    at_home(home).plug_in()

    await home.live(minutes=5)

    (on_wall,) = [data for action, data in home.hass.calls if action == WALL]
    assert labels(home, "plan") == ["Charge now", "Skip tonight"]
    assert on_wall == {"title": "Garage", "message": shown(home, "plan")["message"]}


async def test_what_is_written_for_the_app_stands_beside_the_buttons_or_replaces_ours(home: Household) -> None:
    written = {"action": APP, "data": {"data": {"tag": "car", "ttl": 0}}}
    home.schedule(common={"notify": written})
    home.plug_in()

    await home.live(minutes=5)

    ((_, sent),) = home.hass.calls
    assert sent["data"].keys() == {"tag", "group", "actions", "ttl"}
    assert (sent["data"]["tag"], sent["data"]["ttl"]) == ("car", 0)


@pytest.mark.parametrize(
    ("written", "has_buttons"),
    [
        ({"action": APP}, True),
        ({"action": APP, "buttons": False}, False),
        ({"action": "notify.family", "buttons": True}, True),
        ({"action": "notify.persistent_notification"}, False),
    ],
)
def test_whether_an_action_takes_buttons_can_be_said(written: dict[str, Any], *, has_buttons: bool) -> None:
    assert parse(NotifySettings, written).has_buttons is has_buttons


def test_buttons_for_an_action_that_takes_no_data_are_refused_with_what_to_write() -> None:
    with pytest.raises(ConfigError, match="write the phone's own action"):
        parse(NotifySettings, {"action": "notify.send_message", "buttons": True})


async def test_charge_now_charges_at_once_and_the_next_session_goes_by_plan_again(home: Household) -> None:
    at_home(home).plug_in()
    await home.live(minutes=5)
    assert home.state("plan") == "waiting"

    answer = await press(home, key_of(home, "plan", "Charge now"))

    assert "at once" in answer
    assert (home.state("plan"), home.attributes("plan")["mode"]) == ("charging", "now")
    home.unplug()
    await home.live(minutes=5)
    home.plug_in()
    await home.live(minutes=5)
    assert (home.state("plan"), home.attributes("plan")["mode"]) == ("waiting", "smart")


async def test_skip_tonight_starts_nothing_until_the_departure_and_then_goes_by_plan_again(home: Household) -> None:
    at_home(home).plug_in()
    await home.live(minutes=5)

    answer = await press(home, key_of(home, "plan", "Skip tonight"))
    home.clock.advance(hours=5, minutes=30)
    await home.live(minutes=5)

    assert "Sat 07:00 has passed" in answer
    assert (home.state("plan"), home.starts) == ("skipped", 0)
    assert home.attributes("plan")["sentence"].startswith("Skipped, as a person asked: nothing is charged until")
    home.clock.advance(hours=4, minutes=30)
    await home.live(minutes=2)
    assert home.state("plan") == "waiting"


async def test_the_minimum_is_charged_even_so(home: Household) -> None:
    at_home(home, energy_kwh=22, minimum_kwh=2).plug_in()
    await home.live(minutes=5)

    await press(home, key_of(home, "plan", "Skip tonight"))
    reason = home.attributes("plan")["reason"]
    await home.live(minutes=15)

    assert reason == "only the minimum, as this time is skipped"
    assert home.delivered_kwh == pytest.approx(2, abs=0.2)
    assert home.state("plan") == "skipped"


@pytest.mark.parametrize(("mode", "state"), [("smart", "waiting"), ("now", "charging"), ("off", "off")])
async def test_a_skipped_night_is_undone_by_choosing_a_mode(home: Household, mode: str, state: str) -> None:
    at_home(home).plug_in()
    await home.live(minutes=5)
    await press(home, key_of(home, "plan", "Skip tonight"))

    await home.choose("mode", mode)
    await home.live(minutes=3)

    assert home.state("plan") == state


async def test_a_skipped_night_is_undone_by_charge_now(home: Household) -> None:
    at_home(home).plug_in()
    await home.live(minutes=5)
    charge_now = key_of(home, "plan", "Charge now")
    await press(home, key_of(home, "plan", "Skip tonight"))

    await press(home, charge_now)

    assert home.state("plan") == "charging"


async def test_a_start_by_hand_is_newer_than_a_skip_and_a_skip_newer_than_a_start_by_hand(home: Household) -> None:
    at_home(home).plug_in()
    await home.live(minutes=5)
    skip = key_of(home, "plan", "Skip tonight")
    await press(home, skip)

    await home.ha_commands.command("start", str(home.point_id))
    await home.live(minutes=10)
    by_hand = (home.state("plan"), home.state("switch.charging"))
    await press(home, skip)

    assert by_hand == ("manual", "on")
    assert (home.state("plan"), home.state("switch.charging")) == ("skipped", "off")


async def test_a_charge_that_a_person_stopped_keeps_going(home: Household) -> None:
    at_home(home, mode="now").plug_in()
    await home.live(minutes=10)
    await home.ha_commands.command("stop", str(home.point_id))
    await home.live(minutes=5)

    answer = await press(home, key_of(home, "stopped", "Keep going"))

    assert shown(home, "stopped")["message"].startswith("The charge was stopped by hand, with ")
    assert answer == "It is charged by plan again"
    assert home.state("plan") == "charging"


async def test_a_car_that_has_all_it_was_to_get_keeps_going(home: Household) -> None:
    at_home(home, mode="now", energy_kwh=1).plug_in()
    await home.live(minutes=15)
    keep_going = key_of(home, "done", "Keep going")

    answers = [await press(home, keep_going) for _ in range(2)]
    await home.live(minutes=10)

    assert answers == ["It goes on until the car is full or somebody stops it", "It is charging"]
    assert home.delivered_kwh > 2


async def test_a_button_pressed_twice_does_nothing_the_second_time(home: Household) -> None:
    at_home(home).plug_in()
    await home.live(minutes=5)
    keys = [key_of(home, "plan", label) for label in ("Charge now", "Skip tonight")]

    answers = [[await press(home, key), await press(home, key)][1] for key in keys]

    assert answers == ["It is charged at once already", "Nothing is charged already"]


@pytest.mark.parametrize("is_restarted", [False, True])
async def test_a_button_of_another_session_does_nothing_but_say_so(home: Household, *, is_restarted: bool) -> None:
    at_home(home).plug_in()
    await home.live(minutes=5)
    charge_now = key_of(home, "plan", "Charge now")
    home.unplug()
    await home.live(minutes=5)
    home.plug_in()
    await home.live(minutes=5)
    if is_restarted:
        await home.restart()
        at_home(home)
        await home.live(minutes=2)

    answer = await press(home, charge_now)

    assert answer == "That notification was about an earlier session; nothing is changed"
    assert (home.state("plan"), home.starts) == ("waiting", 0)


async def test_a_button_pressed_before_anything_is_known_after_a_restart_is_answered_so(home: Household) -> None:
    at_home(home).plug_in()
    await home.live(minutes=5)
    charge_now = key_of(home, "plan", "Charge now")

    await home.restart()
    at_home(home)
    first = await press(home, charge_now)
    second = await press(home, charge_now)

    assert "press again in a minute" in first
    assert "at once" in second
    assert home.state("plan") == "charging"


async def test_what_a_person_asked_for_once_holds_over_a_restart(home: Household) -> None:
    at_home(home).plug_in()
    await home.live(minutes=5)
    await press(home, key_of(home, "plan", "Skip tonight"))

    await home.restart()
    at_home(home)
    home.clock.advance(hours=5, minutes=30)
    await home.live(minutes=5)

    assert (home.state("plan"), home.starts) == ("skipped", 0)


async def test_a_button_for_a_charger_that_nobody_schedules_any_more_is_answered_so(home: Household) -> None:
    at_home(home).plug_in()
    await home.live(minutes=5)
    press_of = Press.of(key_of(home, "plan", "Charge now"))
    assert home.scheduling
    assert press_of

    await home.scheduling.press(replace(press_of, charger_key="999").key)
    await home.live(minutes=1)

    assert home.hass.calls[-1][1]["message"] == "No scheduler plans for 999 any more"
    assert home.starts == 0


async def test_a_button_for_a_charger_of_another_scheduler_is_answered_there(home: Household) -> None:
    at_home(home)
    home.commanded.schedulers["999"] = "another_scheduler"
    assert home.scheduling

    await home.scheduling.press(Press(button=Button.CHARGE_NOW, charger_key="999", plugged_in_at=MIDNIGHT).key)
    await home.live(minutes=1)

    assert home.hass.calls == []


def test_the_apps_hear_the_event_of_a_button(tmp_path: Path) -> None:
    async def play() -> str | None:
        monta = MontaStandIn(now=virtual_now)
        point_id = monta.add_charge_point("Garage")
        monta.plug_in(point_id, Car(wants_kwh=50))
        car = {"charge_point_id": point_id, "energy_kwh": 11, "ready_by": "07:00"}
        async with house_of(tmp_path, Line(monta), monta) as house:
            house.home.actions["notify/mobile_app_phone"] = lambda _data: None
            await house.start(
                {
                    "charging_monitor": {"base_url": BASE_URL},
                    "charging_control": {},
                    "charging_scheduler": {"chargers": [car], "fixed": 0.3, "price_currency": "EUR", "notify": APP},
                }
            )
            await asyncio.sleep(120)
            sent = next(data for action, data in house.home.calls if action == "notify/mobile_app_phone")
            skip = sent["data"]["actions"][-1]["action"]
            house.home.fire(PRESSED_EVENT, {"action": skip, "device_id": "phone"})
            await asyncio.sleep(60)
            return house.state("sensor.monta_garage_plan")

    assert run(play(), Clock(MIDNIGHT)) == "skipped"

"""A charger that accepts a stop and charges on."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from smart_charging.clouds.monta.stand_in.habits import Habits
from worlds.household import Household

PHONE = {"notify": [{"action": "notify.phone", "about": ["stuck"]}]}


@pytest.fixture
def deaf(home: Household, monkeypatch: pytest.MonkeyPatch) -> Household:
    monkeypatch.setattr(home.monta.site, "stop", lambda charge, *, reason: charge)
    return home


async def told_to_stop(home: Household) -> None:
    """The plan has come to the end of its cheap hour."""
    home.prices(home.clock.at - timedelta(minutes=20), 0.1, *[2.5] * 6, *[0.2] * 6)
    home.schedule(energy_kwh=33, common=PHONE)
    home.plug_in(wants_kwh=80)
    while not home.stops:
        await home.live(minutes=1)


def messages(home: Household) -> Sequence[str]:
    return [data["message"] for action, data in home.hass.calls if action == "notify.phone"]


async def test_a_stop_that_is_not_obeyed_is_said_by_plan_and_phone_and_tried_again(deaf: Household) -> None:
    await told_to_stop(deaf)
    at = deaf.clock.at.astimezone(deaf.zone)
    await deaf.live(minutes=1)
    at_once = deaf.state("plan"), deaf.state("switch.charging"), messages(deaf)

    await deaf.live(minutes=44)

    assert at_once == ("waiting", "off", [])
    assert deaf.state("plan") == "stuck"
    assert deaf.attributes("plan")["reason"].startswith(f"told to stop at {at:%H:}")
    assert 10 <= deaf.stops <= 20
    assert len(messages(deaf)) == 1
    assert "it charges on" in messages(deaf)[0]


async def test_the_switch_stays_on_while_a_stop_is_tried_again_and_again(deaf: Household) -> None:
    await told_to_stop(deaf)
    await deaf.live(minutes=5)
    before = len(deaf.hass.history)

    await deaf.live(minutes=30)

    shown = [state for entity_id, state in deaf.hass.history[before:] if entity_id == "switch.monta_garage_charging"]
    assert deaf.state("switch.charging") == "on"
    assert "off" not in shown


async def test_a_stop_that_is_tried_again_is_logged_once(deaf: Household, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    await told_to_stop(deaf)

    await deaf.live(minutes=45)

    said = [record.getMessage() for record in caplog.records]
    assert said.count("Garage: stopped by plan") == 1
    assert said.count("Garage: the charger did not stop within 3 minutes") == 1


async def test_all_is_well_again_once_the_charger_obeys(home: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(home.monta.site, "stop", lambda charge, *, reason: charge)
        await told_to_stop(home)
        await home.live(minutes=20)

    await home.live(minutes=5)

    assert (home.state("plan"), home.state("switch.charging")) == ("waiting", "off")
    assert "reason" not in home.attributes("plan")
    await home.live(hours=10)
    assert home.state("plan") == "done"


async def test_mode_off_says_so_too(deaf: Household) -> None:
    deaf.schedule(mode="now", energy_kwh=33, common=PHONE)
    deaf.plug_in()
    await deaf.live(minutes=10)

    await deaf.choose("mode", "off")
    await deaf.live(minutes=10)

    assert deaf.state("plan") == "stuck"
    assert len(messages(deaf)) == 1


async def test_a_stop_by_hand_that_is_not_obeyed_shows_on_again_and_toggles_off(deaf: Household) -> None:
    deaf.schedule(mode="now", energy_kwh=33)
    deaf.plug_in()
    await deaf.live(minutes=10)
    toggle = {"service": "toggle", "service_data": {"entity_id": "switch.monta_garage_charging"}}

    await deaf.ha_commands.switched(toggle)
    shown = deaf.state("switch.charging")
    await deaf.live(minutes=5)
    await deaf.ha_commands.switched(toggle)

    assert (shown, deaf.state("switch.charging"), deaf.stops) == ("off", "on", 2)


async def test_a_limit_that_is_reached_and_not_obeyed_is_logged_once(
    deaf: Household, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    deaf.plug_in()
    await deaf.live(minutes=2)

    await deaf.ha_commands.command("start", deaf.point_id, limit_kwh=1.5)
    await deaf.live(minutes=40)

    said = [record.getMessage() for record in caplog.records]
    assert said.count("Garage: the limit of 1.5 kWh is reached, the charge is stopped") == 1
    assert deaf.stops > 5


async def test_a_slow_stop_that_late_lists_do_not_show_yet_is_no_disobedience(home: Household) -> None:
    home.monta.habits = Habits(list_lag=timedelta(seconds=210))
    home.monta.site.delays.stop = timedelta(seconds=130)
    await told_to_stop(home)

    await home.live(minutes=10)

    assert messages(home) == []
    assert (home.stops, home.state("switch.charging")) == (1, "off")

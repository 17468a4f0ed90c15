import asyncio
from datetime import timedelta

import pytest

from smart_charging.charger import Charge
from smart_charging.clouds.monta.cloud import MontaCloud
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta.stand_in.habits import Habits
from smart_charging.clouds.monta.stand_in.messages import Request, Response
from smart_charging.services.control.origins import Origin
from worlds.household import Household
from worlds.virtual_time import Clock


@pytest.fixture
async def home(monta: MontaStandIn, cloud: MontaCloud, clock: Clock) -> Household:
    home = Household(monta, cloud, clock)
    await home.live(seconds=2)
    return home


async def plugged_in(home: Household) -> None:
    home.plug_in()
    await home.live(minutes=2)


async def test_a_start_is_shown_as_pending_until_energy_flows(home: Household) -> None:
    await plugged_in(home)

    answer = await home.ha_commands.command("start", home.point_id)

    assert (answer["ok"], answer["state"]) == (True, "starting")
    assert (home.state("switch.charging"), home.attributes("switch.charging")["pending"]) == ("on", "true")
    await home.live(seconds=40)
    assert (home.state("switch.charging"), home.attributes("switch.charging")["pending"]) == ("on", "false")
    assert home.state("state") == "charging"


async def test_a_stop_finds_the_active_charge(home: Household) -> None:
    await plugged_in(home)
    charge_id = home.monta.start_by_hand(home.point_id)
    await home.live(minutes=2)

    answer = await home.ha_commands.command("stop", home.point_id)

    assert (answer["ok"], answer["charge_id"]) == (True, str(charge_id))
    await home.live(minutes=1)
    assert (home.state("switch.charging"), home.state("last_charge")) == ("off", "stopped")


async def test_the_id_of_an_answer_is_text_of_all_its_digits(home: Household) -> None:
    await plugged_in(home)

    answer = await home.ha_commands.command("start", home.point_id)

    assert isinstance(answer["charge_id"], str)
    assert len(answer["charge_id"]) == 18


async def test_starting_what_runs_and_stopping_what_does_not_change_nothing(home: Household) -> None:
    await plugged_in(home)
    home.monta.start_by_hand(home.point_id)
    await home.live(minutes=2)

    started = await home.ha_commands.command("start", home.point_id)
    home.monta.stop_by_hand(home.point_id)
    await home.live(minutes=2)
    stopped = await home.ha_commands.command("stop", home.point_id)

    assert (started["ok"], stopped["ok"]) == (True, True)
    assert home.monta.sent("charges", "POST") == []


async def test_two_starts_at_once_start_one_charge(home: Household) -> None:
    await plugged_in(home)

    answers = await asyncio.gather(*(home.ha_commands.command("start", home.point_id) for _ in range(3)))

    assert len({answer["charge_id"] for answer in answers}) == 1
    assert len(home.monta.sent("charges", "POST")) == 1


async def test_a_start_and_a_stop_right_after_it_end_in_a_stop(home: Household) -> None:
    await plugged_in(home)

    await home.ha_commands.command("start", home.point_id)
    await home.ha_commands.command("stop", home.point_id)
    await home.live(minutes=4)

    assert home.state("switch.charging") == "off"
    assert home.state("last_charge") == "stopped"


@pytest.mark.parametrize(
    ("command", "point", "words"),
    [
        pytest.param("start", None, "has no cable plugged in", id="no-cable"),
        pytest.param("start", "99", "no charge point 99 in this account; there is 410001 (Garage)", id="unknown"),
        pytest.param("fly", None, "command 'fly' is not known; write one of start, stop", id="command"),
    ],
)
async def test_what_cannot_be_done_is_refused_in_words(
    home: Household, command: str, point: str | None, words: str
) -> None:
    answer = await home.ha_commands.command(command, point or home.point_id)

    assert answer["ok"] is False
    assert words in answer["error"]


@pytest.mark.parametrize("nothing", [None, [], {}, True], ids=repr)
async def test_a_missing_charge_point_is_asked_for(home: Household, nothing: object) -> None:
    answer = await home.ha_commands.command("start", nothing)

    assert answer["ok"] is False
    assert "charge_point_id is missing" in answer["error"]


async def test_a_number_selector_may_send_a_float(home: Household) -> None:
    await plugged_in(home)

    answer = await home.ha_commands.command("start", float(home.point_id))

    assert answer["ok"] is True


@pytest.mark.parametrize(
    ("state", "words"),
    [
        pytest.param("error", "reports a fault", id="fault"),
        pytest.param("disconnected", "lost its connection", id="offline"),
        pytest.param("maintenance", "out of service", id="maintenance"),
    ],
)
async def test_a_charger_out_of_order_is_not_started(home: Household, state: str, words: str) -> None:
    home.monta.site.points[home.point_id].state_override = state
    await plugged_in(home)

    answer = await home.ha_commands.command("start", home.point_id)

    assert words in answer["error"]
    assert home.monta.sent("charges", "POST") == []


async def test_a_start_whose_answer_was_lost_is_found_and_not_repeated(home: Household) -> None:
    await plugged_in(home)
    home.monta.fail_next(Failure.CUT_AFTER_ACTING, "charges", method="POST")

    answer = await home.ha_commands.command("start", home.point_id)

    assert answer["ok"] is True
    assert len(home.monta.site.charges) == 1
    assert len(home.monta.sent("charges", "POST")) == 1


async def test_a_start_whose_sender_was_cancelled_is_looked_for_before_the_next(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    await plugged_in(home)
    respond, carried_out = home.monta.respond, asyncio.Event()

    async def and_hang(request: Request) -> Response:
        response = await respond(request)
        if request.method == "POST" and not carried_out.is_set():
            carried_out.set()
            await asyncio.Event().wait()
        return response

    monkeypatch.setattr(home.monta, "respond", and_hang)
    sender = asyncio.create_task(home.ha_commands.command("start", home.point_id))
    await carried_out.wait()
    sender.cancel()

    answer = await home.ha_commands.command("start", home.point_id)

    assert answer["ok"] is True
    assert len(home.monta.sent("charges", "POST")) == 1


async def test_a_start_the_cloud_never_saw_is_reported(home: Household) -> None:
    await plugged_in(home)
    home.monta.fail_next(Failure.CUT, "charges", method="POST")

    answer = await home.ha_commands.command("start", home.point_id)

    assert answer["ok"] is False
    assert home.state("switch.charging") == "off"


async def test_after_a_lost_answer_and_a_lost_read_the_next_start_reads_first(home: Household) -> None:
    await plugged_in(home)
    home.monta.fail_next(Failure.CUT_AFTER_ACTING, "charges", method="POST")
    home.monta.fail_next(Failure.CUT, "charge-points")
    first = await home.ha_commands.command("start", home.point_id)

    second = await home.ha_commands.command("start", home.point_id)

    assert (first["ok"], second["ok"]) == (False, True)
    assert len(home.monta.site.charges) == 1


async def test_after_a_lost_answer_and_a_read_too_soon_to_show_it_the_next_start_reads_first(home: Household) -> None:
    await plugged_in(home)
    home.monta.habits = Habits(list_lag=timedelta(seconds=45))
    home.monta.fail_next(Failure.CUT_AFTER_ACTING, "charges", method="POST")
    first = await home.ha_commands.command("start", home.point_id)
    home.clock.leap(home.clock.at + timedelta(seconds=50))

    second = await home.ha_commands.command("start", home.point_id)

    assert (first["ok"], second["ok"]) == (False, True)
    assert len(home.monta.sent("charges", "POST")) == 1


async def test_a_command_that_is_not_confirmed_is_given_up_and_said_once(
    home: Household, caplog: pytest.LogCaptureFixture
) -> None:
    await plugged_in(home)
    home.monta.site.delays.start = home.monta.site.delays.start * 1000
    await home.ha_commands.command("start", home.point_id)

    await home.live(minutes=10)

    assert home.attributes("switch.charging")["pending"] == "false"
    assert len([line for line in caplog.messages if "did not begin to charge within 3 minutes" in line]) == 1


async def test_pulling_the_cable_ends_the_command(home: Household) -> None:
    await plugged_in(home)
    await home.ha_commands.command("start", home.point_id)

    home.unplug()
    await home.live(minutes=1)

    assert (home.state("switch.charging"), home.attributes("switch.charging")["pending"]) == ("off", "false")


@pytest.mark.parametrize(
    ("entity_ids", "service", "shown"),
    [
        pytest.param("switch.monta_garage_charging", "turn_on", "on", id="text"),
        pytest.param(["light.hall", "switch.monta_garage_charging"], "turn_on", "on", id="list"),
        pytest.param("switch.monta_garage_charging", "toggle", "on", id="toggle"),
        pytest.param("switch.monta_garage_charging", "turn_off", "off", id="off"),
        pytest.param("switch.somebody_elses", "turn_on", "off", id="not-ours"),
    ],
)
async def test_the_switch_obeys_calls_that_name_it(
    home: Household, entity_ids: object, service: str, shown: str
) -> None:
    await plugged_in(home)

    await home.ha_commands.switched({"domain": "switch", "service": service, "service_data": {"entity_id": entity_ids}})

    assert home.state("switch.charging") == shown


async def test_ten_presses_at_once_end_in_the_last_command_with_at_most_one_request_more_than_needed(
    home: Household,
) -> None:
    await plugged_in(home)
    commands = ["start", "stop"] * 5

    await asyncio.gather(*(home.ha_commands.command(command, home.point_id) for command in commands))
    await home.live(minutes=4)

    assert home.state("switch.charging") == "off"
    assert len(home.monta.sent("charges", "POST")) <= 2


async def test_the_switch_shows_the_command_before_the_cloud_has_answered(home: Household) -> None:
    await plugged_in(home)
    home.monta.fail_next(Failure.HANG, "charges", method="POST")

    start = asyncio.create_task(home.ha_commands.command("start", home.point_id))
    for _ in range(5):
        await asyncio.sleep(0)

    assert (home.state("switch.charging"), home.attributes("switch.charging")["pending"]) == ("on", "true")
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start


async def test_a_person_who_waits_is_not_overtaken_by_the_scheduler(home: Household) -> None:
    await plugged_in(home)
    commands = [
        home.control.start(str(home.point_id), origin=Origin.US),
        home.control.stop(str(home.point_id), origin=Origin.PERSON),
        home.control.start(str(home.point_id), origin=Origin.US),
    ]

    results = await asyncio.gather(*commands)

    assert [result.ok for result in results] == [True, True, False]
    assert not home.control.is_on(home.polling.chargers[str(home.point_id)])


async def test_a_command_is_confirmed_by_reading_the_charge_itself(home: Household) -> None:
    await plugged_in(home)
    await home.ha_commands.command("start", home.point_id)
    looks = []

    for _ in range(4):
        rest = await home.control.beat()
        home.clock.at += min(rest, timedelta(minutes=5))
        looks.append((home.attributes("switch.charging")["pending"], len(home.monta.sent("charges/", "GET"))))

    assert looks == [("true", 0), ("true", 1), ("false", 2), ("false", 2)]  # after 5 s and after 15 s
    assert home.state("switch.charging") == "on"


async def test_who_started_a_charge_is_shown(home: Household) -> None:
    await plugged_in(home)
    idle = home.attributes("switch.charging")
    await home.ha_commands.command("start", home.point_id)
    by_switch = home.attributes("switch.charging")["started_by"]
    await home.ha_commands.command("stop", home.point_id)
    await home.live(minutes=1)
    home.monta.start_by_hand(home.point_id)
    await home.live(minutes=1)
    by_card = home.attributes("switch.charging")["started_by"]

    assert "started_by" not in idle
    assert (by_switch, by_card) == ("person", "other")


async def test_a_start_whose_answer_a_restart_swallowed_is_known_as_ours(home: Household) -> None:
    await plugged_in(home)
    home.monta.fail_next(Failure.CUT_AFTER_ACTING, "charges", method="POST")
    home.monta.fail_next(Failure.CUT, "charge-points")
    await home.control.start(str(home.point_id), origin=Origin.US)

    await home.restart()
    await home.live(minutes=1)

    assert home.attributes("switch.charging")["started_by"] == "us"
    assert len(home.monta.site.charges) == 1


async def test_a_charge_somebody_starts_long_after_a_lost_start_is_not_ours(home: Household) -> None:
    await plugged_in(home)
    home.monta.fail_next(Failure.CUT, "charges", method="POST")
    await home.control.start(str(home.point_id), origin=Origin.US)
    await home.live(minutes=10)

    home.monta.start_by_hand(home.point_id)
    await home.live(minutes=1)

    assert home.attributes("switch.charging")["started_by"] == "other"


async def test_a_press_before_the_first_read_is_not_lost(home: Household) -> None:
    home.plug_in()
    await home.restart()

    errors = await home.ha_commands.switched(
        {"service": "turn_on", "service_data": {"entity_id": "switch.monta_garage_charging"}}
    )

    assert errors == []
    assert len(home.monta.sent("charges", "POST")) == 1


async def test_a_press_in_vain_says_why(home: Household) -> None:
    errors = await home.ha_commands.switched(
        {"service": "turn_on", "service_data": {"entity_id": "switch.monta_garage_charging"}}
    )

    assert errors == ["Garage has no cable plugged in; plug it in first"]


async def test_presses_spread_over_two_seconds_are_two_requests_and_end_in_the_last_command(home: Household) -> None:
    await plugged_in(home)
    presses = []

    for command in ["start", "stop"] * 5:
        presses.append(asyncio.create_task(home.ha_commands.command(command, home.point_id)))
        await home.clock.sleep(0.2)
    await asyncio.gather(*presses)
    await home.live(minutes=4)

    assert home.state("switch.charging") == "off"
    assert len(home.monta.sent("charges", "POST")) == 2


async def test_a_look_at_an_older_commands_charge_leaves_the_newer_command_alone(home: Household) -> None:
    home.plug_in()
    await home.live(minutes=2)
    await home.control.start(str(home.point_id), origin=Origin.PERSON)
    charge = home.control._hub.charges.charge

    async def slow(charger_id: str, charge_id: str) -> Charge | None:
        """The look is under way while a person changes their mind."""
        seen = await charge(charger_id, charge_id)
        home.control._hub.charges.charge = charge  # type: ignore[method-assign]
        await home.control.stop(str(home.point_id), origin=Origin.PERSON)
        return seen

    home.control._hub.charges.charge = slow  # type: ignore[method-assign]
    home.clock.advance(seconds=12)
    await home.control.beat()

    assert home.state("switch.charging") == "off"
    assert home.attributes("switch.charging")["pending"] == "true"


async def test_a_command_to_a_charger_that_leaves_the_account_is_forgotten(
    home: Household, caplog: pytest.LogCaptureFixture
) -> None:
    home.plug_in()
    await home.live(minutes=2)
    await home.control.start(str(home.point_id), origin=Origin.PERSON)
    point = home.monta.site.points.pop(home.point_id)

    await home.live(minutes=10)
    home.monta.site.points[home.point_id] = point
    await home.live(minutes=2)

    assert [record for record in caplog.records if record.exc_info or "did not" in record.getMessage()] == []

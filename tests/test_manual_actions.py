"""Who ended a charge of the scheduler's, and what is reported to its listeners."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from smart_charging.charger import Charger
from smart_charging.clouds.monta.cloud import MontaCloud
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta.stand_in.habits import Habits, Words
from smart_charging.services.control.origins import Origin
from worlds.household import Household
from worlds.virtual_time import Clock

SWITCH = "switch.monta_garage_charging"


@pytest.fixture
async def home(monta: MontaStandIn, cloud: MontaCloud, clock: Clock) -> Household:
    home = Household(monta, cloud, clock)
    await home.live(seconds=2)
    return home


async def plugged_in(home: Household, *, wants_kwh: float = 60.0) -> None:
    home.plug_in(wants_kwh=wants_kwh)
    await home.live(minutes=2)


def manual_actions_of(home: Household) -> list[str]:
    """What people do to the charger from now on, as it is reported to listeners."""
    told: list[str] = []

    async def listener(charger_id: str, reason: str) -> None:
        assert charger_id == str(home.point_id)
        told.append(reason)

    home.control.manual_actions.on_manual_action(listener)
    return told


async def charging(home: Household, *, wants_kwh: float = 60.0) -> list[str]:
    """A charge of the scheduler's has run for ten minutes; what people do from then on."""
    await plugged_in(home, wants_kwh=wants_kwh)
    told = manual_actions_of(home)
    await home.control.start(str(home.point_id), origin=Origin.US)
    await home.live(minutes=10)
    return told


def garage(home: Household) -> Charger:
    return home.polling.chargers[str(home.point_id)]


async def test_only_a_persons_command_is_reported_as_a_manual_action(home: Household) -> None:
    await plugged_in(home)
    told = manual_actions_of(home)

    await home.control.start(str(home.point_id), origin=Origin.US)
    await home.control.stop(str(home.point_id), origin=Origin.PERSON)
    await home.live(minutes=2)

    assert told == ["stopped by hand"]


async def test_a_charge_of_ours_that_is_stopped_in_montas_app_is_a_manual_action_reported_once(home: Household) -> None:
    told = await charging(home)

    home.monta.stop_by_hand(home.point_id)
    await home.live(minutes=10)

    assert told == ["stopped elsewhere"]


async def test_our_own_stop_is_nobody_elses(home: Household) -> None:
    told = await charging(home)

    await home.control.stop(str(home.point_id), origin=Origin.US)
    await home.live(minutes=10)

    assert home.state("last_charge") == "stopped"
    assert told == []


async def test_a_charge_somebody_else_began_and_ended_is_no_news(home: Household) -> None:
    await plugged_in(home)
    told = manual_actions_of(home)
    home.monta.start_by_hand(home.point_id)
    await home.live(minutes=10)

    home.monta.stop_by_hand(home.point_id)
    await home.live(minutes=10)

    assert told == []


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("Local", ["stopped at the charger"]),
        ("EmergencyStop", ["stopped with the charger's emergency button"]),
        ("UnlockCommand", ["stopped to unlock the cable"]),
        ("Remote", ["stopped elsewhere"]),
        ("stopped_by_user", ["stopped elsewhere"]),
        ("api", ["stopped elsewhere"]),
        ("a word of the future", ["stopped elsewhere"]),
        (None, ["stopped elsewhere"]),
        ("PowerLoss", []),
        ("POWER_LOSS", []),
        ("Reboot", []),
        ("HardReset", []),
        ("SoftReset", []),
        ("DeAuthorized", []),
        ("Other", []),
        ("EVDisconnected", []),
        ("ChargePointPowerLoss", []),
        ("charge-point: hard reset", []),
        ("chargepoint_other", []),
        ("CHARGER.DE_AUTHORIZED", []),
        ("ChargePointLocal", ["stopped at the charger"]),
        ("chargePoint/emergency-stop", ["stopped with the charger's emergency button"]),
        ("Charge Point Unlock Command", ["stopped to unlock the cable"]),
        ("ChargePointStoppedByUser", ["stopped elsewhere"]),
        ("ChargePointRemote", ["stopped elsewhere"]),
        ("ChargePoint", ["stopped elsewhere"]),
        ("RemoteStop", ["stopped elsewhere"]),
        ("MasterPass", ["stopped at the charger with a master card"]),
        ("StopAuthorized", ["stopped at the charger"]),
        ("EnergyLimitReached", []),
        ("SOCLimitReached", []),
        ("time_limit_reached", []),
        ("ReqEnergyTransferRejected", []),
        ("LocalOutOfCredit", []),
        ("PowerQuality", []),
        ("StoppedByEV", []),
        ("Timeout", []),
        ("ImmediateReset", []),
        ("GroundFault", []),
        ("ConnectorLockFailure", []),
    ],
    ids=str,
)
async def test_the_reason_tells_people_from_trouble(home: Household, reason: str | None, expected: list[str]) -> None:
    told = await charging(home)

    home.monta.break_off(home.point_id, reason)
    await home.live(minutes=5)

    assert told == expected


async def test_a_full_car_is_nobodys_stop(home: Household) -> None:
    told = await charging(home, wants_kwh=1)

    home.monta.break_off(home.point_id, reason=None)
    await home.live(minutes=5)

    assert told == []


async def test_a_pulled_cable_is_nobodys_stop_also_once_it_is_back(home: Household) -> None:
    told = await charging(home)

    home.unplug()
    await home.live(minutes=5)
    home.plug_in()
    await home.live(minutes=5)

    assert told == []


async def test_a_charge_that_fails_is_nobodys_stop(home: Household) -> None:
    home.monta.site.points[home.point_id].fails_with = "ConnectorLockFailure"

    told = await charging(home)

    assert home.state("last_charge") in {"stopped", "completed"}
    assert told == []


async def test_a_charge_that_ends_at_once_without_energy_is_trouble(home: Household) -> None:
    home.monta.site.delays.start = timedelta(minutes=1)
    await plugged_in(home)
    told = manual_actions_of(home)
    await home.control.start(str(home.point_id), origin=Origin.US)
    await home.live(seconds=30)

    home.monta.break_off(home.point_id, reason=None)
    await home.live(minutes=5)

    assert told == []


async def test_a_charge_that_ended_without_a_word_as_its_charger_went_offline_is_trouble(home: Household) -> None:
    told = await charging(home)

    home.monta.site.points[home.point_id].state_override = "disconnected"
    home.monta.break_off(home.point_id, reason=None)
    await home.live(minutes=5)

    assert told == []


async def test_a_stop_that_waits_for_its_charger_is_ours_however_the_cloud_calls_that(home: Household) -> None:
    home.monta.habits = Habits(states=Words.OCPP_16, reasons=Words.OCPP_16)
    told = await charging(home)
    home.monta.lose(home.point_id)
    await home.control.stop(str(home.point_id), origin=Origin.US)
    await home.live(minutes=50)

    home.monta.find(home.point_id)
    await home.live(minutes=5)

    assert (home.state("last_charge"), told) == ("stopped", [])
    assert float(home.state("session_energy")) == pytest.approx(home.delivered_kwh, abs=0.1)


async def test_a_stop_elsewhere_after_a_restart_is_a_persons(home: Household) -> None:
    await charging(home)
    await home.restart()
    told = manual_actions_of(home)

    home.monta.stop_by_hand(home.point_id)
    await home.live(minutes=5)

    assert told == ["stopped elsewhere"]


@pytest.mark.parametrize(("reason", "expected"), [("StoppedByUser", ["stopped elsewhere"]), ("PowerLoss", [])])
async def test_what_ended_a_charge_while_we_were_down_is_found_out(
    home: Household, reason: str, expected: list[str]
) -> None:
    await charging(home)
    home.monta.break_off(home.point_id, reason)
    home.clock.advance(hours=2)

    await home.restart()
    told = manual_actions_of(home)
    await home.live(minutes=5)

    assert told == expected


async def test_what_was_reported_before_a_restart_is_not_reported_again(home: Household) -> None:
    await charging(home)
    home.monta.stop_by_hand(home.point_id)
    await home.live(minutes=5)

    await home.restart()
    told = manual_actions_of(home)
    await home.live(minutes=5)

    assert told == []


async def test_a_charge_that_was_followed_by_another_persons_while_we_were_down_has_ended_by_hand(
    home: Household,
) -> None:
    await charging(home)
    home.monta.stop_by_hand(home.point_id)
    home.clock.advance(minutes=5)
    home.monta.start_by_hand(home.point_id)
    charge = home.monta.charge_of(home.point_id)
    assert charge
    charge.cable_plugged_in_at = None

    await home.restart()
    told = manual_actions_of(home)
    await home.live(minutes=5)

    assert told == ["stopped elsewhere"]


async def test_a_manual_stop_waits_for_a_listener(home: Household) -> None:
    await charging(home)
    await home.restart()
    home.monta.stop_by_hand(home.point_id)
    await home.live(minutes=5)

    told = manual_actions_of(home)
    await home.live(minutes=5)

    assert told == ["stopped elsewhere"]


async def test_a_cable_pulled_and_put_in_again_long_after_a_stop_while_we_were_down_is_not_manual(
    home: Household,
) -> None:
    await charging(home)
    home.monta.stop_by_hand(home.point_id)
    home.clock.advance(hours=10)
    home.unplug()
    home.clock.advance(hours=5)
    home.plug_in()

    await home.restart()
    told = manual_actions_of(home)
    await home.live(minutes=5)

    assert told == []


@pytest.mark.parametrize(("origin", "expected"), [(Origin.US, []), (Origin.PERSON, ["stopped by hand"])])
async def test_a_stop_we_sent_before_we_were_killed_is_known_as_what_it_was(
    home: Household, origin: Origin, expected: list[str]
) -> None:
    await charging(home)
    await killed_during_a_stop(home, origin)

    told = manual_actions_of(home)
    await home.live(minutes=5)

    assert home.state("last_charge") == "stopped"
    assert told == expected


async def killed_during_a_stop(home: Household, origin: Origin) -> None:
    """The cloud obeys the stop, and we are gone before its answer is there."""
    home.monta.fail_next(Failure.HANG, "charges/", method="POST")
    stop = asyncio.create_task(home.control.stop(str(home.point_id), origin=origin))
    for _ in range(10):
        await asyncio.sleep(0)
    assert home.monta.sent("charges/", "POST")
    home.monta.break_off(home.point_id, reason="api")
    stop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stop
    await home.restart()


async def test_a_stop_of_ours_that_never_arrived_does_not_hide_a_persons_later_one(home: Household) -> None:
    told = await charging(home)
    home.monta.fail_next(Failure.CUT, "charges/", method="POST")
    await home.control.stop(str(home.point_id), origin=Origin.US)
    await home.live(minutes=20)

    home.monta.stop_by_hand(home.point_id)
    await home.live(minutes=5)

    assert told == ["stopped elsewhere"]


async def test_a_persons_stop_whose_answer_was_lost_is_reported_once(home: Household) -> None:
    told = await charging(home)
    home.monta.fail_next(Failure.CUT_AFTER_ACTING, "charges/", method="POST")

    answer = await home.ha_commands.command("stop", home.point_id)
    await home.live(minutes=5)

    assert answer["ok"] is True
    assert told == ["stopped by hand"]


def slow_home(home: Household, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Let others go first while a read is kept or shown; set the first time, when nobody was told of it yet."""
    is_read = asyncio.Event()
    remember, set_state = home.hass.remember, home.hass.set_state

    async def remember_slowly(key: str, facts: Mapping[str, Any]) -> None:
        is_read.set()
        await asyncio.sleep(0)
        await remember(key, facts)

    async def set_state_slowly(entity_id: str, state: str, attributes: dict[str, Any]) -> None:
        is_read.set()
        await asyncio.sleep(0)
        await set_state(entity_id, state, attributes)

    monkeypatch.setattr(home.hass, "remember", remember_slowly)
    monkeypatch.setattr(home.hass, "set_state", set_state_slowly)  # for apps that start from now on
    return is_read


async def test_a_start_of_the_schedulers_comes_to_nothing_when_a_persons_stop_was_read_a_moment_ago(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_read = slow_home(home, monkeypatch)
    await home.restart()
    told = await charging(home)
    home.monta.break_off(home.point_id, reason="Local")
    is_read.clear()
    read = asyncio.create_task(home.polling.refresh())
    await asyncio.wait_for(is_read.wait(), timeout=1)  # the scheduler can see it, and nobody has told it yet
    known, result = list(told), await home.control.start(str(home.point_id), origin=Origin.US)
    await read

    assert (known, told) == ([], ["stopped at the charger"])
    assert result.error == "a person has decided about Garage meanwhile"


async def planned(home: Household) -> None:
    """The plan has waited for ten minutes and is in the middle of the first of its two hours."""
    home.prices(home.clock.at - timedelta(minutes=50), 2, 0.1, 0.2, *[1.0] * 11)
    home.schedule(energy_kwh=22)
    home.plug_in()
    await home.live(minutes=40)


async def test_the_plan_does_not_start_again_what_was_stopped_in_montas_app(home: Household) -> None:
    await planned(home)

    home.monta.stop_by_hand(home.point_id)
    await home.live(minutes=30)

    assert (home.state("plan"), home.attributes("plan")["reason"]) == ("manual", "stopped elsewhere")
    assert len(home.monta.sent("charges", "POST")) == 1


async def test_the_plan_goes_on_after_a_power_loss(home: Household) -> None:
    await planned(home)

    home.monta.break_off(home.point_id)
    await home.live(hours=2)

    assert home.state("plan") == "done"
    assert home.delivered_kwh == pytest.approx(22, abs=0.1)


@pytest.mark.parametrize("reason", ["ChargePointPowerLoss", "ChargePoint_Reboot", "SOCLimitReached"])
async def test_the_plan_goes_on_after_an_end_that_nobody_wished_however_it_is_written(
    home: Household, reason: str
) -> None:
    await planned(home)

    home.monta.break_off(home.point_id, reason)
    await home.live(minutes=5)
    is_back = home.state("switch.charging")
    await home.live(hours=2)

    assert is_back == "on"
    assert home.delivered_kwh == pytest.approx(22, abs=0.1)


async def test_the_plans_own_charge_is_known_in_the_middle_of_the_first_read_after_a_restart(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    await planned(home)
    is_read = slow_home(home, monkeypatch)
    await home.restart()
    home.schedule(energy_kwh=22)
    read = asyncio.create_task(home.polling.refresh())
    await asyncio.wait_for(is_read.wait(), timeout=1)
    assert home.scheduling

    await home.scheduling.beat()
    await read

    assert home.state("plan") == "charging"


async def test_a_stop_of_the_schedulers_that_was_decided_before_a_persons_start_is_dropped(home: Household) -> None:
    await plugged_in(home)
    manual_actions_of(home)

    _, ours = await asyncio.gather(
        home.control.start(str(home.point_id), origin=Origin.PERSON),
        home.control.stop(str(home.point_id), origin=Origin.US),
    )
    await home.live(minutes=2)

    assert ours.error == "a person has decided about Garage meanwhile"
    assert home.state("switch.charging") == "on"


async def test_current_may_flow_from_a_start_until_the_charge_is_seen_over(home: Household) -> None:
    await plugged_in(home)
    seen = [home.control.may_flow(garage(home))]
    await home.control.start(str(home.point_id), origin=Origin.US)
    seen.append(home.control.may_flow(garage(home)))
    await home.live(minutes=2)
    await home.control.stop(str(home.point_id), origin=Origin.US)
    await home.polling.refresh()
    seen.append(home.control.may_flow(garage(home)))
    await home.live(minutes=2)
    seen.append(home.control.may_flow(garage(home)))

    assert seen == [False, True, True, False]


async def test_current_may_flow_while_a_start_is_on_its_way(home: Household) -> None:
    await plugged_in(home)
    home.monta.fail_next(Failure.HANG, "charges", method="POST")

    start = asyncio.create_task(home.control.start(str(home.point_id), origin=Origin.US))
    await asyncio.sleep(0)
    may_flow = home.control.may_flow(garage(home))
    start.cancel()

    assert may_flow is True
    with pytest.raises(asyncio.CancelledError):
        await start


async def test_after_a_lost_answer_current_may_flow_until_a_read_works_and_the_start_cannot_come_any_more(
    home: Household,
) -> None:
    await plugged_in(home)
    home.monta.failures.outage = Failure.CUT
    await home.control.start(str(home.point_id), origin=Origin.US)
    await home.live(minutes=10)
    away = home.control.may_flow(garage(home))

    home.monta.failures.outage = None
    await home.live(minutes=5)

    assert (away, home.control.may_flow(garage(home))) == (True, False)


async def test_a_start_that_was_lost_together_with_us_still_counts_for_the_fuse(home: Household) -> None:
    await plugged_in(home)
    home.monta.fail_next(Failure.CUT, "charges", method="POST")
    await home.control.start(str(home.point_id), origin=Origin.US)

    await home.restart()
    await home.polling.refresh()

    assert home.control.may_flow(garage(home)) is True


@pytest.mark.parametrize(
    ("failure", "is_unreachable"),
    [
        (Failure.CUT, True),
        (Failure.SERVER_ERROR, True),
        (Failure.RATE_LIMITED, True),
        (Failure.FORBIDDEN, False),
        (Failure.ERROR_ENVELOPE, False),
    ],
)
async def test_a_cloud_that_cannot_be_reached_is_told_from_one_that_refuses(
    home: Household, failure: Failure, *, is_unreachable: bool
) -> None:
    await plugged_in(home)
    home.monta.fail_next(failure, "charges", method="POST")

    result = await home.control.start(str(home.point_id), origin=Origin.US)

    assert (result.ok, result.is_unreachable) == (False, is_unreachable)


async def test_a_press_that_a_newer_one_replaced_is_no_complaint(home: Household) -> None:
    await plugged_in(home)
    presses = [{"service": f"turn_{way}", "service_data": {"entity_id": SWITCH}} for way in ("on", "off", "on")]

    complaints = await asyncio.gather(*(home.ha_commands.switched(press) for press in presses))

    assert complaints == [[], [], []]


async def test_a_service_learns_that_its_command_was_replaced(home: Household) -> None:
    await plugged_in(home)

    answers = await asyncio.gather(
        *(home.ha_commands.command(word, home.point_id) for word in ("start", "stop", "start"))
    )

    assert [answer["error"] for answer in answers] == [None, "replaced by a newer command", None]

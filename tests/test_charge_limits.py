from datetime import datetime, timedelta

import pytest

from smart_charging.charger import Charge, Charger, ChargerState, ChargeState
from smart_charging.clouds.monta.cloud import MontaCloud
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.services.control.charge_limits import LIMITS, ChargeLimit, LimitedCharge, Verdict
from worlds.household import Household
from worlds.virtual_time import EVENING, Clock


@pytest.fixture
async def home(monta: MontaStandIn, cloud: MontaCloud, clock: Clock) -> Household:
    """A car at the charger that takes 11 kW."""
    home = Household(monta, cloud, clock)
    home.plug_in()
    await home.live(minutes=2)
    return home


async def test_a_charge_is_stopped_when_it_has_come_to_its_energy(home: Household) -> None:
    answer = await home.ha_commands.command("start", home.point_id, limit_kwh=5.5)

    await home.live(hours=2)

    assert answer["ok"] is True
    assert home.delivered_kwh == pytest.approx(5.5, abs=0.3)
    assert (home.state("switch.charging"), home.state("last_charge")) == ("off", "stopped")


async def test_a_charge_is_stopped_when_its_minutes_are_over(home: Household) -> None:
    await home.ha_commands.command("start", home.point_id, limit_minutes="30")

    await home.live(hours=2)

    assert home.delivered_kwh == pytest.approx(5.5, abs=0.1)


@pytest.mark.parametrize(("kwh", "minutes"), [(5.5, 120), (50, 30)], ids=["energy", "time"])
async def test_of_two_limits_the_first_that_is_reached_counts(home: Household, kwh: float, minutes: float) -> None:
    await home.ha_commands.command("start", home.point_id, limit_kwh=kwh, limit_minutes=minutes)

    await home.live(hours=3)

    assert home.delivered_kwh == pytest.approx(5.5, abs=0.3)


async def test_a_limit_outlives_a_restart(home: Household) -> None:
    await home.ha_commands.command("start", home.point_id, limit_kwh=5.5)
    await home.live(minutes=10)

    await home.restart()
    await home.live(hours=2)

    assert home.delivered_kwh == pytest.approx(5.5, abs=0.3)


async def test_a_limit_holds_when_we_end_before_the_start_is_answered(home: Household) -> None:
    await home.ha_commands.command("start", home.point_id, limit_kwh=5.5)
    remembered = home.hass.store[LIMITS][str(home.point_id)]
    home.hass.store[LIMITS] = {str(home.point_id): {k: v for k, v in remembered.items() if k != "charge_id"}}

    await home.restart()
    await home.live(hours=2)

    assert home.delivered_kwh == pytest.approx(5.5, abs=0.3)


async def test_a_limit_holds_when_the_cloud_is_away_right_after_the_start(home: Household) -> None:
    await home.ha_commands.command("start", home.point_id, limit_kwh=5.5)
    home.monta.fail_next(Failure.CUT, "charge-points", 12)
    await home.live(minutes=8)
    remembered = home.hass.store[LIMITS]

    await home.live(hours=2)

    assert set(remembered) == {str(home.point_id)}
    assert home.delivered_kwh == pytest.approx(5.5, abs=0.3)


async def test_a_limit_that_was_passed_during_a_restart_is_kept_at_the_first_read(home: Household) -> None:
    await home.ha_commands.command("start", home.point_id, limit_minutes=30)
    home.clock.advance(hours=1)

    await home.restart()
    await home.live(minutes=2)

    assert home.state("last_charge") == "stopped"


async def test_a_limit_ends_with_its_charge(home: Household) -> None:
    await home.ha_commands.command("start", home.point_id, limit_kwh=5.5)
    await home.live(minutes=10)
    await home.ha_commands.command("stop", home.point_id)
    await home.live(minutes=5)

    await home.ha_commands.command("start", home.point_id)
    await home.live(hours=2)

    assert home.state("state") == "charging"
    assert home.hass.store[LIMITS] == {}


async def test_a_start_of_what_runs_gives_it_the_limit(home: Household) -> None:
    home.monta.start_by_hand(home.point_id)
    await home.live(minutes=10)

    await home.ha_commands.command("start", home.point_id, limit_kwh=5.5)
    await home.live(hours=2)

    assert home.delivered_kwh == pytest.approx(5.5, abs=0.3)
    assert len(home.monta.site.charges) == 1


async def test_the_newest_limit_counts(home: Household) -> None:
    await home.ha_commands.command("start", home.point_id, limit_kwh=5.5)
    await home.live(minutes=10)

    await home.ha_commands.command("start", home.point_id, limit_kwh=11)
    await home.live(hours=2)

    assert home.delivered_kwh == pytest.approx(11, abs=0.3)


async def test_a_start_that_is_refused_leaves_no_limit(home: Household) -> None:
    home.unplug()
    await home.live(minutes=1)
    await home.ha_commands.command("start", home.point_id, limit_kwh=5.5)

    home.plug_in()
    await home.live(minutes=1)
    home.monta.start_by_hand(home.point_id)
    await home.live(hours=2)

    assert home.state("state") == "charging"


async def test_a_start_that_is_refused_leaves_the_limit_before_it(home: Household) -> None:
    await home.ha_commands.command("start", home.point_id, limit_kwh=5.5)
    await home.live(minutes=10)
    before = home.hass.store[LIMITS]
    home.monta.site.delays.stop = timedelta(hours=1)
    await home.ha_commands.command("stop", home.point_id)

    answer = await home.ha_commands.command("start", home.point_id, limit_kwh=11)

    assert "is still stopping its last charge" in answer["error"]
    assert home.hass.store[LIMITS] == before


async def test_a_stop_that_fails_is_told_once_and_tried_again(
    home: Household, caplog: pytest.LogCaptureFixture
) -> None:
    await home.ha_commands.command("start", home.point_id, limit_minutes=30)
    await home.live(minutes=29)
    for _ in range(3):
        home.monta.fail_next(Failure.SERVER_ERROR, "charges", method="POST")

    await home.live(minutes=10)

    assert home.state("last_charge") == "stopped"
    assert len([line for line in caplog.messages if "but the charge cannot be stopped" in line]) == 1
    assert len(home.monta.sent("charges", "POST")) == 5


async def test_a_charger_that_does_not_obey_is_not_asked_at_every_read(home: Household) -> None:
    await home.ha_commands.command("start", home.point_id, limit_minutes=30)
    await home.live(minutes=29)
    home.monta.site.delays.stop = home.monta.site.delays.stop * 1000

    await home.live(minutes=10)

    assert len(home.monta.sent("charges", "POST")) < 6


async def test_the_scheduler_does_not_begin_again_what_a_limit_has_ended(home: Household) -> None:
    home.prices(home.clock.at, *[1.0] * 12)
    home.schedule(energy_kwh=40)
    await home.ha_commands.command("start", home.point_id, limit_kwh=5.5)

    await home.live(hours=3)

    assert home.delivered_kwh == pytest.approx(5.5, abs=0.3)
    assert home.state("plan") == "manual"


def charger(state: ChargeState, created_at: datetime = EVENING) -> Charger:
    """Where a charge with 6 kWh stands."""
    charge = Charge(id="1", charger_id="410001", state=state, created_at=created_at, consumed_kwh=6.0)
    return Charger(
        id="410001",
        name="Garage",
        state=ChargerState.UNKNOWN,
        cloud_state=None,
        is_plugged_in=True,
        visibility="private",
        type="ac",
        charges=[charge],
    )


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        (ChargeState.CHARGING, Verdict.STOP),
        (ChargeState.PAUSED, Verdict.STOP),
        (ChargeState.STOPPING, Verdict.WAIT),
        (ChargeState.UNKNOWN, Verdict.WAIT),
        (ChargeState.STOPPED, Verdict.FORGET),
        (ChargeState.COMPLETED, Verdict.FORGET),
    ],
)
def test_a_limit_that_is_reached_stops_what_runs_and_ends_with_what_is_over(
    state: ChargeState, verdict: Verdict
) -> None:
    limited = LimitedCharge(limit=ChargeLimit(energy_kwh=5), asked_at=EVENING, charge_id="1")

    assert limited.verdict(charger(state), EVENING, EVENING) is verdict


@pytest.mark.parametrize(("minutes", "verdict"), [(2, Verdict.STOP), (4, Verdict.FORGET)])
def test_a_limit_whose_start_was_never_answered_takes_a_charge_of_that_time_only(
    minutes: int, verdict: Verdict
) -> None:
    limited = LimitedCharge(limit=ChargeLimit(energy_kwh=5), asked_at=EVENING)
    read_at = EVENING + timedelta(minutes=10)

    found = limited.verdict(charger(ChargeState.CHARGING, EVENING + timedelta(minutes=minutes)), read_at, read_at)

    assert found is verdict


async def test_a_limit_that_a_newer_start_has_brought_outlives_the_older_starts_end(home: Household) -> None:
    older = await home.limits.expect(str(home.point_id), ChargeLimit(energy_kwh=4.0))
    newer = await home.limits.expect(str(home.point_id), ChargeLimit(energy_kwh=9.0))

    await home.limits.failed(str(home.point_id), older)
    await home.limits.began(str(home.point_id), newer, "77")

    assert home.hass.store[LIMITS][str(home.point_id)]["energy_kwh"] == 9.0

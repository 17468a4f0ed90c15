from datetime import timedelta

import pytest

from smart_charging.clouds.monta.cloud import MontaCloud
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from worlds.household import Household
from worlds.slow_meter import report_every
from worlds.virtual_time import Clock

MINUTE = timedelta(minutes=1)


@pytest.fixture
def home(monta: MontaStandIn, cloud: MontaCloud, clock: Clock) -> Household:
    return Household(monta, cloud, clock)


async def charged(home: Household, **span: float) -> None:
    home.monta.start_by_hand(home.point_id)
    await home.live(**span)
    home.monta.stop_by_hand(home.point_id)
    await home.live(minutes=3)


async def test_power_is_what_the_meter_says_over_time_and_is_marked_as_an_estimate(home: Household) -> None:
    home.plug_in()
    home.monta.start_by_hand(home.point_id)

    await home.live(minutes=10)

    assert float(home.state("power")) == pytest.approx(11, abs=0.1)
    assert home.attributes("power")["is_estimate"] == "true"
    assert home.state("binary_sensor.charging") == "on"


async def test_power_is_zero_when_no_charge_runs(home: Household) -> None:
    home.plug_in()
    await home.live(minutes=1)
    before = home.state("power")
    await charged(home, minutes=10)

    assert (before, home.state("power")) == ("0.0", "0.0")


async def test_power_is_unknown_before_the_meters_first_report(home: Household) -> None:
    home.plug_in()
    await home.live(minutes=1)
    home.monta.start_by_hand(home.point_id)
    home.clock.advance(seconds=8)  # energy begins this very moment

    await home.polling.beat()

    assert (home.state("state"), home.state("power")) == ("charging", "unknown")


async def test_a_meter_that_reports_every_quarter_of_an_hour_shows_power_in_between(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    report_every(home, 15 * MINUTE, monkeypatch)
    home.plug_in()
    home.monta.start_by_hand(home.point_id)

    await home.live(minutes=44)

    assert float(home.state("power")) == pytest.approx(11, rel=0.05)


async def test_a_meter_that_falls_silent_means_that_nothing_flows(home: Household) -> None:
    home.plug_in()
    home.monta.start_by_hand(home.point_id)
    await home.live(minutes=10)
    home.monta.site.points[home.point_id].max_kw = 0.0005

    await home.live(minutes=25)

    assert home.state("power") == "0.0"


async def test_energy_goes_on_over_charges_and_over_a_meter_that_begins_anew(home: Household) -> None:
    home.plug_in()
    await home.live(minutes=1)
    await charged(home, minutes=30)
    home.monta.site.points[home.point_id].meter_kwh = 0.0
    await charged(home, minutes=30)

    assert float(home.state("energy")) == pytest.approx(home.delivered_kwh, abs=0.01)
    assert float(home.state("meter")) < float(home.state("energy"))


async def test_energy_goes_on_over_a_restart_in_the_middle_of_a_charge(home: Household) -> None:
    home.plug_in()
    await home.live(minutes=1)
    home.monta.start_by_hand(home.point_id)
    await home.live(minutes=30)

    await home.restart()
    home.clock.advance(minutes=30)
    await home.live(minutes=2)

    assert float(home.state("energy")) == pytest.approx(home.delivered_kwh, abs=0.4)
    assert float(home.state("energy")) > 10


async def test_energy_begins_at_zero_whatever_was_charged_before(home: Household) -> None:
    home.plug_in()
    home.monta.start_by_hand(home.point_id)
    home.clock.advance(hours=1)

    await home.polling.beat()

    assert home.state("energy") == "0.0"


async def test_a_running_charge_is_not_kept_anew_with_every_read(home: Household) -> None:
    home.plug_in()
    home.monta.start_by_hand(home.point_id)
    await home.live(minutes=10)
    kept = home.hass.store[f"energy_{home.point_id}"]

    await home.live(minutes=10)

    assert home.hass.store[f"energy_{home.point_id}"] is kept


async def test_a_session_is_all_charges_since_the_cable_went_in(home: Household) -> None:
    home.monta.site.price = lambda _at: 2.0
    home.plug_in()
    await home.live(minutes=1)
    await charged(home, minutes=30)
    await charged(home, minutes=30)

    unsettled = home.state("session_cost")
    home.unplug()
    await home.live(minutes=5)

    assert float(home.state("session_energy")) == pytest.approx(11, abs=0.3)
    assert float(home.state("session_duration")) == pytest.approx(60, abs=2)
    assert unsettled == "unknown"
    assert float(home.state("session_cost")) == pytest.approx(22, abs=0.6)
    assert home.attributes("session_cost")["unit_of_measurement"] == "DKK"
    assert float(home.state("session_price")) == pytest.approx(2.0, abs=0.01)
    assert home.attributes("session_price")["unit_of_measurement"] == "DKK/kWh"


async def test_a_fault_is_a_problem_with_its_reason(home: Household) -> None:
    await home.polling.beat()
    before = home.state("binary_sensor.problem")
    home.monta.site.points[home.point_id].state_override = "error"

    await home.polling.beat()

    assert (before, home.state("binary_sensor.problem")) == ("off", "on")
    assert home.attributes("binary_sensor.problem")["reason"] == "the charger reports a fault"


async def test_a_charger_without_a_link_to_monta_is_not_online(home: Household) -> None:
    home.monta.site.points[home.point_id].state_override = "disconnected"

    await home.polling.beat()

    assert (home.state("binary_sensor.online"), home.state("state")) == ("off", "offline")


async def test_a_state_of_charge_is_shown_only_where_monta_tells_it(home: Household) -> None:
    home.plug_in()
    home.monta.start_by_hand(home.point_id)

    await home.live(minutes=5)

    assert "sensor.monta_garage_soc" not in home.hass.states


async def test_a_name_that_changed_while_nobody_looked_leaves_the_entity_ids_alone(home: Household) -> None:
    await home.polling.beat()
    home.monta.site.points[home.point_id].name = "Carport"

    await home.restart()
    await home.polling.beat()

    assert "sensor.monta_carport_state" not in home.hass.states
    assert home.attributes("state")["friendly_name"] == "Carport state"


async def test_the_session_goes_on_although_its_first_stamp_is_older_than_a_day(home: Household) -> None:
    home.plug_in()
    await home.live(minutes=2)
    home.clock.advance(hours=30)
    await charged(home, minutes=6)

    assert float(home.state("session_energy")) == pytest.approx(1.1, abs=0.2)
    assert timedelta(minutes=float(home.state("session_duration"))) < timedelta(minutes=10)

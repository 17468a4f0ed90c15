from datetime import timedelta

import pytest

from smart_charging.clouds.monta.cloud import MontaCloud
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.failures import Failure
from worlds.household import Household
from worlds.virtual_time import Clock


@pytest.fixture
def home(monta: MontaStandIn, cloud: MontaCloud, clock: Clock) -> Household:
    return Household(monta, cloud, clock)


async def test_a_read_shows_the_charger(home: Household) -> None:
    await home.polling.beat()

    assert home.state("state") == "available"
    assert home.attributes("state")["cloud_state"] == "available"
    assert home.attributes("state")["charge_point_id"] == str(home.point_id)


async def test_a_charge_is_shown_with_all_monta_tells_of_it(home: Household) -> None:
    home.plug_in()
    home.monta.start_by_hand(home.point_id)
    await home.live(minutes=30)

    attributes = home.attributes("last_charge")

    assert home.state("last_charge") == "charging"
    assert attributes["charge_id"].isdigit()
    assert attributes["consumed_kwh"] == pytest.approx(5.5, abs=0.3)
    assert attributes["started_at"].endswith("+00:00")
    assert "cost" not in attributes  # Monta does not know it yet, and unknown is not 0


@pytest.mark.parametrize(
    ("happens", "rest_s"),
    [
        pytest.param("nothing", 60, id="idle"),
        pytest.param("plugged in", 60, id="plugged-in"),
        pytest.param("starting", 15, id="busy"),
    ],
)
async def test_the_rest_depends_on_what_the_charger_does(home: Household, happens: str, rest_s: int) -> None:
    if happens != "nothing":
        home.plug_in()
    if happens == "starting":
        home.monta.start_by_hand(home.point_id)

    assert await home.polling.beat() == timedelta(seconds=rest_s)


async def test_after_a_command_it_reads_often_for_three_minutes(home: Household) -> None:
    home.plug_in()
    await home.live(minutes=1)
    await home.ha_commands.command("start", home.point_id)

    early = await home.polling.beat()
    home.clock.advance(minutes=3)
    late = await home.polling.beat()

    assert (early, late) == (timedelta(seconds=15), timedelta(seconds=60))


@pytest.mark.parametrize("failure", [Failure.HTML, Failure.ERROR_ENVELOPE, Failure.SERVER_ERROR, Failure.CUT], ids=str)
async def test_an_outage_is_told_once_when_it_begins_and_once_when_it_ends(
    home: Household, caplog: pytest.LogCaptureFixture, failure: Failure
) -> None:
    caplog.set_level("INFO", "household")
    await home.live(minutes=1)
    home.monta.failures.outage = failure
    await home.live(minutes=30)
    home.monta.failures.outage = None
    await home.live(minutes=10)

    told = [line for line in caplog.messages if line.startswith("Reading the chargers")]

    assert len(told) == 2
    assert "GET charge-points" in told[0]
    assert "works again after" in told[1]


async def test_an_outage_is_asked_about_less_and_less_often(home: Household) -> None:
    home.monta.failures.outage = Failure.SERVER_ERROR

    rests = [(await home.polling.beat()).total_seconds() for _ in range(8)]

    assert rests[0] <= 15
    assert rests[-1] >= 240
    assert max(rests) <= 300


async def test_the_last_data_stand_in_for_a_while_and_then_are_unavailable(home: Household) -> None:
    await home.live(minutes=1)
    home.monta.failures.outage = Failure.SERVER_ERROR

    await home.live(minutes=9)
    during = home.state("state"), home.state("switch.charging")
    await home.live(minutes=9)
    after = home.state("state"), home.state("switch.charging")
    home.monta.failures.outage = None
    await home.live(minutes=10)

    assert during == ("available", "off")
    assert after == ("unavailable", "unavailable")
    assert home.state("state") == "available"


async def test_refused_credentials_are_tried_again_every_ten_minutes(home: Household) -> None:
    home.monta.tokens.client_secret = "another"  # made up

    rest = await home.polling.beat()

    assert rest == timedelta(minutes=10)


async def test_a_charger_that_leaves_the_account_becomes_unavailable_and_a_new_one_appears(home: Household) -> None:
    await home.live(minutes=1)
    del home.monta.site.points[home.point_id]
    home.monta.site.points.clear()
    home.monta.add_charge_point("Carport")
    home.monta.site.points[77] = home.monta.site.points.popitem()[1]
    home.monta.site.points[77].id = 77

    await home.live(minutes=2)

    assert home.state("state") == "unavailable"
    assert home.hass.states["sensor.monta_carport_state"][0] == "available"


async def test_an_account_without_charge_points_is_told_once(home: Household, caplog: pytest.LogCaptureFixture) -> None:
    home.monta.site.points.clear()

    await home.live(minutes=10)

    assert len([line for line in caplog.messages if "no charge points" in line]) == 1


async def test_a_state_from_the_future_is_told_once_and_shown_as_unknown(
    home: Household, caplog: pytest.LogCaptureFixture
) -> None:
    home.monta.site.points[home.point_id].state_override = "busy-dancing"

    await home.live(minutes=10)

    assert home.state("state") == "unknown"
    assert home.attributes("state")["cloud_state"] == "busy-dancing"
    assert len([line for line in caplog.messages if "'busy-dancing'" in line]) == 1


async def test_two_chargers_of_one_name_do_not_share_an_entity(home: Household) -> None:
    other = home.monta.add_charge_point("Garage")

    await home.polling.beat()

    assert home.attributes("state")["charge_point_id"] == str(home.point_id)
    assert home.hass.states[f"sensor.monta_garage_{other}_state"][1]["charge_point_id"] == str(other)


async def test_a_new_name_leaves_the_entity_ids_alone(home: Household) -> None:
    await home.polling.beat()
    home.monta.site.points[home.point_id].name = "Carport"

    await home.polling.beat()

    assert home.attributes("state")["friendly_name"] == "Carport state"
    assert "sensor.monta_carport_state" not in home.hass.states


async def test_the_wallet_is_shown_with_its_transactions(home: Household) -> None:
    home.monta.site.driver_price = 2.0
    home.plug_in(wants_kwh=5.5)
    home.monta.start_by_hand(home.point_id)
    await home.live(hours=1)
    home.unplug()
    await home.live(minutes=5)

    await home.wallet.beat()

    balance, attributes = home.hass.states["sensor.monta_wallet_balance"]
    (transaction,) = home.hass.states["sensor.monta_wallet_latest_transaction"][1]["transactions"]
    assert (balance, attributes["credit"], attributes["unit_of_measurement"]) == ("489.0", 25.0, "DKK")
    assert transaction["amount"] == -11.0
    assert isinstance(transaction["transaction_id"], str)
    assert "summary" not in transaction


async def test_a_wallet_that_cannot_be_read_leaves_the_chargers_alone(
    home: Household, caplog: pytest.LogCaptureFixture
) -> None:
    home.monta.fail_next(Failure.ERROR_ENVELOPE, "wallet", times=3)

    rests = [await home.wallet.beat() for _ in range(3)]
    await home.polling.beat()

    assert rests == [timedelta(minutes=1)] * 3
    assert home.state("state") == "available"
    assert len([line for line in caplog.messages if "Reading the wallet" in line]) == 1


async def test_the_account_tells_how_the_cloud_is_reached(home: Household) -> None:
    await home.polling.beat()
    before = {key: home.account(key)[0] for key in ("last_update", "requests_left")}
    reachable = home.account("reachable", "binary_sensor")[0]
    home.monta.failures.outage = Failure.SERVER_ERROR
    home.clock.advance(minutes=1)

    await home.polling.beat()

    assert before == {
        "last_update": "2026-11-20T20:00:00+00:00",
        "requests_left": "6",
    }  # a token, two lists, and one look at a charger never seen with a charge
    assert (reachable, home.account("reachable", "binary_sensor")[0]) == ("on", "off")
    assert "500" in home.account("reachable", "binary_sensor")[1]["reason"]
    assert home.account("last_update")[0] == before["last_update"]
    assert int(home.account("latency")[0]) >= 0


async def test_a_used_up_quota_is_shown_and_not_complained_about_twice(
    home: Household, caplog: pytest.LogCaptureFixture
) -> None:
    await home.polling.beat()
    home.monta.fail_next(Failure.RATE_LIMITED, "charge-points")

    await home.polling.beat()

    assert home.account("requests_left")[0] == "0"
    assert "rate_limited_until" in home.account("reachable", "binary_sensor")[1]
    assert len([line for line in caplog.messages if "rate limited until" in line.lower()]) == 1


async def test_a_wallet_these_credentials_may_not_see_is_unavailable_and_told_once(
    home: Household, caplog: pytest.LogCaptureFixture
) -> None:
    home.monta.endpoints.scopes = ("charge-points", "charge-transactions")

    rests = [await home.wallet.beat() for _ in range(3)]

    assert rests == [timedelta(minutes=10)] * 3
    assert home.hass.states["sensor.monta_wallet_balance"][0] == "unavailable"
    assert len([line for line in caplog.messages if "Reading the wallet" in line and "403" in line]) == 1


async def test_charges_these_credentials_may_not_see_are_unavailable_and_the_charger_is_shown(
    home: Household, caplog: pytest.LogCaptureFixture
) -> None:
    home.monta.endpoints.scopes = ("charge-points", "wallet-transactions")

    await home.live(minutes=5)

    assert (home.state("state"), home.state("last_charge"), home.state("power")) == ("available", *["unavailable"] * 2)
    assert len([line for line in caplog.messages if "without their charges" in line and "403" in line]) == 1


async def test_charge_points_these_credentials_may_not_see_are_told_once(
    home: Household, caplog: pytest.LogCaptureFixture
) -> None:
    home.monta.endpoints.scopes = ("wallet-transactions",)

    await home.live(minutes=30)

    assert "403" in home.account("reachable", "binary_sensor")[1]["reason"]
    assert len([line for line in caplog.messages if "Reading the chargers" in line and "403" in line]) == 1


async def test_charges_that_cannot_be_read_hold_nothing_else_back_and_are_told_once(
    home: Household, caplog: pytest.LogCaptureFixture
) -> None:
    await home.live(minutes=1)
    home.monta.fail_next(Failure.SERVER_ERROR, "charges", times=3, method="GET")
    home.plug_in()

    await home.live(minutes=3)

    assert home.state("binary_sensor.cable") == "on"
    assert home.account("reachable", "binary_sensor")[0] == "on"
    told = [line for line in caplog.messages if "the charges last read" in line]
    assert len(told) == 1
    assert "GET charges: 500" in told[0]


async def test_charges_that_cannot_be_read_for_long_are_an_outage(home: Household) -> None:
    await home.live(minutes=1)
    home.monta.fail_next(Failure.SERVER_ERROR, "charges", times=1000, method="GET")

    await home.live(minutes=40)

    assert home.account("reachable", "binary_sensor")[0] == "off"
    assert home.state("last_charge") == "unavailable"

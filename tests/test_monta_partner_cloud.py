"""Monta's Partner API as a cloud: chargers by OCPP, rules of Monta's own, currents, actions, what check says."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import respx

from smart_charging.charger import ChargerState
from smart_charging.cli.main import main
from smart_charging.clouds.link import Scope
from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.clouds.monta_partner.charger import OwnRules, PartnerCharger
from smart_charging.clouds.monta_partner.cloud import MontaPartnerCloud
from smart_charging.clouds.monta_partner.stand_in.cloud import PartnerStandIn
from smart_charging.clouds.protocol import SetsCurrent
from smart_charging.errors import CommandError, RefusedError
from worlds.fakes import BASE_URL, mount
from worlds.monta_partner import partner_cloud, sent
from worlds.virtual_time import Clock

RULE_PATH = "PUT charge-points/410001/charging-rules/6101"


@pytest.fixture
def point_id(operator: PartnerStandIn) -> int:
    return operator.add_charge_point("Garage")


async def only(cloud: MontaPartnerCloud) -> PartnerCharger:
    [charger] = await cloud.chargers()
    return charger


def plug_in(operator: PartnerStandIn, point_id: int) -> None:
    operator.plug_in(point_id, Car(wants_kwh=60))


# -- chargers ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "state", "is_plugged_in"),
    [
        ("available", ChargerState.AVAILABLE, False),
        ("preparing", ChargerState.PREPARING, True),
        ("ev-connected", ChargerState.PREPARING, True),
        ("suspended-evse", ChargerState.SUSPENDED_EVSE, True),
        ("paused-ev", ChargerState.SUSPENDED_EV, True),
        ("finishing", ChargerState.FINISHING, True),
        ("unavailable", ChargerState.INOPERATIVE, False),
        ("not-connected", ChargerState.OFFLINE, False),
        ("faulted", ChargerState.FAULTED, False),
        ("idle", ChargerState.AVAILABLE, False),
        ("new-since", ChargerState.AVAILABLE, False),
    ],
)
async def test_the_charger_s_own_word_is_its_state(
    operator: PartnerStandIn, clock: Clock, point_id: int, word: str, state: ChargerState, *, is_plugged_in: bool
) -> None:
    operator.chargers.changes[point_id] = {"protocolData": {"ocpp": {"status": word}}}

    charger = await only(partner_cloud(operator, clock))

    assert (charger.state, charger.is_plugged_in) == (state, is_plugged_in)


async def test_what_monta_has_lost_is_offline_whatever_the_charger_said_last(
    operator: PartnerStandIn, clock: Clock, point_id: int
) -> None:
    operator.chargers.changes[point_id] = {
        "state": "disconnected",
        "protocolData": {"ocpp": {"status": "charging"}},
    }

    assert (await only(partner_cloud(operator, clock))).state is ChargerState.OFFLINE


async def test_a_charger_that_charges_tells_power_and_money(
    operator: PartnerStandIn, clock: Clock, point_id: int
) -> None:
    cloud = partner_cloud(operator, clock)
    plug_in(operator, point_id)
    await cloud.start(str(point_id))
    clock.advance(minutes=30)

    charger = await only(cloud)

    assert charger.active_charge is not None
    assert (charger.state, charger.power_kw) == (ChargerState.CHARGING, 11)
    assert charger.measured_kw is None  # Monta does not say that it is the present power
    assert charger.active_charge.consumed_kwh == pytest.approx(5.5, abs=0.1)
    assert charger.active_charge.currency == "DKK"


async def test_identity_firmware_and_model_are_told(operator: PartnerStandIn, clock: Clock, point_id: int) -> None:
    operator.chargers.changes[point_id] = {"brandName": "Zaptec", "modelName": "Go", "firmwareVersion": "2.4"}

    charger = await only(partner_cloud(operator, clock))

    assert (charger.ocpp_identity, charger.model, charger.firmware) == (f"CP-{point_id}", "Zaptec Go", "2.4")


async def test_an_identity_is_asked_for_once_even_over_a_restart(
    operator: PartnerStandIn, clock: Clock, point_id: int, tmp_path: Path
) -> None:
    for _ in range(2):
        cloud = partner_cloud(operator, clock, folder=tmp_path)
        await cloud.chargers()
        await cloud.chargers()

    assert len(operator.sent("charge-point-integrations")) == 1


async def test_only_chargers_of_the_site_are_asked_for(operator: PartnerStandIn, clock: Clock, point_id: int) -> None:
    cloud = partner_cloud(operator, clock, site_id=8999)

    assert await cloud.chargers() == []


async def test_a_charge_that_began_days_ago_is_read_by_itself(
    operator: PartnerStandIn, clock: Clock, point_id: int
) -> None:
    cloud = partner_cloud(operator, clock)
    plug_in(operator, point_id)
    started = await cloud.start(str(point_id))
    clock.advance(hours=1)
    await cloud.chargers()
    clock.advance(days=4)

    charger = await only(cloud)

    assert charger.active_charge is not None
    assert charger.active_charge.id == started.id
    assert f"GET charges/{started.id}" in sent(operator)


async def test_without_the_permission_for_charges_chargers_are_still_shown(
    operator: PartnerStandIn, clock: Clock, point_id: int
) -> None:
    operator.login.scopes = ["charge-points:read"]

    charger = await only(partner_cloud(operator, clock))

    assert (charger.name, charger.may_see_charges) == ("Garage", False)


async def test_a_start_is_refused_with_the_list_where_several_teams_could_pay(
    operator: PartnerStandIn, clock: Clock, point_id: int
) -> None:
    operator.login.teams[4200] = "Second team"

    with pytest.raises(RefusedError, match=r"4100 \(Stand-in team\), 4200 \(Second team\)"):
        await partner_cloud(operator, clock).start(str(point_id))
    charge = await partner_cloud(operator, clock, paying_team_id=4200).start(str(point_id))

    assert operator.charging.asked_for[int(charge.id)]["payingTeamId"] == 4200


# -- actions and currents ------------------------------------------------------


async def test_a_charger_is_restarted_and_its_cable_let_go(
    operator: PartnerStandIn, clock: Clock, point_id: int
) -> None:
    cloud = partner_cloud(operator, clock)

    for action in cloud.actions:
        assert await cloud.act(action, str(point_id), {}) == {}

    assert operator.chargers.done == [("reboot", point_id), ("unlock", point_id)]


@pytest.mark.parametrize(("action", "charger_id"), [("dance", "410001"), ("reboot", None)])
async def test_an_action_that_cannot_be_done_is_refused_in_words(
    operator: PartnerStandIn, clock: Clock, action: str, charger_id: str | None
) -> None:
    with pytest.raises(CommandError, match=r"there is no action|charge_point_id is missing"):
        await partner_cloud(operator, clock).act(action, charger_id, {})


async def test_the_current_is_set_by_charging_profile_and_known_after_a_restart(
    operator: PartnerStandIn, clock: Clock, point_id: int, tmp_path: Path
) -> None:
    cloud = partner_cloud(operator, clock, folder=tmp_path, charging_profiles=True)
    assert isinstance(cloud, SetsCurrent)
    plug_in(operator, point_id)
    await cloud.start(str(point_id))

    await cloud.set_current(str(point_id), 8)

    clock.advance(hours=1)
    charger = await only(partner_cloud(operator, clock, folder=tmp_path, charging_profiles=True))
    assert (charger.current_limit_a, charger.min_current_a, charger.max_current_a) == (8, 6, 16)
    assert charger.active_charge is not None
    assert charger.active_charge.consumed_kwh == pytest.approx(8 * 3 * 0.23, abs=0.1)


async def test_a_profile_that_the_charger_does_not_take_is_not_shown(
    operator: PartnerStandIn, clock: Clock, point_id: int
) -> None:
    cloud = partner_cloud(operator, clock, charging_profiles=True)
    assert isinstance(cloud, SetsCurrent)
    operator.chargers.takes_profiles = False

    with pytest.raises(RefusedError, match="NotSupported"):
        await cloud.set_current(str(point_id), 8)

    assert (await only(cloud)).current_limit_a is None


async def test_without_the_argument_no_current_can_be_set(operator: PartnerStandIn, clock: Clock) -> None:
    assert not isinstance(partner_cloud(operator, clock), SetsCurrent)


# -- rules of Monta's own ------------------------------------------------------


async def test_a_rule_of_monta_s_own_is_warned_of_once_by_name(
    operator: PartnerStandIn, clock: Clock, point_id: int, caplog: pytest.LogCaptureFixture
) -> None:
    operator.rules.add(point_id, name="At night")
    operator.rules.add(point_id, name="Never", isActive=False)
    cloud = partner_cloud(operator, clock)
    plug_in(operator, point_id)

    for _ in range(30):
        assert (await only(cloud)).rules == OwnRules(active=("At night",))
        clock.advance(minutes=10)

    [warning] = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert warning.startswith("Garage: Monta's own charging rule At night starts and stops charges there")
    assert not operator.sent("charge-points", "PUT")


async def test_a_rule_is_off_while_the_cable_is_in_with_all_else_as_it_was(
    operator: PartnerStandIn, clock: Clock, point_id: int
) -> None:
    rule_id = operator.rules.add(point_id, name="At night", vehicleId=7, isSponsored=True)
    before = dict(operator.rules.of_points[point_id][rule_id])
    cloud = partner_cloud(operator, clock, may_pause_rules=True)
    plug_in(operator, point_id)

    paused = await only(cloud)
    during = dict(operator.rules.of_points[point_id][rule_id])
    operator.unplug(point_id)
    clock.advance(minutes=1)
    given_back = await only(cloud)

    assert paused.rules == OwnRules(paused=("At night",))
    assert during == {**before, "isActive": False}
    assert operator.rules.of_points[point_id][rule_id] == before
    assert given_back.rules == OwnRules(active=("At night",))


async def test_a_rule_is_written_down_before_it_is_switched_off(
    operator: PartnerStandIn, clock: Clock, point_id: int, tmp_path: Path
) -> None:
    rule_id = operator.rules.add(point_id)
    operator.fail_next(Failure.CUT_AFTER_ACTING, "charge-points", method="PUT")
    plug_in(operator, point_id)

    await only(partner_cloud(operator, clock, folder=tmp_path, may_pause_rules=True))

    assert operator.rules.of_points[point_id][rule_id]["isActive"] is False
    assert str(rule_id) in (tmp_path / "notes.json").read_text()


async def test_after_a_kill_a_rule_is_switched_on_again_once_the_cable_is_out(
    operator: PartnerStandIn, clock: Clock, point_id: int, tmp_path: Path
) -> None:
    rule_id = operator.rules.add(point_id)
    plug_in(operator, point_id)
    await only(partner_cloud(operator, clock, folder=tmp_path, may_pause_rules=True))
    operator.unplug(point_id)
    clock.advance(hours=9)

    await only(partner_cloud(operator, clock, folder=tmp_path))

    assert operator.rules.of_points[point_id][rule_id]["isActive"] is True


async def test_a_rule_is_switched_on_again_at_the_end_of_the_process(
    operator: PartnerStandIn, clock: Clock, point_id: int
) -> None:
    rule_id = operator.rules.add(point_id)
    cloud = partner_cloud(operator, clock, may_pause_rules=True)
    plug_in(operator, point_id)
    await only(cloud)

    await cloud.aclose()

    assert operator.rules.of_points[point_id][rule_id]["isActive"] is True


async def test_a_rule_that_a_person_switches_on_again_is_left_alone(
    operator: PartnerStandIn, clock: Clock, point_id: int
) -> None:
    rule_id = operator.rules.add(point_id, name="At night")
    cloud = partner_cloud(operator, clock, may_pause_rules=True)
    plug_in(operator, point_id)
    await only(cloud)
    operator.rules.of_points[point_id][rule_id]["isActive"] = True

    clock.advance(hours=2)
    charger = await only(cloud)

    assert charger.rules == OwnRules(active=("At night",))
    assert operator.rules.of_points[point_id][rule_id]["isActive"] is True


async def test_a_rule_that_is_gone_is_forgotten(operator: PartnerStandIn, clock: Clock, point_id: int) -> None:
    rule_id = operator.rules.add(point_id)
    cloud = partner_cloud(operator, clock, may_pause_rules=True)
    plug_in(operator, point_id)
    await only(cloud)
    del operator.rules.of_points[point_id][rule_id]
    operator.unplug(point_id)
    clock.advance(minutes=1)

    assert (await only(cloud)).rules == OwnRules()


async def test_a_switch_that_fails_is_tried_again(operator: PartnerStandIn, clock: Clock, point_id: int) -> None:
    rule_id = operator.rules.add(point_id)
    cloud = partner_cloud(operator, clock, may_pause_rules=True)
    operator.fail_next(Failure.SERVER_ERROR, "charge-points", method="PUT")
    plug_in(operator, point_id)
    await only(cloud)
    assert operator.rules.of_points[point_id][rule_id]["isActive"] is True

    clock.advance(minutes=6)
    await only(cloud)

    assert operator.rules.of_points[point_id][rule_id]["isActive"] is False


async def test_who_may_not_read_rules_is_not_bothered(
    operator: PartnerStandIn, clock: Clock, point_id: int, caplog: pytest.LogCaptureFixture
) -> None:
    operator.fail_next(Failure.FORBIDDEN, f"charge-points/{point_id}/charging-rules", times=100)

    charger = await only(partner_cloud(operator, clock, may_pause_rules=True))

    assert charger.rules is None
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


# -- what check says -----------------------------------------------------------


async def test_what_the_credentials_may_do_is_told_in_our_words(operator: PartnerStandIn, clock: Clock) -> None:
    operator.login.scopes = ["charge-points:write", "charges:read", "new:thing"]

    account = await partner_cloud(operator, clock).account()

    assert account.scopes == {Scope.CHARGERS, Scope.CHARGES}
    assert (account.quota, account.window) == (1000, timedelta(minutes=10))


async def test_check_tells_who_pays_where_events_go_and_which_rules_are_on(
    operator: PartnerStandIn, clock: Clock, point_id: int
) -> None:
    operator.rules.add(point_id, name="At night")

    findings = await partner_cloud(operator, clock).findings()

    assert findings == [
        "paying team: 4100",
        "webhook: none; chargers are read without events",
        "charging rule of Monta's own at Garage: At night is on; switch it off in Monta's app",
    ]


def test_check_lists_the_chargers_and_prints_an_apps_yaml(
    router: respx.MockRouter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    operator = PartnerStandIn(now=lambda: datetime.now(UTC))
    mount(operator, router)
    operator.add_charge_point("Garage")
    (file := tmp_path / "secrets.yaml").write_text(
        "monta_partner_client_id: stand-in-id\nmonta_partner_client_secret: stand-in-secret\n"
    )

    code = main(["check", "--cloud", "monta_partner", "--credentials", str(file), "--base-url", BASE_URL])

    out = capsys.readouterr().out
    assert code == 0
    assert "410001  Garage  available  out    look, start and stop" in out
    assert "quota: 1000 requests in 600 s" in out
    assert "  cloud: monta_partner" in out


async def test_a_report_about_a_fault_leaves_out_what_is_private(
    operator: PartnerStandIn, clock: Clock, point_id: int
) -> None:
    cloud = partner_cloud(operator, clock)
    await cloud.chargers()

    report = json.dumps(cloud.answer_shapes())

    assert '"state": "text"' in report
    assert '"chargePointIdentity": "private"' in report
    assert '"serialNumber": "private"' in report
    assert [
        word for word in ("Garage", "SN-PRIVATE", f"CP-{point_id}", operator.tokens.client_id) if word in report
    ] == []

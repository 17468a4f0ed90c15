"""Charge points, charges and rules of Monta's Partner API."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from smart_charging.clouds.monta.models import ChargeState
from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta.stand_in.habits import Habits
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.clouds.monta_partner import charges as charges_module
from smart_charging.clouds.monta_partner.account import PayingTeamError
from smart_charging.clouds.monta_partner.charge_points import OcppStatus
from smart_charging.clouds.monta_partner.charges import Limits
from smart_charging.clouds.monta_partner.charging_profile import ChargingProfile, ProfileStatus, Purpose
from smart_charging.clouds.monta_partner.charging_rules import RuleType
from smart_charging.errors import NotPermittedError, RateLimitedError, TransportError, UsageError
from worlds.monta_partner import partner_client, sent
from worlds.virtual_time import EVENING

if TYPE_CHECKING:
    from smart_charging.clouds.monta_partner.client import PartnerClient
    from smart_charging.clouds.monta_partner.stand_in.cloud import PartnerStandIn
    from worlds.virtual_time import Clock

TEAM = 4100


async def test_a_charge_goes_from_start_to_stop(operator: PartnerStandIn, partner: PartnerClient, clock: Clock) -> None:
    point = operator.add_charge_point()
    operator.plug_in(point, Car(wants_kwh=20))

    started = await partner.charges.start(point, limits=Limits(kwh=12, price=Decimal("99.50")))
    clock.advance(minutes=30)
    running = await partner.charges.one(started.id)
    await partner.charges.stop(started.id)
    clock.advance(minutes=1)
    stopped = await partner.charges.one(started.id)

    assert [one.state for one in (started, running, stopped)] == [
        ChargeState.STARTING,
        ChargeState.CHARGING,
        ChargeState.STOPPED,
    ]
    assert (running.power_kw, running.kwh_limit, running.price_limit) == (11, 12, Decimal("99.5"))
    assert running.paying_team is not None
    assert running.paying_team.id == TEAM


async def test_a_charge_ends_at_its_limit_of_energy(
    operator: PartnerStandIn, partner: PartnerClient, clock: Clock
) -> None:
    point = operator.add_charge_point()
    operator.plug_in(point, Car(wants_kwh=20))
    charge = await partner.charges.start(point, limits=Limits(kwh=5))
    for _ in range(35):
        clock.advance(minutes=1)
        charge = await partner.charges.one(charge.id)

    assert charge.state is ChargeState.STOPPED
    assert charge.consumed_kwh == pytest.approx(5, abs=0.3)


@pytest.mark.parametrize("wrong", [{"kwh": 0.5}, {"kwh": 501}, {"soc_percent": 101}, {"price": Decimal(0)}])
def test_a_limit_that_monta_does_not_take_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="a limit is"):
        Limits(**wrong)  # type: ignore[arg-type]


async def test_the_only_team_pays_for_a_start_and_is_asked_for_once(
    operator: PartnerStandIn, partner: PartnerClient
) -> None:
    points = [operator.add_charge_point() for _ in range(2)]

    for point in points:
        await partner.charges.start(point)

    assert [request.json for request in operator.sent("charges", "POST")] == [
        {"payingTeamId": TEAM, "chargePointId": point} for point in points
    ]
    assert Counter(sent(operator)) == {"GET consumers/me": 1, "GET teams": 1, "POST charges": 2}


async def test_with_several_teams_a_start_is_refused_with_the_list(
    operator: PartnerStandIn, partner: PartnerClient
) -> None:
    operator.login.teams = {4100: "Housing", 4200: "Parking", 4300: "Else"}
    operator.login.team_ids = [4100, 4200]

    with pytest.raises(PayingTeamError, match=r"give paying_team_id, one of 4100 \(Housing\), 4200 \(Parking\)$") as no:
        await partner.charges.start(operator.add_charge_point())

    assert [team.id for team in no.value.teams] == [4100, 4200]
    assert operator.sent("charges") == []


async def test_teams_that_may_not_be_read_are_listed_by_their_ids(
    operator: PartnerStandIn, partner: PartnerClient
) -> None:
    operator.login.scopes, operator.login.team_ids = ["control-charging:write"], [4100, 4200]

    with pytest.raises(PayingTeamError, match="one of 4100, 4200"):
        await partner.charges.start(operator.add_charge_point())


async def test_a_team_that_is_given_pays_without_a_question(operator: PartnerStandIn, clock: Clock) -> None:
    operator.login.teams = {4100: "Housing", 4200: "Parking"}
    point, other = operator.add_charge_point(), operator.add_charge_point()

    async with partner_client(operator, clock, paying_team_id=4200) as partner:
        await partner.charges.start(point)
        await partner.charges.start(other, paying_team_id=4100)

    assert [request.json for request in operator.sent("charges")] == [
        {"payingTeamId": 4200, "chargePointId": point},
        {"payingTeamId": 4100, "chargePointId": other},
    ]


async def test_a_charge_whose_answer_was_lost_is_found_by_its_own_name(
    operator: PartnerStandIn, partner: PartnerClient
) -> None:
    point = operator.add_charge_point()
    operator.fail_next(Failure.CUT_AFTER_ACTING, "charges")

    with pytest.raises(TransportError):
        await partner.charges.start(point, partner_external_id="night-42")
    found = [charge async for charge in partner.charges.every(partner_external_id="night-42")]

    assert [charge.charge_point_id for charge in found] == [point]
    assert [charge.partner_external_id for charge in found] == ["night-42"]


async def test_a_reserved_charge_begins_with_restart(
    operator: PartnerStandIn, partner: PartnerClient, clock: Clock
) -> None:
    point = operator.add_charge_point()
    operator.plug_in(point, Car(wants_kwh=20))

    reserved = await partner.charges.start(point, is_reservation=True)
    clock.advance(minutes=30)
    still = await partner.charges.one(reserved.id)
    await partner.charges.restart(reserved.id)
    clock.advance(minutes=1)
    begun = await partner.charges.one(reserved.id)

    states = [one.state for one in (reserved, still, begun)]
    assert states == [ChargeState.RESERVED, ChargeState.RESERVED, ChargeState.CHARGING]


@pytest.mark.parametrize("failure", [Failure.CUT, Failure.SERVER_ERROR, Failure.RATE_LIMITED, Failure.HTML])
@pytest.mark.parametrize("command", ["stop", "restart"])
async def test_a_get_with_effect_is_sent_once_whatever_comes_of_it(
    command: str, failure: Failure, operator: PartnerStandIn, partner: PartnerClient
) -> None:
    charge = await partner.charges.start(operator.add_charge_point(), paying_team_id=TEAM)
    operator.fail_next(failure, f"charges/{charge.id}/{command}")

    with pytest.raises(Exception, match=f"GET charges/{charge.id}/{command}"):
        await getattr(partner.charges, command)(charge.id)

    [request] = operator.sent(f"charges/{charge.id}/{command}")
    assert request.request.headers["cache-control"] == "no-store"


async def test_a_stop_goes_out_when_the_quota_for_reads_is_used_up(
    operator: PartnerStandIn, partner: PartnerClient
) -> None:
    operator.quota.quota = 10
    charge_id = operator.start_by_hand(operator.add_charge_point())
    for _ in range(7):
        await partner.charges.one(charge_id)
    with pytest.raises(RateLimitedError):
        await partner.charges.one(charge_id)

    stopping = await partner.charges.stop(charge_id)

    assert stopping.state is ChargeState.STOPPING


async def test_more_charges_than_monta_lists_at_once_are_read_each_once(
    operator: PartnerStandIn, partner: PartnerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(charges_module, "_MOST_PAGES", 3)
    operator.charging.most_listed = 300
    operator.add_charge_point()
    operator.habits = Habits(past_charges=730)

    ids = [charge.id async for charge in partner.charges.every()]

    assert len(ids) == len(set(ids)) == 730
    assert ids == sorted(ids, reverse=True)
    assert len(operator.sent("charges")) == 3 + 3 + 2


async def test_more_charges_of_one_second_than_monta_lists_do_not_go_on_for_ever(
    operator: PartnerStandIn, partner: PartnerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(charges_module, "_MOST_PAGES", 1)
    operator.charging.most_listed = 100
    for _ in range(120):
        operator.start_by_hand(operator.add_charge_point())

    charges = [charge async for charge in partner.charges.every()]

    assert len(charges) == 100


async def test_a_charge_is_told_by_its_periods(operator: PartnerStandIn, partner: PartnerClient, clock: Clock) -> None:
    point = operator.add_charge_point()
    operator.plug_in(point, Car(wants_kwh=11))
    started = await partner.charges.start(point)
    clock.advance(hours=2)

    charge = await partner.charges.one(started.id)
    consumption = await partner.charges.consumption(started.id, period=timedelta(minutes=30))

    assert [period.value for period in charge.kwh_per_max_resolution] == [2.75] * 4
    assert (consumption.period_s, [period.value for period in consumption.periods]) == (1800, [5.5, 5.5])


async def test_a_charge_takes_a_name_of_ones_own(operator: PartnerStandIn, partner: PartnerClient) -> None:
    started = await partner.charges.start(operator.add_charge_point())

    patched = await partner.charges.patch(started.id, partner_external_id="mine", partner_custom_payload={"car": 1})

    assert patched.partner_external_id == "mine"
    assert operator.requests[-1].json == {"partnerExternalId": "mine", "partnerCustomPayload": {"car": 1}}


async def test_an_odd_charge_costs_itself_only(
    operator: PartnerStandIn, partner: PartnerClient, caplog: pytest.LogCaptureFixture
) -> None:
    good = operator.start_by_hand(operator.add_charge_point())
    odd: dict[str, object] = {"id": 5, "state": "charging", "createdAt": None}
    operator.habits = Habits(
        odd_charges=(odd, {"id": 6, "state": "new", "createdAt": "2026-11-20T18:00:00Z", "price": {}})
    )

    charges = {charge.id: charge async for charge in partner.charges.every()}

    assert charges.keys() == {good, 6}
    assert (charges[6].state, charges[6].price) == (ChargeState.UNKNOWN, None)
    assert "a row is left out (field createdAt cannot be read, null came)" in caplog.text


async def test_the_charger_itself_says_what_it_waits_for(
    operator: PartnerStandIn, partner: PartnerClient, clock: Clock
) -> None:
    idle, plugged, held, lost = (operator.add_charge_point() for _ in range(4))
    for point in (plugged, held):
        operator.plug_in(point, Car(wants_kwh=20))
    operator.start_by_hand(held)
    clock.advance(minutes=1)
    operator.hold(held)
    operator.lose(lost)

    points = {point.id: point async for point in partner.charge_points.every()}

    assert {point.id: point.ocpp.status for point in points.values()} == {
        idle: OcppStatus.AVAILABLE,
        plugged: OcppStatus.PREPARING,
        held: OcppStatus.SUSPENDED_EVSE,
        lost: OcppStatus.OFFLINE,
    }
    assert "SN-PRIVATE" not in repr(points)


async def test_a_charge_point_obeys(operator: PartnerStandIn, partner: PartnerClient) -> None:
    point = operator.add_charge_point()

    await partner.charge_points.reboot(point)
    await partner.charge_points.unlock(point)
    patched = await partner.charge_points.patch(point, name="Left", is_active=False)

    assert operator.chargers.done == [("reboot", point), ("unlock", point)]
    assert patched.name == "Left"
    assert operator.requests[-1].json == {"name": "Left", "active": False}
    assert [log async for log in partner.charge_points.logs(point, from_at=EVENING)]


async def test_an_ocpp_key_is_set_by_the_chargers_identity(operator: PartnerStandIn, partner: PartnerClient) -> None:
    [integration] = [one async for one in partner.charge_points.integrations(operator.add_charge_point())]
    identity = integration.charge_point_identity
    assert identity is not None

    await partner.charge_points.set_ocpp_config(identity, "HeartbeatInterval", "600")

    config = await partner.charge_points.ocpp_config(identity)
    assert {key["key"]: key["value"] for key in config} == {"HeartbeatInterval": "600"}
    assert operator.sent("charge-points/", "POST")[-1].json == {
        "key": "HeartbeatInterval",
        "value": "600",
        "store": False,
    }


async def test_a_profile_limits_the_current_until_it_is_cleared(
    operator: PartnerStandIn, partner: PartnerClient, clock: Clock
) -> None:
    point = operator.add_charge_point()
    operator.plug_in(point, Car(wants_kwh=40))
    charge = await partner.charges.start(point)
    clock.advance(minutes=1)
    profile = ChargingProfile(limit_a=10, phases=3, starts_at=clock(), duration=timedelta(hours=1))

    powers = []
    for step in (
        partner.charge_points.set_charging_profile(f"CP-{point}", profile),
        partner.charge_points.clear_charging_profile(f"CP-{point}", purpose=Purpose.THIS_CHARGE),
        partner.charge_points.clear_charging_profile(f"CP-{point}"),
    ):
        status = await step
        powers.append((status, (await partner.charges.one(charge.id)).power_kw))

    accepted, none_there = ProfileStatus.ACCEPTED, ProfileStatus.UNKNOWN
    assert powers == [(accepted, 6.9), (accepted, 11), (none_there, 11)]
    assert operator.sent(f"charge-points/CP-{point}/set-charging-profile")[0].json == {
        "connectorId": 1,
        "profile": [
            {
                "chargingProfileId": 1,
                "stackLevel": 1,
                "chargingProfilePurpose": "TxProfile",
                "chargingProfileKind": "Absolute",
                "chargingSchedule": {
                    "chargingRateUnit": "A",
                    "startSchedule": "2026-11-20T20:01:00Z",
                    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10, "numberPhases": 3}],
                    "duration": 3600,
                },
            }
        ],
    }


async def test_a_charger_without_profiles_says_so(operator: PartnerStandIn, partner: PartnerClient) -> None:
    point = operator.add_charge_point()
    operator.chargers.takes_profiles = False

    status = await partner.charge_points.set_charging_profile(
        f"CP-{point}", ChargingProfile(limit_a=10, starts_at=EVENING)
    )

    assert status is ProfileStatus.NOT_SUPPORTED


async def test_a_rule_is_switched_with_everything_else_as_it_was(
    operator: PartnerStandIn, partner: PartnerClient
) -> None:
    point = operator.add_charge_point()
    rule_id = operator.rules.add(point, type="newer-type", settings={"start": 1320, "mystery": [1]}, vehicleId=7701)
    before = dict(operator.rules.of_points[point][rule_id])
    [rule] = [rule async for rule in partner.charging_rules.every(point)]

    off = await partner.charging_rules.switch(point, rule, is_active=False)

    assert (rule.type, rule.is_active, off.is_active) == (RuleType.UNKNOWN, True, False)
    assert operator.rules.of_points[point][rule_id] == before | {"isActive": False}


async def test_a_rule_is_made_and_removed(operator: PartnerStandIn, partner: PartnerClient) -> None:
    point = operator.add_charge_point()

    made = await partner.charging_rules.create(
        point,
        name="Nights",
        type=RuleType.SCHEDULED,
        settings={"start": "22:00", "stop": "06:00"},
        creator_user_id=9,
    )
    read = await partner.charging_rules.one(point, made.id)
    await partner.charging_rules.delete(point, made.id)

    assert (read.type, read.settings) == (RuleType.SCHEDULED, {"start": "22:00", "stop": "06:00"})
    assert [rule async for rule in partner.charging_rules.every(point)] == []


async def test_what_the_scopes_do_not_allow_is_said(operator: PartnerStandIn, partner: PartnerClient) -> None:
    operator.login.scopes = ["charge-points:read", "charge-transactions:write"]
    point = operator.add_charge_point()

    await partner.charge_points.one(point)
    assert [charge async for charge in partner.charges.every()] == []
    with pytest.raises(NotPermittedError, match=f"POST charge-points/{point}/reboot: 403"):
        await partner.charge_points.reboot(point)

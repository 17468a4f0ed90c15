"""Quota, teams, sites, vehicles and webhooks of Monta's Partner API."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from pydantic import SecretStr

from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.clouds.monta_partner.client import SANDBOX_URL, PartnerClient
from smart_charging.clouds.monta_partner.stand_in.people import Vehicle
from smart_charging.clouds.monta_partner.vehicles import OwnerType
from smart_charging.clouds.monta_partner.webhooks import EntryStatus
from smart_charging.errors import AuthError, RateLimitedError, RefusedError, ResponseError, TransportError
from worlds.fakes import mount
from worlds.monta_partner import sent

if TYPE_CHECKING:
    import respx

    from smart_charging.clouds.monta_partner.stand_in.cloud import PartnerStandIn
    from worlds.virtual_time import Clock

SECRET = SecretStr("sixteen-letters-at-least")


async def test_the_quota_is_what_the_credentials_say(operator: PartnerStandIn, partner: PartnerClient) -> None:
    operator.quota.quota, operator.quota.window = 250, timedelta(minutes=5)
    operator.quota.tells_in_headers = False

    before = (partner.budget.quota, partner.budget.window)
    me = await partner.account.me()

    assert before == (1000, timedelta(minutes=10))
    assert (partner.budget.quota, partner.budget.window) == (250, timedelta(minutes=5))
    assert (me.rate_limit, me.scopes, me.team_ids) == (250, ("all:delete",), ())


async def test_an_answer_of_fair_use_says_nothing_of_the_quota(
    operator: PartnerStandIn, partner: PartnerClient
) -> None:
    operator.fair_use.add("get-sites")
    await partner.account.me()
    quota, left = partner.budget.quota, partner.budget.requests_left

    await partner.call("get-sites")

    assert (partner.budget.quota, partner.budget.requests_left) == (quota, left - 1)


async def test_after_a_refusal_nothing_is_sent_until_the_time_monta_tells(
    operator: PartnerStandIn, partner: PartnerClient, clock: Clock
) -> None:
    operator.fail_next(Failure.RATE_LIMITED, "teams")

    with pytest.raises(RateLimitedError) as refused:
        await partner.call("get-teams")
    with pytest.raises(RateLimitedError, match="not sent"):
        await partner.call("get-sites")
    clock.advance(minutes=11)
    await partner.call("get-sites")

    assert timedelta(0) < refused.value.retry_at - clock() + timedelta(minutes=11) <= timedelta(minutes=10, seconds=1)
    assert sent(operator) == ["GET teams", "GET sites"]


async def test_a_refusal_for_want_of_fair_use_stops_nothing_else(
    operator: PartnerStandIn, partner: PartnerClient, clock: Clock
) -> None:
    operator.fair_use.add("get-teams")
    operator.quota.tells_in_body = False
    operator.fail_next(Failure.RATE_LIMITED, "teams")

    with pytest.raises(RateLimitedError) as refused:
        await partner.call("get-teams")
    await partner.call("get-sites")

    assert refused.value.retry_at - clock() == timedelta(minutes=1)
    assert sent(operator) == ["GET teams", "GET sites"]


async def test_a_refused_token_is_renewed_and_the_request_repeated_once(
    operator: PartnerStandIn, partner: PartnerClient
) -> None:
    charge = operator.start_by_hand(operator.add_charge_point())
    await partner.account.me()
    operator.revoke_tokens()

    await partner.charges.stop(charge)

    assert [request.status for request in operator.sent("charges")] == [401, 200]
    assert len(operator.sent("auth/refresh")) == 1


async def test_wrong_credentials_are_an_error_of_their_own(operator: PartnerStandIn, partner: PartnerClient) -> None:
    operator.tokens.client_secret = "another"

    with pytest.raises(AuthError):
        await partner.account.me()


async def test_the_sandbox_is_another_host(operator: PartnerStandIn, router: respx.MockRouter, clock: Clock) -> None:
    mount(operator, router, SANDBOX_URL)
    tokens = operator.tokens

    async with PartnerClient(
        client_id=tokens.client_id, client_secret=tokens.client_secret, base_url=SANDBOX_URL, now=clock
    ) as partner:
        await partner.charge_points.reboot(operator.add_charge_point())
        teams = [team.name async for team in partner.teams.every()]

    assert teams == ["Stand-in team"]
    assert {call.request.url.host for call in router.calls} == {"partner-api.sandbox.monta.com"}


@pytest.mark.parametrize(
    ("body", "error", "says"),
    [
        ({"errorCode": "UNKNOWN", "status": "OK"}, ResponseError, r"an error \(UNKNOWN\) came with status 200"),
        ({"rows": []}, ResponseError, "the answer is no list"),
        ("<html>", ResponseError, "the answer is not JSON"),
        ({"data": [{"id": None}, {"id": "x"}], "meta": {}}, ResponseError, "field id cannot be read, null came"),
    ],
)
async def test_a_list_that_is_none_is_an_error_and_not_empty(
    body: object, error: type[Exception], says: str, partner: PartnerClient, operator: PartnerStandIn
) -> None:
    await partner.account.me()

    async def answer(*_: object, **__: object) -> httpx.Response:
        return httpx.Response(200, text=body) if isinstance(body, str) else httpx.Response(200, json=body)

    partner.channel.wire._http.request = answer  # type: ignore[method-assign]

    with pytest.raises(error, match=f"GET teams: {says}"):
        [team async for team in partner.teams.every()]


async def test_a_failing_server_is_not_asked_again(operator: PartnerStandIn, partner: PartnerClient) -> None:
    operator.fail_next(Failure.SERVER_ERROR, "sites")

    with pytest.raises(TransportError):
        [site async for site in partner.sites.every()]

    assert sent(operator) == ["GET sites"]


async def test_a_site_and_a_team_are_read_by_their_ids(operator: PartnerStandIn, partner: PartnerClient) -> None:
    operator.served.is_by_shape_only = True

    site, team = await partner.sites.one(8100), await partner.teams.one(4200)
    sites = [one.id async for one in partner.sites.every(team_id=4200)]

    assert (site.id, team.id, sites) == (8100, 4200, [1, 2, 3])
    assert operator.requests[-1].query["teamId"] == "4200"


async def test_a_car_says_how_full_it_is(operator: PartnerStandIn, partner: PartnerClient, clock: Clock) -> None:
    car = Car(wants_kwh=30)
    vehicle_id = operator.vehicles.add(Vehicle(name="Family car", car=car, battery_kwh=60, limit_percent=80))
    point = operator.add_charge_point()
    [listed] = [vehicle async for vehicle in partner.vehicles.every(OwnerType.TEAM, 4100)]
    assert listed.integration_id is not None

    before = await partner.vehicles.report(listed.integration_id)
    operator.plug_in(point, car)
    await partner.charges.start(point)
    clock.advance(hours=1, seconds=8)
    after = await partner.vehicles.report(listed.integration_id)

    assert (listed.id, (await partner.vehicles.one(vehicle_id)).battery_kwh) == (vehicle_id, 60)
    assert [report.battery.soc_percent for report in (before, after)] == [30, 48.3]
    assert [report.battery.is_plugged_in for report in (before, after)] == [False, True]
    assert (after.battery.power_kw, after.battery.limit_percent) == (11, 80)
    assert "VIN" not in repr(after)
    assert "Family" not in repr(listed)


async def test_a_subscription_is_made_read_and_ended(operator: PartnerStandIn, partner: PartnerClient) -> None:
    nothing = await partner.webhooks.config()
    await partner.webhooks.set_config(
        "https://home.example/hook", SECRET, ["charges", "charge-points"], headers={"X-Home": "1"}, team_ids=[4100]
    )
    config = await partner.webhooks.config()
    put = operator.sent("webhooks/config", "PUT")[0].json
    await partner.webhooks.delete_config()

    assert (nothing, operator.subscription.config) == (None, None)
    assert config is not None
    assert (config.event_types, config.team_ids) == (("charges", "charge-points"), (4100,))
    assert config.webhook_secret == SECRET
    assert put == {
        "webhookUrl": "https://home.example/hook",
        "webhookSecret": SECRET.get_secret_value(),
        "eventTypes": ["charges", "charge-points"],
        "customHeaders": {"headers": {"X-Home": "1"}},
        "teamIds": [4100],
    }


async def test_a_subscription_that_monta_does_not_take_is_refused(partner: PartnerClient) -> None:
    with pytest.raises(RefusedError, match="PUT webhooks/config: 400"):
        await partner.webhooks.set_config("http://home.example/hook", SECRET, ["charges"])


async def test_events_that_could_not_be_delivered_are_read(operator: PartnerStandIn, partner: PartnerClient) -> None:
    payload = {"entityType": "charge", "entityId": "5", "eventType": "updated", "eventTime": "2026-11-20T18:00:00Z"}
    error = {"errorCode": 502, "errorMessage": "bad gateway"}
    for number, status in enumerate(["pending", "failed"], start=1):
        operator.subscription.entries[number] = {
            "id": number,
            "eventType": "charges",
            "payload": payload,
            "status": status,
            "error": error,
            "createdAt": "2026-11-20T18:00:01Z",
        }

    failed = [entry async for entry in partner.webhooks.entries(status=EntryStatus.FAILED)]
    one = await partner.webhooks.entry("2")

    assert failed == [one]
    assert (one.event_type, one.payload.entity_type, one.payload.event_type) == ("charges", "charge", "updated")
    assert one.error is not None
    assert one.error.error_code == "502"

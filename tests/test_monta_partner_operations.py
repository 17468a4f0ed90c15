"""All operations of Monta's Partner API by name, whatever they are for."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from pydantic import SecretStr

from smart_charging.clouds.monta_partner.operations import name_of, operations
from smart_charging.clouds.monta_partner.stand_in.by_shape import made_up, shapes
from smart_charging.clouds.monta_partner.stand_in.cloud import PartnerStandIn
from smart_charging.errors import NotPermittedError, UsageError
from worlds.fakes import BASE_URL, mount
from worlds.monta_partner import partner_client, sent, some_parameters

if TYPE_CHECKING:
    import respx

    from smart_charging.clouds.monta_partner.client import PartnerClient
    from worlds.virtual_time import Clock

GROUPS = Counter(operation.group for operation in operations().values())


@pytest.fixture
def monta(operator: PartnerStandIn) -> PartnerStandIn:
    """That answers anything, by its shape."""
    operator.served.is_by_shape_only = True
    return operator


def test_there_are_188_operations_in_49_groups_of_which_18_are_not_in_the_reference() -> None:
    unlisted = [operation for operation in operations().values() if "unlisted" in operation.flags]

    assert (GROUPS.total(), len(GROUPS), len(unlisted)) == (188, 49, 18)


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/charges", "get-charges"),
        ("GET", "/charges/{chargeId}", "get-charge"),
        ("GET", "/charges/{chargeId}/stop", "get-charge-stop"),
        ("POST", "/charge-points/{chargePointId}/reboot", "post-charge-point-reboot"),
        ("GET", "/countries/{id}", "get-country"),
        ("GET", "/receipts/by-charge/{chargeId}", "get-receipts-by-charge"),
        (
            "PUT",
            "/charge-points/{chargePointId}/charging-rules/{chargingRuleId}",
            "put-charge-point-charging-rule",
        ),
    ],
)
def test_a_name_is_made_of_method_and_path(method: str, path: str, name: str) -> None:
    assert name_of(method, path) == name
    assert operations()[name].path == path


def test_no_operation_takes_the_same_name_twice() -> None:
    for operation in operations().values():
        names = [parameter.name for parameter in operation.parameters]
        assert len(names) == len(set(names)), operation.name


def test_every_answer_has_a_shape() -> None:
    answers = {operation.answer for operation in operations().values() if operation.answer}

    assert answers - set(shapes()) == set()
    assert all(made_up(shape) for shape in answers - {"ChargePointLog"})


@pytest.mark.parametrize("group", sorted(GROUPS.keys() - {"authentication"}))
async def test_every_operation_is_reached_with_all_its_parameters(
    group: str, monta: PartnerStandIn, partner: PartnerClient
) -> None:
    of_group = [operation for operation in operations().values() if operation.group == group]

    for operation in of_group:
        answer = await partner.call(operation.name, **some_parameters(operation))
        assert (answer is None) == (operation.answer is None), operation.name

    reached = [request.method for request in monta.requests if request.status in {200, 201, 204}]
    assert len(reached) >= len(of_group)


async def test_the_operations_of_logging_in_are_reached_too(monta: PartnerStandIn, partner: PartnerClient) -> None:
    login = await partner.call(
        "post-auth-token", client_id=monta.tokens.client_id, client_secret=SecretStr(monta.tokens.client_secret)
    )
    renewed = await partner.call("post-auth-refresh", refresh_token=login["refreshToken"])
    me = await partner.call("get-auth-me")

    assert renewed["accessToken"] != login["accessToken"]
    assert me["rateLimit"] == 1000


async def test_a_list_is_walked_to_its_end_by_number_and_by_cursor(
    monta: PartnerStandIn, partner: PartnerClient
) -> None:
    monta.served.made_up_rows = 250

    by_number = [row async for row in partner.every("get-plans")]
    by_cursor = [row async for row in partner.every("get-auditlog-events")]
    smaller = [row async for row in partner.every("get-plans", per_page=60, page=1)]

    assert [len(by_number), len(by_cursor), len(smaller)] == [250, 250, 190]
    assert len({row["id"] for row in by_number}) == 250
    assert Counter(sent(monta)) == {"GET plans": 3 + 4, "GET auditlog/events": 3}


async def test_of_a_walk_only_the_pages_are_read_whose_rows_are_asked_for(
    monta: PartnerStandIn, partner: PartnerClient
) -> None:
    monta.served.made_up_rows = 1000

    async for row in partner.every("get-plans"):
        if row["id"] == 150:
            break

    assert [request.query["page"] for request in monta.sent("plans")] == ["0", "1"]


async def test_logs_are_walked_by_cursor_in_pages_of_1000(monta: PartnerStandIn, partner: PartnerClient) -> None:
    monta.served.made_up_rows = 2500

    logs = [row async for row in partner.every("get-charge-point-logs", charge_point_id=7)]

    assert len(logs) == 2500
    assert [request.query.get("after") for request in monta.sent("charge-points/7/logs")] == [None, "1000", "2000"]


@pytest.mark.parametrize(
    ("name", "given", "says"),
    [
        ("get-chargers", {}, "get-chargers: there is no such operation; there is get-charges"),
        ("get-charges", {"status": "charging"}, "get-charges: no parameter status; did you mean state?"),
        ("get-charge", {}, "get-charge: chargeId must be given"),
        ("post-charges", {"charge_point_id": 7}, "post-charges: payingTeamId must be given"),
        ("get-plan", {"id": ".."}, "get-plan: id cannot be '..'"),
        ("get-charges", {"from_date": datetime(2026, 11, 20)}, "2026-11-20 00:00:00: a time needs a zone"),  # noqa: DTZ001
        ("post-webhooks-get-signature-detail", {"entries": {}}, "entries has to be a list"),
    ],
)
async def test_what_an_operation_does_not_take_is_refused_before_anything_is_sent(
    name: str, given: dict[str, object], says: str, monta: PartnerStandIn, partner: PartnerClient
) -> None:
    with pytest.raises(UsageError) as refused:
        await partner.call(name, **given)

    assert says in str(refused.value)
    assert monta.requests == []


async def test_a_size_of_pages_that_is_no_number_is_refused(monta: PartnerStandIn, partner: PartnerClient) -> None:
    with pytest.raises(UsageError, match="perPage: 'many' is not a number of pages or rows"):
        [row async for row in partner.every("get-plans", per_page="many")]

    assert monta.requests == []


async def test_an_answer_that_is_no_list_is_not_walked(partner: PartnerClient) -> None:
    with pytest.raises(UsageError, match="get-consumers-me: the answer is no list; use call"):
        [row async for row in partner.every("get-consumers-me")]


async def test_values_are_written_as_monta_reads_them(monta: PartnerStandIn, partner: PartnerClient) -> None:
    summer = datetime(2026, 7, 1, 14, 30, tzinfo=timezone(timedelta(hours=2)))
    await partner.call("get-charge-points", include_deleted=True, from_updated_date=summer, site_id=None)
    await partner.call("get-charge-point-statistics-by-site", siteId=7, fromDate=date(2026, 7, 1), toDate="2026-07-02")
    await partner.call(
        "get-insights-charges-charger-report", team_id=1, from_date=summer, to_date=summer, charge_point_ids=[7, 8]
    )
    await partner.call("post-charges", paying_team_id=1, charge_point_id=7, price_limit=Decimal("12.10"))

    queries = [request.query for request in monta.requests[1:4]]
    assert queries[0] == {"includeDeleted": "true", "fromUpdatedDate": "2026-07-01T12:30:00Z"}
    assert queries[1] == {"siteId": "7", "fromDate": "2026-07-01", "toDate": "2026-07-02"}
    assert queries[2]["chargePointIds"] == "7,8"
    assert monta.requests[-1].json == {"payingTeamId": 1, "chargePointId": 7, "priceLimit": 12.1}


async def test_a_list_is_asked_for_one_operator_where_monta_can_be_asked_so(
    monta: PartnerStandIn, clock: Clock
) -> None:
    async with partner_client(monta, clock, operator_id=31) as partner:
        await partner.call("get-charges")
        await partner.call("get-charges", operator_id=32)
        await partner.call("get-plans")

    assert [request.query.get("operatorId") for request in monta.requests[1:]] == ["31", "32", None]


async def test_every_request_tells_the_version(monta: PartnerStandIn, clock: Clock) -> None:
    async with partner_client(monta, clock) as partner, partner_client(monta, clock, version="v2") as other:
        await partner.call("get-plans")
        await other.call("get-plans")

    assert [request.request.headers["monta-version"] for request in monta.sent("plans")] == ["v1", "v2"]


async def test_an_ocpp_identity_is_sent_and_not_shown(
    monta: PartnerStandIn, partner: PartnerClient, caplog: pytest.LogCaptureFixture
) -> None:
    monta.login.scopes = ["charge-points:read"]

    with caplog.at_level("DEBUG"), pytest.raises(NotPermittedError) as refused:
        await partner.call("get-charge-point-ocpp-config", charge_point_identity="CP 123")

    assert monta.requests[-1].path == "charge-points/CP 123/ocpp-config"
    assert "CP 123" not in f"{refused.value}{caplog.text}"


@pytest.mark.parametrize("identity", ["CP/123", "../teams", "a?b#c", "Ladestation Süd"])
async def test_an_identity_stays_one_part_of_the_path(
    identity: str, monta: PartnerStandIn, router: respx.MockRouter, clock: Clock
) -> None:
    route = mount(monta, router)

    async with partner_client(monta, clock, base_url=BASE_URL, over_http=True) as partner:
        await partner.call("get-charge-point-ocpp-config", charge_point_identity=identity)

    raw = route.calls.last.request.url.raw_path.decode()
    assert unquote(raw.removeprefix("/api/v1/charge-points/").removesuffix("/ocpp-config")) == identity
    assert raw.count("/") == 5


async def test_the_table_is_read_with_the_first_call(monta: PartnerStandIn, clock: Clock) -> None:
    operations.cache_clear()

    async with partner_client(monta, clock) as partner:
        read_before = operations.cache_info().currsize
        await partner.call("get-plans")

    assert (read_before, operations.cache_info().currsize) == (0, 1)

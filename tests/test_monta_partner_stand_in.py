"""The Partner API's stand-in tells what Monta's description says, whatever happens at its chargers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.clouds.monta_partner.operations import operations
from smart_charging.clouds.monta_partner.stand_in.by_shape import fields_of
from smart_charging.clouds.monta_partner.stand_in.people import Vehicle
from smart_charging.clouds.monta_partner.stand_in.prices import TARIFF_ID, WINTER
from smart_charging.errors import NotFoundError, NotPermittedError, RefusedError
from worlds.monta_partner import some_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smart_charging.clouds.monta_partner.client import PartnerClient
    from smart_charging.clouds.monta_partner.stand_in.cloud import PartnerStandIn
    from worlds.virtual_time import Clock

HANDED_OUT = {"get-webhooks-entry", "get-webhooks-entries"}
"""Entries are put in by tests."""


@pytest.fixture
async def ids(operator: PartnerStandIn, partner: PartnerClient, clock: Clock) -> Mapping[str, object]:
    """Of a house in which everything has happened once."""
    car = Car(wants_kwh=5)
    vehicle = operator.vehicles.add(Vehicle(name="Car", car=car, battery_kwh=60))
    point = operator.add_charge_point()
    operator.plug_in(point, car)
    charge = await partner.charges.start(point)
    clock.advance(hours=1)
    operator.unplug(point)
    clock.advance(minutes=5)
    [payment] = [one async for one in partner.wallets.transactions()]
    await partner.call(
        "put-webhooks-config", webhook_url="https://home.example", webhook_secret="x" * 16, event_types=["*"]
    )
    return {
        "chargePointId": point,
        "chargePointIdentity": f"CP-{point}",
        "chargeId": charge.id,
        "chargingRuleId": operator.rules.add(point),
        "vehicleId": vehicle,
        "integrationId": f"integration-{vehicle}",
        "walletId": 91,
        "transactionId": payment.id,
        "tariffId": TARIFF_ID,
        "tariffPeriodGroupId": WINTER,
    }


def stateful_reads(operator: PartnerStandIn) -> list[str]:
    handled = operator.served.handled - HANDED_OUT
    return sorted(name for name in handled if not operations()[name].has_effect and operations()[name].answer)


async def test_what_has_state_is_told_with_all_required_fields_and_no_others(
    operator: PartnerStandIn, partner: PartnerClient, ids: Mapping[str, object]
) -> None:
    for name in stateful_reads(operator):
        required = {one.name for one in operations()[name].parameters if one.is_required}
        given: dict[str, Any] = {key: value for key, value in ids.items() if key in required}
        answer = await partner.call(name, **{**some_required(name), **given})

        fields = fields_of(operations()[name].answer or "")
        for row in rows_of(answer):
            if fields:
                assert {field for field, is_required in fields.items() if is_required} <= row.keys(), name
                assert row.keys() <= fields.keys(), name


def some_required(name: str) -> dict[str, object]:
    required = {one.name for one in operations()[name].parameters if one.is_required}
    return {key: value for key, value in some_parameters(operations()[name]).items() if key in required}


def rows_of(answer: Any) -> list[dict[str, object]]:
    rows = answer["data"] if isinstance(answer, dict) and "data" in answer else answer
    assert rows
    return rows if isinstance(rows, list) else [rows]


@pytest.mark.parametrize(
    ("held", "name"),
    [
        ("charge-points:read", "get-charge-points"),
        ("charge-points:delete", "get-charge-points"),
        ("all:read", "get-charge-points"),
        ("control-public-charging:write", "post-charges"),
    ],
)
async def test_a_scope_includes_those_below_it(
    held: str, name: str, operator: PartnerStandIn, partner: PartnerClient
) -> None:
    operator.login.scopes = [held]
    operator.served.is_by_shape_only = True

    await partner.call(name, **some_required(name))


@pytest.mark.parametrize("held", ["charge-points:read", "all:read", "charges:delete"])
async def test_a_scope_of_reading_or_of_something_else_does_not_start_a_charge(
    held: str, operator: PartnerStandIn, partner: PartnerClient
) -> None:
    operator.login.scopes = [held]

    with pytest.raises(NotPermittedError):
        await partner.charges.start(operator.add_charge_point(), paying_team_id=4100)


async def test_commands_that_make_no_sense_are_refused(operator: PartnerStandIn, partner: PartnerClient) -> None:
    point = operator.add_charge_point()
    charge = await partner.charges.start(point)

    with pytest.raises(RefusedError, match="POST charges: 400"):
        await partner.charges.start(point)
    with pytest.raises(RefusedError, match="restart: 400"):
        await partner.charges.restart(charge.id)
    with pytest.raises(NotPermittedError):
        await partner.charges.start(operator.add_charge_point(), paying_team_id=5)
    with pytest.raises(NotFoundError):
        await partner.charges.stop(point)

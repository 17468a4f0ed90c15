"""What the Partner API tells of money beside its lists: the team's wallet, and a settled charge by the hour."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.config.monitor import MonitorSettings
from smart_charging.entities.states import HomeAssistantStates
from smart_charging.services.watching.hub import Hub
from worlds.household import FakeHass
from worlds.monta_partner import partner_cloud

if TYPE_CHECKING:
    from smart_charging.clouds.monta_partner.client import PartnerClient
    from smart_charging.clouds.monta_partner.cloud import MontaPartnerCloud
    from smart_charging.clouds.monta_partner.stand_in.cloud import PartnerStandIn
    from smart_charging.services.watching.wallet import WalletPolling
    from worlds.virtual_time import Clock

LOG = logging.getLogger("wallet")
TEAM = 4100


async def settled_charge(operator: PartnerStandIn, partner: PartnerClient, clock: Clock) -> int:
    """Of 13.4 kWh, which cost 33.50."""
    point = operator.add_charge_point()
    operator.plug_in(point, Car(wants_kwh=13.4))
    charge = await partner.charges.start(point)
    clock.advance(hours=3)
    operator.unplug(point)
    clock.advance(minutes=5)
    return charge.id


def wallet_of(cloud: MontaPartnerCloud, home: FakeHass, clock: Clock) -> WalletPolling:
    settings = MonitorSettings.model_validate({})
    hub = Hub(cloud, settings, HomeAssistantStates(home.set_state), home, clock=clock, log=LOG)
    assert hub.wallet
    return hub.wallet


async def test_the_wallet_of_the_only_team_is_shown_with_what_a_charge_took_from_it(
    operator: PartnerStandIn, partner: PartnerClient, clock: Clock
) -> None:
    charge_id = await settled_charge(operator, partner, clock)
    home = FakeHass()

    await wallet_of(partner_cloud(operator, clock), home, clock).beat()

    state, shown = home.states["sensor.monta_partner_wallet_balance"]
    _, payments = home.states["sensor.monta_partner_wallet_latest_transaction"]
    assert (state, shown["unit_of_measurement"], shown["credit"]) == ("466.5", "DKK", 25.0)
    [payment] = payments["transactions"]
    assert (payment["amount"], payment["charge_id"]) == (-33.5, str(charge_id))


@pytest.mark.parametrize("reason", ["several teams", "no permission"])
async def test_no_wallet_is_shown_where_it_is_not_clear_whose_or_not_permitted(
    operator: PartnerStandIn, clock: Clock, caplog: pytest.LogCaptureFixture, reason: str
) -> None:
    if reason == "several teams":
        operator.login.teams[4200] = "Another team"
    else:
        operator.login.scopes = ("charges:read", "teams:read")
    home = FakeHass()
    caplog.set_level(logging.INFO)
    wallet = wallet_of(partner_cloud(operator, clock), home, clock)

    for _ in range(2):
        await wallet.beat()

    assert [entity_id for entity_id in home.states if "wallet" in entity_id] == []
    assert caplog.text.count("No wallet is shown") == 1


async def test_with_several_teams_the_wallet_is_that_of_the_team_that_pays(
    operator: PartnerStandIn, clock: Clock
) -> None:
    operator.login.teams[4200] = "Another team"

    wallet = await partner_cloud(operator, clock, paying_team_id=TEAM).wallet(transactions=3)

    assert (wallet.amount, wallet.transactions) == (500.0, [])


async def test_a_settled_charge_tells_its_energy_by_quarter_and_its_price_by_hour(
    operator: PartnerStandIn, partner: PartnerClient, clock: Clock
) -> None:
    charge_id = await settled_charge(operator, partner, clock)

    told = await partner_cloud(operator, clock).consumption(str(charge_id))

    assert sum(one.amount for one in told.energy) == pytest.approx(13.4)
    assert sum(one.amount for one in told.price) == pytest.approx(33.5)
    assert {(one.end - one.start) for one in told.energy} == {timedelta(minutes=15)}
    assert told.cost == []

"""Slugs for entity ids: one charger each, for good."""

import pytest

from smart_charging.charger import Charger, ChargerState
from smart_charging.entities.names import Slugs


def charger(charger_id: str, name: str) -> Charger:
    state = ChargerState.AVAILABLE
    return Charger(
        id=charger_id, name=name, state=state, cloud_state=None, is_plugged_in=False, visibility="private", type="ac"
    )


@pytest.mark.parametrize(
    ("aliases", "name", "slug"),
    [
        pytest.param({}, "Carport Sør", "monta_carport_sor", id="name"),
        pytest.param({}, "充電器", "monta_7", id="a name without a Latin letter"),
        pytest.param({"7": "drive"}, "Garage", "monta_drive", id="alias"),
        pytest.param({"8": "garage"}, "Garage", "monta_garage_7", id="somebody else's alias"),
        pytest.param({}, "Wallet", "monta_wallet_7", id="the wallet's slug"),
        pytest.param({"7": "cloud"}, "Garage", "monta_cloud_7", id="the account's slug as alias"),
    ],
)
def test_a_charger_gets_a_slug_nobody_else_has(aliases: dict[str, str], name: str, slug: str) -> None:
    assert Slugs(aliases, "monta").of(charger("7", name)) == slug


def test_a_slug_given_before_a_restart_is_kept_from_an_alias_written_since() -> None:
    slugs = Slugs({"8": "garage"}, "monta")
    slugs.recall({"7": "monta_garage"})

    given = slugs.of(charger("7", "Garage")), slugs.of(charger("8", "Carport"))

    assert given == ("monta_garage", "monta_garage_8")


def test_an_alias_written_since_replaces_the_chargers_earlier_slug() -> None:
    slugs = Slugs({"7": "drive"}, "monta")
    slugs.recall({"7": "monta_garage"})

    assert slugs.of(charger("7", "Garage")) == "monta_drive"

"""What a session cost the owner and what its driver pays are two amounts, each shown for what it is."""

import re
from datetime import timedelta

import pytest

from smart_charging.clouds.monta import models
from smart_charging.clouds.monta.stand_in import shapes
from smart_charging.clouds.monta.stand_in.site import Charge, ChargePoint
from worlds.documentation import DOCUMENTATION
from worlds.household import MIDNIGHT, Household


async def charged(home: Household, *, minutes: float = 30, leaves: bool = True) -> None:
    home.monta.start_by_hand(home.point_id)
    await home.live(minutes=minutes)
    if leaves:
        home.unplug()
        await home.live(minutes=5)
    else:
        home.monta.stop_by_hand(home.point_id)
        await home.live(minutes=2)


async def test_cost_and_price_of_a_session_are_shown_apart(home: Household) -> None:
    home.monta.site.price, home.monta.site.driver_price = (lambda _at: 0.8), 2.5
    home.plug_in()

    await charged(home)

    energy_kwh = float(home.state("session_energy"))
    assert float(home.state("session_cost")) == pytest.approx(0.8 * energy_kwh, abs=0.01)
    assert float(home.state("session_price")) == pytest.approx(0.8, abs=0.01)
    assert float(home.state("session_paid")) == pytest.approx(2.5 * energy_kwh, abs=0.01)
    told = home.attributes("last_charge")
    assert (told["average_price_per_kwh"], told["price"]) == (2.5, float(home.state("session_paid")))


async def test_without_cost_tracking_only_the_price_is_known(home: Household) -> None:
    home.monta.site.driver_price = 3.1
    home.plug_in()

    await charged(home)

    assert home.state("session_cost") == "unknown"
    assert float(home.state("session_paid")) == pytest.approx(3.1 * float(home.state("session_energy")), abs=0.01)


async def test_nothing_is_paid_at_a_charger_of_ones_own(home: Household) -> None:
    home.monta.site.price = lambda _at: 1.2
    home.plug_in()

    await charged(home)

    assert float(home.state("session_paid")) == 0
    assert float(home.state("session_cost")) > 0


async def test_an_amount_is_shown_once_it_is_settled(home: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    told = shapes.charge
    monkeypatch.setattr(shapes, "charge", lambda *args: {**told(*args), "cost": 0.15, "price": 9.0})
    home.plug_in()

    await charged(home, leaves=False)
    before = home.state("session_cost"), home.state("session_energy")
    home.unplug()
    await home.live(minutes=5)

    assert (before[0], home.state("session_cost"), home.state("session_paid")) == ("unknown", "0.15", "9.0")
    assert before[1] == home.state("session_energy")


async def test_a_start_that_failed_costs_nothing_and_hides_no_cost(home: Household) -> None:
    home.monta.site.price = lambda _at: 1.0
    home.plug_in()
    await charged(home, leaves=False)
    home.monta.site.points[home.point_id].fails_with = "ev-refused"

    await charged(home, minutes=2)

    assert float(home.state("session_cost")) == pytest.approx(float(home.state("session_energy")), abs=0.01)


async def test_a_charge_that_failed_does_not_count_minutes_on(home: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    told = shapes.charge

    def failed(charge: Charge, currency_code: str) -> shapes.Json:
        row = told(charge, currency_code)
        return row if charge.is_open else {**row, "stoppedAt": None, "failedAt": row["stoppedAt"]}

    monkeypatch.setattr(shapes, "charge", failed)
    home.plug_in()
    await charged(home, minutes=30)

    await home.live(hours=2)

    assert float(home.state("session_duration")) == pytest.approx(30, abs=1)


def test_what_is_told_of_a_charge_is_read_or_named_in_the_documentation() -> None:
    point = ChargePoint(id=1, name=None, serial_number=None, max_kw=11, created_at=MIDNIGHT, updated_at=MIDNIGHT)
    charge = Charge(id=2, point=point, created_at=MIDNIGHT, updated_at=MIDNIGHT + timedelta(minutes=1), by="app")
    read = {field.alias for field in models.Charge.model_fields.values()}

    dropped = {key for key in shapes.charge(charge, "DKK") if key not in read}

    assert {key for key in dropped if not re.search(rf"\b{key}\b", DOCUMENTATION)} == set()

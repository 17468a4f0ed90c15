"""Readings that no charger can have delivered are neither counted nor learned from."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from smart_charging.charger import Charge, ChargeState
from smart_charging.clouds.monta.stand_in import site
from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta.stand_in.habits import Habits, Words
from smart_charging.services.watching.plausible_energy import PlausibleEnergy
from worlds.household import Household
from worlds.virtual_time import Clock


def jump(monkeypatch: pytest.MonkeyPatch, more_kwh: float) -> None:
    """From now on the meter tells so much more."""
    real = site.Charge.consumed_kwh.fget  # type: ignore[attr-defined]  # a property
    monkeypatch.setattr(site.Charge, "consumed_kwh", property(lambda charge: (real(charge) or 0.0) + more_kwh))


async def test_late_lists_between_looks_at_the_charge_count_no_energy_twice(home: Household) -> None:
    home.monta.habits = Habits(list_lag=timedelta(minutes=3))
    home.schedule(energy_kwh=22, mode="now")
    home.plug_in()

    for _ in range(10):
        await home.live(minutes=5)
        await home.hub.charges.charge(str(home.point_id), home.attributes("last_charge")["charge_id"])

    assert float(home.state("energy")) == pytest.approx(home.delivered_kwh, abs=0.9)


def test_a_first_reading_that_cannot_be_tells_nothing_rather_than_that_nothing_has_flowed(clock: Clock) -> None:
    energy = PlausibleEnergy(logging.getLogger("energy"))
    charge = Charge(id="1", charger_id="7", state=ChargeState.CHARGING, created_at=clock.at, consumed_kwh=2750.0)

    told = [energy.of(charge, clock.at + timedelta(minutes=minute)).consumed_kwh for minute in (0, 1, 2)]

    assert told == [None, None, None]


@pytest.mark.parametrize("more_kwh", [260.0, 1e300])
async def test_a_jump_of_the_meter_is_left_out_of_plan_total_and_book(
    home: Household, monkeypatch: pytest.MonkeyPatch, more_kwh: float
) -> None:
    home.schedule(energy_kwh=22, mode="now")
    home.plug_in()
    await home.live(minutes=50)
    before_kwh = home.delivered_kwh

    jump(monkeypatch, more_kwh)
    await home.live(minutes=8)
    monkeypatch.undo()
    await home.live(hours=3)

    assert before_kwh > 8
    assert (home.state("plan"), home.starts) == ("done", 1)
    assert home.delivered_kwh == pytest.approx(22, abs=0.3)
    assert float(home.state("energy")) == pytest.approx(22, abs=0.3)
    assert home.hass.store.get(f"power_{home.point_id}", {}).get("learned_kw", 11) == pytest.approx(11, rel=0.1)


async def test_what_flows_after_a_jump_that_stays_still_counts(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.schedule(energy_kwh=22, mode="now")
    home.plug_in()
    await home.live(minutes=50)

    jump(monkeypatch, 300)
    await home.live(hours=3)
    monkeypatch.undo()

    assert home.state("plan") == "done"
    assert home.delivered_kwh == pytest.approx(22, abs=0.5)


async def test_energy_that_came_while_the_cloud_was_away_is_believed(home: Household) -> None:
    home.schedule(energy_kwh=33, mode="now")
    home.plug_in()
    await home.live(minutes=10)

    home.monta.failures.outage = Failure.CUT
    await home.live(hours=2)
    home.monta.failures.outage = None
    await home.live(hours=2)

    assert float(home.state("energy")) == pytest.approx(33, abs=0.3)


@pytest.mark.parametrize("told", ["nothing", "zero", "anew"])
async def test_energy_that_was_there_is_not_gone_when_the_meter_falls(
    home: Household, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    real = site.Charge.consumed_kwh.fget  # type: ignore[attr-defined]  # a property

    def consumed_kwh(charge: site.Charge) -> float | None:
        kwh: float = real(charge) or 0.0
        is_odd_minute = home.clock().minute % 2
        match told:
            case "nothing" if is_odd_minute:
                return None
            case "zero" if is_odd_minute:
                return 0.0
            case "anew" if kwh > 4:
                return kwh - 4
            case _:
                return kwh

    monkeypatch.setattr(site.Charge, "consumed_kwh", property(consumed_kwh))
    home.schedule(energy_kwh=9, mode="now")
    home.plug_in()

    await home.live(hours=1, minutes=15)
    monkeypatch.undo()

    assert (home.state("plan"), home.starts) == ("done", 1)
    assert home.delivered_kwh == pytest.approx(9, abs=0.4)
    assert float(home.state("energy")) == pytest.approx(9, abs=0.4)


@pytest.mark.parametrize("states", [Words.MONTA, Words.OCPP_16, Words.OCPP_201, Words.NONE])
async def test_energy_that_an_offline_charger_tells_of_when_it_is_back_is_believed(
    home: Household, states: Words
) -> None:
    home.monta.habits = replace(home.monta.habits, states=states)
    home.schedule(energy_kwh=33, mode="now")
    home.plug_in()
    await home.live(minutes=10)

    home.monta.lose(home.point_id)
    await home.live(hours=2.4)
    home.monta.find(home.point_id)
    await home.live(hours=1.5)

    assert float(home.state("energy")) == pytest.approx(home.delivered_kwh, abs=0.1)
    assert home.delivered_kwh == pytest.approx(33, abs=0.5)

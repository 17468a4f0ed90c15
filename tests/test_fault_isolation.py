"""What goes wrong at one charger, or in what was remembered, stays there."""

from collections.abc import Mapping
from typing import Any

import pytest

from smart_charging.charger import Charger
from smart_charging.planning import replanner
from smart_charging.services.cars.car_settings import CarSettings
from smart_charging.services.cars.car_settings_reader import CarSettingsReader
from smart_charging.services.control.control import Control
from smart_charging.services.pricing.feed import PriceFeed
from smart_charging.services.scheduling.charger_scheduler import ChargerScheduler
from smart_charging.services.scheduling.execution import Execution
from smart_charging.services.watching.meters import Readings
from smart_charging.services.watching.stable_charges import StableCharges
from worlds.household import HOUR, Household

SOON: dict[str, Any] = {"energy_kwh": 5.5, "ready_by": "22:30"}
"""An hour and a half for half an hour of charging, which is cheapest at the end."""


@pytest.fixture
def home(home: Household) -> Household:
    home.plug_in()
    return home


@pytest.fixture
def other(home: Household) -> int:
    other = home.monta.add_charge_point("Carport")
    home.plug_in(point_id=other)
    return other


def kwh(home: Household, point_id: int) -> float:
    home.monta.site.catch_up()
    return sum(charge.consumed_kwh or 0 for charge in home.monta.site.charges.values() if charge.point.id == point_id)


def break_at_the_first(home: Household, monkeypatch: pytest.MonkeyPatch, kind: type, method: str) -> None:
    """Let a method fail whose first argument is the garage's charger."""
    works = getattr(kind, method)

    async def fail(one: object, charger: Charger, *args: Any, **more: Any) -> Any:
        if charger.id == str(home.point_id):
            raise ZeroDivisionError
        return await works(one, charger, *args, **more)

    monkeypatch.setattr(kind, method, fail)


@pytest.mark.parametrize("broken", [(ChargerScheduler, "snapshot"), (Execution, "start"), (Execution, "stop")])
async def test_a_bug_met_at_one_charger_does_not_hold_up_the_other(
    home: Household,
    other: int,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    broken: tuple[type, str],
) -> None:
    home.schedule(other, **SOON)
    break_at_the_first(home, monkeypatch, *broken)

    await home.live(hours=2)

    assert kwh(home, other) == pytest.approx(5.5, abs=0.2)
    assert "please report it" in caplog.text


async def test_a_charger_nobody_can_judge_still_counts_on_the_fuse(
    home: Household, other: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.schedule(other, mode="now", common={"fuse_kw": 11})
    home.monta.start_by_hand(home.point_id)
    break_at_the_first(home, monkeypatch, ChargerScheduler, "snapshot")

    await home.live(hours=1)

    assert (home.state("plan"), kwh(home, other)) == ("waiting", 0)
    assert "an error in these apps" in home.attributes("plan")["sentence"]


async def test_a_planner_that_fails_leaves_no_car_empty(home: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    home.schedule(**SOON)

    def fail(*_args: Any, **_options: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(replanner, "replan", fail)
    await home.live(hours=2)

    assert home.delivered_kwh == pytest.approx(5.5, abs=0.2)


async def test_prices_that_cannot_be_read_for_a_bug_leave_no_car_empty(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.schedule(**SOON)

    async def fail(_prices: PriceFeed) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(PriceFeed, "read", fail)
    await home.live(hours=2)

    assert home.delivered_kwh == pytest.approx(5.5, abs=0.2)


async def test_a_session_remembered_by_the_previous_version_goes_on(home: Household) -> None:
    home.hass.store[f"session_{home.point_id}"] = {
        "plugged_in_at": (home.clock() - 9 * HOUR).isoformat(),
        "ready_by": (home.clock() + 11 * HOUR).isoformat(),
        "manual": "started by hand",
        "has_taken_over": True,
    }
    home.schedule()

    await home.live(hours=1)

    assert (home.state("plan"), home.delivered_kwh) == ("manual", 0)


@pytest.mark.parametrize(
    ("key", "stored"),
    [
        pytest.param("session", {"plugged_in_at": "yesterday", "ready_by": None}, id="session"),
        pytest.param("ledger", {"readings": 5}, id="ledger"),
        pytest.param("need", {"target_energy": 5, "mode": {"asked": "turbo", "instead_of": "smart"}}, id="need"),
        pytest.param("values_charge_point", {"energy_kwh": 5}, id="values"),
        pytest.param("values_charge_point", {"energy_kwh": {"of": "sensor.energy", "word": "x"}}, id="a value"),
    ],
)
async def test_what_another_version_remembered_and_nobody_understands_is_left(
    home: Household, key: str, stored: Mapping[str, Any]
) -> None:
    home.hass.store[f"{key}_{home.point_id}"] = stored
    home.schedule(**(SOON | {"energy_kwh": "sensor.energy"}))
    home.say("sensor.energy", "5.5")

    await home.live(hours=2)

    assert home.delivered_kwh == pytest.approx(5.5, abs=0.2)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param((StableCharges, "_settled"), id="its charges"),
        pytest.param((Readings, "view"), id="its meter"),
        pytest.param((Control, "review"), id="who started what"),
    ],
)
async def test_a_charger_that_cannot_be_taken_in_does_not_hide_the_other(
    home: Household, other: int, monkeypatch: pytest.MonkeyPatch, broken: tuple[type, str]
) -> None:
    home.schedule(other, **SOON)
    break_at_the_first(home, monkeypatch, *broken)

    await home.live(hours=2)

    assert kwh(home, other) == pytest.approx(5.5, abs=0.2)


async def test_settings_nobody_can_read_for_a_bug_do_not_hold_up_the_other_car(
    home: Household, other: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.schedule(other, **SOON)
    works: Any = vars(CarSettingsReader)["settings"].fget

    def fail(one: CarSettingsReader) -> CarSettings:
        if one._store_key == f"need_{home.point_id}":
            raise ZeroDivisionError
        return works(one)  # type: ignore[no-any-return]

    monkeypatch.setattr(CarSettingsReader, "settings", property(fail))
    await home.live(hours=2)

    assert kwh(home, other) == pytest.approx(5.5, abs=0.2)
    assert home.state("plan") == "waiting"

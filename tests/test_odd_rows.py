"""Rows of the cloud's lists that make no sense, among good ones."""

from collections.abc import Mapping
from typing import Any

import pytest

from smart_charging.clouds.monta.stand_in import shapes
from worlds.household import Household

ODD_CHARGES: Mapping[str, Mapping[str, Any]] = {
    "nothing told": {"id": 31, "chargePointId": 410001, "state": None, "createdAt": None},
    "nobody's": {"id": 32, "chargePointId": None, "state": "stopped", "createdAt": "2026-11-20T12:00:00Z"},
    "no stamp": {"id": 33, "chargePointId": 410001, "state": "stopped", "createdAt": ""},
    "no charge at all": {"error": "gone"},
}


def with_row(monkeypatch: pytest.MonkeyPatch, path: str, row: Any) -> None:
    """Let every page that lists such things hold this row, too."""
    page = shapes.page

    def odd_page(items: Any, *place: int) -> Any:
        is_meant = bool(items) and (("chargePointId" in items[0]) == (path == "charges"))
        return page([*items, row] if is_meant else items, *place)

    monkeypatch.setattr(shapes, "page", odd_page)


async def night(home: Household) -> None:
    home.clock.advance(hours=5.5)
    home.schedule(energy_kwh=5.5)
    home.plug_in()
    await home.live(hours=2)


@pytest.mark.parametrize("row", ODD_CHARGES.values(), ids=ODD_CHARGES)
async def test_an_odd_charge_among_good_ones_keeps_no_car_from_charging(
    home: Household, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, row: Mapping[str, Any]
) -> None:
    with_row(monkeypatch, "charges", row)

    await night(home)

    assert home.delivered_kwh == pytest.approx(5.5, abs=0.2)
    assert home.account("reachable", "binary_sensor")[0] == "on"
    told = [record.getMessage() for record in caplog.records if "left out" in record.getMessage()]
    assert 1 <= len(told) == len(set(told)) <= 2  # of the list, and of a charger's own


async def test_an_odd_charge_point_among_good_ones_keeps_no_car_from_charging(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_row(monkeypatch, "charge-points", {"id": None, "name": "Nowhere"})

    await night(home)

    assert home.delivered_kwh == pytest.approx(5.5, abs=0.2)


async def test_odd_facts_about_a_charge_are_unknown_and_it_goes_on(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    charge = shapes.charge

    def odd_charge(*told: Any) -> Any:
        return {**charge(*told), "soc": 50, "cost": "n/a", "stopReason": 3, "fullyChargedAt": ""}

    monkeypatch.setattr(shapes, "charge", odd_charge)

    await night(home)

    assert home.delivered_kwh == pytest.approx(5.5, abs=0.2)

import pytest

from smart_charging.services.sessions.owed import Lot, Owed


def at(price: float | None) -> Owed:
    """Owed eight kWh of a night of price 1, and four of another's."""
    return Owed(lots=(Lot(8.0, 1.0),)).with_lacking(12, lambda _kwh: price)


@pytest.mark.parametrize(
    ("paid_kwh", "cost"),
    [(0, 0), (5, 5), (8, 8), (10, 8 + 2 * 3), (12, 8 + 4 * 3)],
)
def test_the_oldest_debt_is_paid_first_at_the_price_of_its_night(paid_kwh: float, cost: float) -> None:
    owed = at(3.0)

    assert owed.cost_of(paid_kwh) == cost
    assert owed.without(paid_kwh).energy_kwh == 12 - paid_kwh


def test_what_a_night_of_unknown_price_would_have_cost_is_unknown() -> None:
    assert at(None).cost_of(9) is None
    assert at(None).cost_of(8) == 8


def test_what_a_car_does_not_lack_any_more_is_not_owed() -> None:
    left = at(3.0).with_lacking(3, lambda _kwh: 9.0)

    assert (left.energy_kwh, left.cost_of(3)) == (3, 9)


def test_what_is_owed_outlives_a_restart() -> None:
    assert Owed.from_dict(at(None).to_dict()).lots == list(at(None).lots)

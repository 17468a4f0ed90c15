"""What cars usually want, which says how high a month's peak is going to be."""

from datetime import date, timedelta
from typing import Any

import pytest

from smart_charging.services.peaks.night_needs import NightNeeds
from smart_charging.services.sessions.session_log import BookedSession
from worlds.household import HOUR, MIDNIGHT, Household

TODAY = date(2027, 3, 31)
DAY = timedelta(days=1)
BEGIN = MIDNIGHT - 3 * HOUR


def test_nights_that_were_not_noted_say_how_much_a_car_usually_wants_and_how_often() -> None:
    needs = NightNeeds()

    needs.fill([("1", TODAY - number * DAY, 10.0) for number in (1, 3, 5)], TODAY)

    assert needs.usual_kwh("1") == 10
    assert needs.share("1") == pytest.approx(3 / 5)
    assert needs.usual_kwh("2") is None


def test_what_was_noted_counts_more_than_what_was_booked() -> None:
    needs = NightNeeds()
    for number in range(3):
        needs.note("1", TODAY - number * DAY, 20.0)

    needs.fill([("1", TODAY - number * DAY, 5.0) for number in range(3)], TODAY)

    assert needs.usual_kwh("1") == 20


def test_nights_of_long_ago_say_nothing() -> None:
    needs = NightNeeds()

    needs.fill([("1", TODAY - number * DAY, 5.0) for number in range(29, 60)], TODAY)

    assert needs.usual_kwh("1") is None


def test_what_a_charger_wanted_long_ago_is_forgotten_though_nothing_is_wanted_there_any_more() -> None:
    needs = NightNeeds()
    needs.note("1", TODAY - 29 * DAY, 20.0)

    needs.fill([], TODAY)

    assert not needs.facts().get("1")


async def booked(home: Household, kwh: float, *, nights: int) -> None:
    for number in range(1, nights + 1):
        left_at = MIDNIGHT + 7 * HOUR - number * DAY
        facts: dict[str, Any] = {"plugged_in_at": left_at - 10 * HOUR, "unplugged_at": left_at}
        await home.session_log.add(
            BookedSession(charger_id=str(home.point_id), charger="Garage", energy_kwh=kwh, **facts)
        )


@pytest.mark.parametrize(("kwh", "least_kw", "most_kw"), [(5.0, 3.0, 4.3), (25.0, 4.3, 6.0)])
async def test_with_a_fee_of_today_the_nights_in_the_book_tell_how_high_the_month_is_going_to_be(
    home: Household, kwh: float, least_kw: float, most_kw: float
) -> None:
    home.prices(BEGIN, 1.0, 0.52, 0.50, 0.51, 0.53, 0.54, 0.8, 0.9, 1.0, 1.1)
    home.schedule(energy_kwh=22, ready_by="07:00", common={"peak": {"highest": 1, "price_per_kw": 45}})
    await booked(home, kwh, nights=20)
    home.plug_in()

    await home.live(minutes=5)

    assert least_kw < home.attributes("plan")["peak_expected_kw"] < most_kw

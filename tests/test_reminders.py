from __future__ import annotations

from datetime import UTC, datetime, timedelta

from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.services.sessions.session_log import BookedSession
from worlds.household import Household

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
HALF_PAST_NINE = datetime(2026, 11, 20, 20, 30, tzinfo=UTC)
"""On the Friday of the tests, in Copenhagen; they begin half an hour before."""
REMINDED = {"notify": [{"action": "notify.mobile_app_phone", "about": ["short"], "remind_at": "21:30"}, "notify.wall"]}


def reminders(home: Household) -> list[str]:
    return [data["message"] for _action, data in home.hass.calls if "usually" in data.get("message", "")]


async def has_been_in_every_evening(home: Household, *, until: datetime = HALF_PAST_NINE) -> None:
    for ago in range(1, 15):
        evening = until - ago * DAY
        await home.session_log.add(
            BookedSession(
                charger_id=str(home.point_id),
                charger="Garage",
                plugged_in_at=evening - HOUR,
                unplugged_at=evening + 9 * HOUR,
                energy_kwh=11,
            )
        )


async def scheduled(home: Household, **car: str) -> Household:
    home.schedule(energy_kwh=11, common=REMINDED, **car)
    await has_been_in_every_evening(home)
    return home


async def test_a_car_that_is_not_plugged_in_as_usual_is_told_once_on_the_phone_that_asked(home: Household) -> None:
    await scheduled(home)

    await home.live(minutes=29)
    before = reminders(home)
    await home.live(minutes=70)

    assert before == []
    assert reminders(home) == ["No cable is plugged in, although one usually is by 21:30"]
    assert home.hass.calls[-1][0] == "notify.mobile_app_phone"


async def test_a_restart_reminds_nobody_again(home: Household) -> None:
    await scheduled(home)
    await home.live(minutes=31)

    await home.restart()
    await scheduled(home)
    await home.live(minutes=20)

    assert len(reminders(home)) == 1


async def test_a_car_that_was_in_at_the_hour_and_left_after_it_is_not_missed(home: Household) -> None:
    await scheduled(home)
    home.plug_in()
    await home.live(minutes=35)

    home.unplug()
    await home.live(minutes=30)

    assert reminders(home) == []


async def test_of_a_charger_that_was_not_reached_at_the_hour_people_are_told_as_soon_as_it_is(home: Household) -> None:
    await scheduled(home)
    await home.live(minutes=25)
    home.monta.lose(home.point_id)

    await home.live(minutes=10)
    before = reminders(home)
    home.monta.find(home.point_id)
    await home.live(minutes=5)

    assert (before, len(reminders(home))) == ([], 1)


async def test_a_cloud_that_does_not_answer_says_nothing_of_a_cable(home: Household) -> None:
    await scheduled(home)
    await home.live(minutes=25)
    home.monta.failures.outage = Failure.CUT

    await home.live(minutes=45)

    assert reminders(home) == []


async def test_in_mode_off_nobody_is_reminded(home: Household) -> None:
    await scheduled(home, mode="off")

    await home.live(minutes=45)

    assert reminders(home) == []

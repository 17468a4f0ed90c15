"""While an event runs that an entity tells of, nothing is charged but the minimum."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from smart_charging.config.arguments import parse
from smart_charging.config.scheduler import SchedulerSettings
from smart_charging.errors import ActionError, ConfigError
from smart_charging.services.events.forbidden_time import listed
from worlds.household import COPENHAGEN, HOUR, MIDNIGHT, Household

BEGIN = MIDNIGHT - 3 * HOUR
RIPPLE = "binary_sensor.ripple_control"
SESSIONS = "calendar.saving_sessions"
NAMED = {"friendly_name": "Ripple control"}


@pytest.fixture
def home(home: Household) -> Household:
    """The first two hours are the cheapest, from 21:00 on."""
    home.prices(BEGIN, 1.0, 0.2, 0.3, 0.5, 0.6, 0.7, 0.8)
    return home


def calendar(home: Household, *events: tuple[datetime, datetime, str], state: str = "off") -> None:
    """One that answers as Home Assistant does; its attributes tell the first event, in local time."""

    def answer(data: Mapping[str, Any]) -> Mapping[str, Any]:
        since, until = (datetime.fromisoformat(data[key]) for key in ("start_date_time", "end_date_time"))
        rows = [
            {
                "start": start.astimezone(COPENHAGEN).isoformat(),
                "end": end.astimezone(COPENHAGEN).isoformat(),
                "summary": name,
            }
            for start, end, name in events
            if since < end and start < until
        ]
        return {data["entity_id"]: {"events": rows}}

    home.hass.actions["calendar.get_events"] = answer
    first = {}
    for start, end, name in events[:1]:
        local = [f"{one.astimezone(COPENHAGEN):%Y-%m-%d %H:%M:%S}" for one in (start, end)]
        first = {"message": name, "all_day": False, "start_time": local[0], "end_time": local[1]}
    home.say(SESSIONS, state, **first)


def schedule(home: Household, *others: int, events: str = RIPPLE, **car: Any) -> None:
    common: dict[str, Any] = {key: car.pop(key) for key in ("fuse_kw", "peak") if key in car}
    home.schedule(*others, common={**common, "events": events}, **{"energy_kwh": 11, "ready_by": "03:00", **car})


async def test_a_running_charge_is_stopped_and_goes_on_afterwards(home: Household) -> None:
    home.say(RIPPLE, "off", **NAMED)
    schedule(home)
    home.plug_in()
    await home.live(hours=1.5)
    assert home.delivered_kwh > 4

    home.say(RIPPLE, "on", **NAMED)
    await home.live(minutes=2)
    before_kwh = home.delivered_kwh
    await home.live(minutes=28)
    during_kwh = home.delivered_kwh
    sentence = home.attributes("plan")["sentence"]
    home.say(RIPPLE, "off", **NAMED)
    await home.live(hours=1)

    assert during_kwh == before_kwh < 6.5
    assert sentence.endswith("; waits until this is over: Ripple control")
    assert home.delivered_kwh == pytest.approx(11, abs=0.5)
    assert home.starts == 2


async def test_a_plan_goes_around_what_a_calendar_knows_ahead(home: Household) -> None:
    calendar(home, (BEGIN + HOUR, BEGIN + 2.5 * HOUR, "Saving session"))
    schedule(home, events=SESSIONS)
    home.plug_in()

    await home.live(minutes=3)
    plan = home.attributes("plan")
    await home.live(hours=4)

    assert plan["sentence"].endswith("; waits between 22:00 and 23:30: Saving session")
    assert plan["slots"][0]["start"] == (BEGIN + 2.5 * HOUR).isoformat()
    assert home.charged_between(BEGIN + HOUR, BEGIN + 2.5 * HOUR) == 0
    assert home.delivered_kwh == pytest.approx(11, abs=0.5)
    assert home.starts == 1


async def test_during_a_calendars_event_it_is_said_until_when_is_waited(home: Household) -> None:
    calendar(home, (BEGIN - HOUR, BEGIN + 2 * HOUR, "Saving session"), state="on")
    schedule(home, events=SESSIONS)
    home.plug_in()

    await home.live(hours=1.2)

    assert home.delivered_kwh == 0
    assert home.attributes("plan")["sentence"].endswith("; waits until 23:00: Saving session")


@pytest.mark.parametrize("is_there", [False, True])
async def test_without_an_answer_the_calendars_own_attributes_count(
    home: Household, caplog: pytest.LogCaptureFixture, *, is_there: bool
) -> None:
    calendar(home, (BEGIN + HOUR, BEGIN + 2 * HOUR, "Saving session"))
    home.hass.actions.pop("calendar.get_events")
    if is_there:
        home.hass.actions["calendar.get_events"] = lambda _data: {}
    schedule(home, events=SESSIONS)
    home.plug_in()

    await home.live(hours=4)

    assert home.charged_between(BEGIN + HOUR, BEGIN + 2 * HOUR) == 0
    assert home.delivered_kwh == pytest.approx(11, abs=0.5)
    assert len([line for line in caplog.messages if f"Event {SESSIONS}: " in line]) == 1


async def test_an_event_that_is_called_off_is_no_longer_waited_for(home: Household) -> None:
    calendar(home, (BEGIN + HOUR, BEGIN + 3 * HOUR, "Saving session"))
    schedule(home, events=SESSIONS)
    home.plug_in()
    await home.live(minutes=20)

    calendar(home)
    await home.live(hours=2)

    assert home.charged_between(BEGIN + HOUR, BEGIN + 2 * HOUR) == pytest.approx(11, abs=0.5)


async def test_the_minimum_is_charged_during_an_event_all_the_same(home: Household) -> None:
    home.say(RIPPLE, "on", **NAMED)
    schedule(home, minimum_kwh=4)
    home.plug_in()

    await home.live(minutes=10)
    sentence = home.attributes("plan")["sentence"]
    await home.live(hours=0.7)

    assert sentence.endswith("; only the minimum is charged until this is over: Ripple control")
    assert home.delivered_kwh == pytest.approx(4, abs=0.5)


async def test_mode_now_charges_through_an_event(home: Household) -> None:
    home.say(RIPPLE, "on", **NAMED)
    schedule(home)
    home.plug_in()
    await home.live(minutes=5)

    await home.choose("mode", "now")
    await home.live(hours=1.2)

    assert home.delivered_kwh == pytest.approx(11, abs=0.5)


async def test_a_charge_that_a_person_started_is_left_alone(home: Household) -> None:
    home.say(RIPPLE, "off", **NAMED)
    schedule(home)
    home.plug_in()
    await home.live(minutes=5)
    await home.ha_commands.command("start", str(home.point_id))
    await home.live(minutes=5)

    home.say(RIPPLE, "on", **NAMED)
    await home.live(minutes=60)

    assert home.delivered_kwh > 10
    assert home.stops == 0


async def test_an_entity_that_says_nothing_counts_as_before_for_an_hour_only(home: Household) -> None:
    home.say(RIPPLE, "on", **NAMED)
    schedule(home)
    home.plug_in()
    await home.live(minutes=20)

    home.say(RIPPLE, "unavailable")
    await home.live(minutes=55)
    within_kwh = home.delivered_kwh
    await home.live(hours=1.5)

    assert within_kwh == 0
    assert home.delivered_kwh == pytest.approx(11, abs=0.5)


async def test_an_event_without_end_leaves_the_car_short_and_the_plan_says_why(home: Household) -> None:
    home.say(RIPPLE, "on", **NAMED)
    schedule(home, ready_by="23:00")
    home.plug_in()

    await home.live(hours=1.5)

    assert home.delivered_kwh == 0
    assert "the time in which nothing may be charged leaves too little" in home.attributes("plan")["sentence"]


@pytest.mark.parametrize("fuse_kw", [12, 23])
async def test_on_a_common_fuse_no_car_charges_during_an_event(home: Household, fuse_kw: float) -> None:
    carport = home.monta.add_charge_point("Carport")
    calendar(home, (BEGIN + HOUR, BEGIN + 2.5 * HOUR, "Saving session"))
    schedule(home, carport, events=SESSIONS, fuse_kw=fuse_kw)
    home.plug_in()
    home.plug_in(point_id=carport)

    await home.live(hours=5)

    assert home.charged_between(BEGIN + HOUR + timedelta(minutes=1), BEGIN + 2.5 * HOUR) == 0
    assert home.delivered_kwh == pytest.approx(22, abs=1.0)


async def test_with_a_fee_for_peaks_the_event_is_kept_out_of_too(home: Household) -> None:
    calendar(home, (BEGIN + HOUR, BEGIN + 2 * HOUR, "Saving session"))
    schedule(home, events=SESSIONS, peak={"highest": 1, "steps": [[8, 100], [15, 400]]})
    home.plug_in()

    await home.live(hours=6)

    hours = [home.charged_between(BEGIN + number * HOUR, BEGIN + (number + 1) * HOUR) for number in range(6)]
    assert hours[1] == 0
    assert max(hours) < 7
    assert home.delivered_kwh == pytest.approx(11, abs=0.5)


@pytest.mark.parametrize(
    ("first", "last", "start", "end"),
    [
        ("2026-11-21", "2026-11-22", "2026-11-20T23:00+00:00", "2026-11-21T23:00+00:00"),
        ("2026-11-21T17:30:00+00:00", "2026-11-21T19:00:00Z", "2026-11-21T17:30+00:00", "2026-11-21T19:00+00:00"),
        ("2026-11-21 17:30:00", "2026-11-21 19:00:00", "2026-11-21T16:30+00:00", "2026-11-21T18:00+00:00"),
    ],
)
def test_days_and_moments_of_a_calendar_are_understood(first: str, last: str, start: str, end: str) -> None:
    [event] = listed({SESSIONS: {"events": [{"start": first, "end": last, "summary": " "}]}}, SESSIONS, COPENHAGEN)

    assert [event.start, event.end] == [datetime.fromisoformat(start), datetime.fromisoformat(end)]
    assert event.name == SESSIONS


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {SESSIONS: None},
        {SESSIONS: {"events": "none"}},
        {SESSIONS: {"events": [None, {}, {"start": 5, "end": "2026-11-22"}]}},
        {SESSIONS: {"events": [{"start": "2026-11-22", "end": "2026-11-21"}]}},
        {
            SESSIONS: {
                "events": [{"start": "0001-01-01", "end": "9999-12-31T23:59:59"}, {"start": "soon", "end": "later"}]
            }
        },
    ],
)
def test_rows_of_a_calendar_that_make_no_sense_are_left_out(answer: dict[str, Any]) -> None:
    assert list(listed(answer, SESSIONS, COPENHAGEN)) == []


async def test_a_calendar_that_cannot_be_asked_keeps_what_it_told(home: Household) -> None:
    calendar(home, (BEGIN + 3 * HOUR, BEGIN + 4 * HOUR, "Later"), (BEGIN + HOUR, BEGIN + 2 * HOUR, "Saving session"))
    schedule(home, events=SESSIONS)
    home.plug_in()
    await home.live(minutes=5)

    def fail(_data: Mapping[str, Any]) -> Mapping[str, Any]:
        raise ActionError("Home Assistant is away")

    home.hass.actions["calendar.get_events"] = fail
    home.say(SESSIONS, "unavailable")
    await home.live(hours=4)

    assert home.charged_between(BEGIN + HOUR, BEGIN + 2 * HOUR) == 0
    assert home.delivered_kwh == pytest.approx(11, abs=0.5)


def test_what_is_no_entity_is_refused() -> None:
    car = {"charge_point_id": 1, "energy_kwh": 20, "ready_by": "07:00"}

    with pytest.raises(ConfigError, match="events"):
        parse(SchedulerSettings, {"chargers": [car], "events": ["saving sessions"]})

"""What the demo tells of a night, from states as the apps publish them: recorded ones, and some for what goes wrong."""

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

import pytest

from smart_charging.demo.console import Console
from smart_charging.demo.facts import Facts
from smart_charging.demo.house import State
from smart_charging.demo.night import PRICE_ENTITY, Night
from smart_charging.demo.night_clock import NightClock
from smart_charging.demo.reporter import Reporter
from smart_charging.demo.story import Kind, Story, progress
from smart_charging.demo.summary import Summary
from smart_charging.services.sessions.session_log import BookedSession
from worlds.terminal import Terminal

SLUG = "monta_garage"
ZONE = ZoneInfo("Europe/Copenhagen")
EVENING = datetime(2026, 11, 26, 21, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)
RECORDED = Path(__file__).parent / "payloads" / "demo_night.json"


def recorded() -> Iterator[tuple[datetime, Mapping[str, State]]]:
    """A night that was played: every state there was, whenever one had changed."""
    night = json.loads(RECORDED.read_text(encoding="utf-8"))
    first = datetime.fromisoformat(night["first_price_at"])
    starts = [first + number * HOUR / 4 for number in range(len(night["prices"]) + 1)]
    rows = [
        {"start": start.isoformat(), "end": end.isoformat(), "value": price}
        for start, end, price in zip(starts, starts[1:], night["prices"], strict=False)
    ]
    states: dict[str, State] = {}
    for moment in night["moments"]:
        states |= {entity_id: State.read(raw) for entity_id, raw in moment["states"].items()}
        prices = State(state=states[PRICE_ENTITY].state, attributes={"currency": "DKK", "raw_today": rows})
        yield datetime.fromisoformat(moment["at"]), {**states, PRICE_ENTITY: prices}


def tell_the_recorded_night(to: TextIO, *, log: str = "") -> None:
    reporter = Reporter(Console(to), lambda: log, slug=SLUG, prefix="monta", verbose=False)
    for at, states in recorded():
        reporter.look(states, at)


def told_of_the_recorded_night(to: io.StringIO | None = None) -> str:
    to = to or io.StringIO()
    tell_the_recorded_night(to)
    return to.getvalue()


def told_in_ascii(log: str = "") -> str:
    to = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    tell_the_recorded_night(to, log=log)
    to.seek(0)
    return to.read()


def house(plan: str, *, cable: str = "on", charging: str = "off", **attributes: Any) -> Mapping[str, State]:
    return {
        f"sensor.{SLUG}_state": State(state="preparing"),
        f"binary_sensor.{SLUG}_cable": State(state=cable),
        f"binary_sensor.{SLUG}_charging": State(state=charging),
        f"sensor.{SLUG}_plan": State(state=plan, attributes=attributes),
    }


def planned(plan: str, sentence: str, *starts: datetime, charging: str = "off") -> Mapping[str, State]:
    slots = [{"start": start.isoformat(), "end": (start + HOUR).isoformat()} for start in starts]
    return house(plan, charging=charging, sentence=sentence, slots=slots)


def told(*moments: Mapping[str, State], at: datetime = EVENING) -> Sequence[str]:
    story = Story(ZONE, "DKK")
    return [news.text for states in moments for news in story.news(Facts.read(states, SLUG), at)]


def test_a_night_is_told_in_what_a_person_would_notice() -> None:
    text = told_of_the_recorded_night()

    assert re.findall(r"^\d\d:\d\d  [^;\n]*", text, flags=re.MULTILINE) == [
        "22:14  The charger is free.",
        "22:16  The car is plugged in.",
        "22:17  The plan: 22 kWh in 2 blocks between 00:15 and 02:30, 0.18 DKK/kWh on",
        "00:16  Charging begins",
        "01:46  Charging pauses until 02:00",
        "02:00  Charging goes on",
        "02:31  Charging is done",
        "02:31  The car is unplugged.",
    ]
    assert re.search(r"pauses until 02:00; 16\.\d kWh are in the car, charged at 11\s+kW", text)


def test_the_plan_is_drawn_once_over_the_hours_of_the_night() -> None:
    lines = told_of_the_recorded_night().splitlines()

    marks = [line for line in lines if set(line.strip()) == {"#", " "}]
    assert [line.rstrip() for line in marks] == [" " * 25 + "###### ##"]
    assert "        20  21  22  23  00  01  02  03  04  05  06  07" in lines


def test_no_line_is_wider_than_80_columns_and_none_has_codes_for_a_terminal() -> None:
    text = told_of_the_recorded_night()

    assert max(map(len, text.splitlines())) <= 80
    assert not {"\x1b", "\r"} & set(text)


def test_where_there_are_no_block_characters_the_night_is_told_in_ascii() -> None:
    text = told_in_ascii()

    assert "||||" in text
    assert "?" not in text


def test_a_terminal_shows_progress_between_two_events_and_clears_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)

    text = told_of_the_recorded_night(Terminal())

    assert "0.0 of 22 kWh, waiting for 00:15" in text
    assert re.search(r"kWh, charging at 11\.\d kW", text)
    assert all("\r\x1b[K" in line for line in text.split("\n") if "Charging" in line)


def test_who_wants_no_colour_still_sees_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    text = told_of_the_recorded_night(Terminal())

    assert "waiting for 00:15" in text
    assert re.findall(r"\x1b\[[\d;]*m", text) == []


def test_what_the_apps_warn_of_is_told_in_any_encoding() -> None:
    log = "2026-11-26 22:20:01.5 WARNING charging_monitor: Kørsel does not answer\n2026 INFO charging_monitor: fine\n"

    text = told_in_ascii(log)

    assert text.count("K?rsel does not answer") == 1
    assert "fine" not in text


def test_a_plan_that_only_goes_on_is_not_told_again() -> None:
    one, other = EVENING + HOUR, EVENING + 4 * HOUR
    story = Story(ZONE, "DKK")
    story.news(Facts.read(planned("waiting", "Twice", one, other), SLUG), EVENING)

    later = story.news(Facts.read(planned("charging", "Once more", one + HOUR / 2, other), SLUG), one + HOUR / 2)

    assert later == []


def test_a_plan_for_other_hours_is_told() -> None:
    lines = told(planned("waiting", "At one", EVENING + HOUR), planned("waiting", "At four", EVENING + 4 * HOUR))

    assert lines == ["The car is plugged in.", "The plan: At one.", "The plan is now: At four."]


@pytest.mark.parametrize("state", ["short", "stuck", "manual", "off"])
def test_what_keeps_the_car_from_its_energy_is_told_with_the_reason(state: str) -> None:
    story = Story(ZONE, "DKK")
    story.news(Facts.read(house("idle"), SLUG), EVENING)

    news = story.news(Facts.read(house(state, reason="The charger does not answer"), SLUG), EVENING)

    assert [(one.text, one.kind) for one in news] == [("The charger does not answer", Kind.WORRY)]


def test_a_stop_that_the_charger_has_not_carried_out_is_no_end() -> None:
    story = Story(ZONE, "DKK")
    story.news(Facts.read(house("charging", charging="on"), SLUG), EVENING)

    obeying = story.news(Facts.read(house("done", charging="on"), SLUG), EVENING)
    obeyed = story.news(Facts.read(house("done"), SLUG), EVENING)

    assert obeying == []
    assert [one.text for one in obeyed] == ["Charging is done."]


def test_states_of_an_app_that_is_gone_tell_nothing() -> None:
    nothing = {entity_id: State(state="unavailable") for entity_id in house("idle")}

    assert told(nothing, nothing) == []
    assert progress(Facts.read(nothing, SLUG), ZONE, full="#", empty="-") == "waiting for the car"


def test_the_night_goes_by_at_its_speed_in_another_process_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.monotonic", lambda: 1000.0)
    clock = NightClock.reaching(EVENING, in_s=3, speed=225)

    monkeypatch.setattr("time.monotonic", lambda: 1007.0)
    other = NightClock.from_text(clock.text)

    assert clock.now() == other.now() == EVENING + HOUR / 4


def booked(**changed: Any) -> BookedSession:
    facts: dict[str, Any] = {
        "energy_kwh": 22.04,
        "cost": 3.9,
        "cost_at_once": 28.1,
        "currency": "DKK",
        "starts": 2,
        "was_ready": True,
    }
    return BookedSession(
        charger_id="1", charger="Garage", plugged_in_at=EVENING, unplugged_at=EVENING + 5 * HOUR, **(facts | changed)
    )


def summary(session: BookedSession | None, *, hours: float = 2) -> Summary:
    night = Night.of(EVENING, wanted_kwh=22)
    flow = (EVENING + HOUR, EVENING + (1 + hours) * HOUR)
    return Summary(night=night, booked=session, flows=[flow], requests=1234)


def test_the_figures_at_the_end_are_the_booked_ones() -> None:
    lines = list(summary(booked()).lines())

    assert lines == [
        "Charged   22.0 of 22 kWh in 2 charges",
        "Cost      3.90 DKK; charged at once it would have been 28.10 DKK",
        "Saved     24.20 DKK",
        "Ready     at 01:15, for a departure at 07:00",
        "Cloud     1234 requests",
    ]


def test_books_that_the_charger_contradicts_are_told_so() -> None:
    assert list(summary(booked(energy_kwh=25.0)).lines())[-1] == "The charger itself has counted 22.0 kWh."


@pytest.mark.parametrize(
    ("session", "hours", "went_well"),
    [
        pytest.param(booked(), 2, True, id="charged and booked"),
        pytest.param(booked(), 1.9, False, id="booked but not charged"),
        pytest.param(booked(was_ready=False), 2, False, id="charged but booked as late"),
        pytest.param(None, 2, False, id="charged but not booked"),
    ],
)
def test_a_night_goes_well_where_car_and_books_agree(
    session: BookedSession | None, hours: float, *, went_well: bool
) -> None:
    assert summary(session, hours=hours).went_well == went_well

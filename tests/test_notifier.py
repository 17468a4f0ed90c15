from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smart_charging.charger import Charge, Charger, ChargerState, ChargeState
from smart_charging.config.arguments import Settings, parse
from smart_charging.config.notify import NotifyList
from smart_charging.entities.plan_view import PlanState, PlanView
from smart_charging.errors import ActionError, ConfigError
from smart_charging.planning.plan import Plan, PlanSlot
from smart_charging.services.notify.notifier import Notifier
from worlds.household import COPENHAGEN, LOG, FakeHass
from worlds.virtual_time import Clock

EVENING = datetime(2026, 11, 20, 20, tzinfo=UTC)
SEVEN = datetime(2026, 11, 21, 6, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
GARAGE = Charger(
    id="7",
    name="Garage",
    state=ChargerState.PREPARING,
    cloud_state=None,
    is_plugged_in=True,
    visibility="private",
    type="ac",
)


class Arguments(Settings):
    notify: NotifyList


class Phone:
    """Home Assistant, as far as its notify actions go."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        self.broken: set[str] = set()
        self.asked = 0

    async def call_action(self, action: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
        self.asked += 1
        if action in self.broken:
            raise ActionError(f"there is no action {action}")
        self.calls.append((action, data))
        return {}

    @property
    def messages(self) -> list[str]:
        return [data["message"] for _action, data in self.calls]


class Person:
    """Somebody with a phone and notifications on it."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.phone = Phone()
        self.hass = FakeHass()
        self.woken = 0
        self.wants("notify.phone")

    def wants(self, notify: object) -> None:
        """Start the apps, with that argument."""
        settings = parse(Arguments, {"notify": notify}).notify
        self.notifier = Notifier(self.phone, self.hass, settings, zone=COPENHAGEN, clock=self.clock, log=LOG)
        self.notifier.wake_with(self._wake)

    def _wake(self) -> None:
        self.woken += 1

    async def sees(self, view: PlanView, *, after: timedelta = MINUTE) -> list[str]:
        """What the phone says when a view comes along."""
        self.clock.at += after
        before = len(self.phone.messages)
        await self.notifier.take_in(view, "7")
        await self.notifier.beat()
        return self.phone.messages[before:]

    async def misses_prices(self, problem: str | None, *, after: timedelta = MINUTE) -> list[str]:
        self.clock.at += after
        await self.notifier.prices_missing(problem)
        await self.notifier.beat()
        return self.phone.messages


@pytest.fixture
def person(clock: Clock) -> Person:
    return Person(clock)


def planned(
    start: datetime = EVENING + 4 * HOUR, state: PlanState = PlanState.WAITING, *, short_kwh: float = 0.0, **plan: Any
) -> PlanView:
    slot = PlanSlot(start=start, end=start + 2 * HOUR, price_per_kwh=0.25, energy_kwh=22)
    made = Plan(
        slots=[slot],
        ready_by=SEVEN,
        cost_at_once=55.0,
        currency="DKK",
        shortfall_kwh=short_kwh,
        shortfall_reason="there is no time" if short_kwh else None,
    )
    return PlanView(charger=GARAGE, state=state, zone=COPENHAGEN, plan=replace(made, **plan))


def short(kwh: float) -> PlanView:
    return planned(state=PlanState.SHORT, short_kwh=kwh)


def done(plugged_in_at: datetime | None = EVENING, *, cable_stamp: datetime | None = EVENING - MINUTE) -> PlanView:
    charge = Charge(
        id="1",
        charger_id="7",
        state=ChargeState.STOPPED,
        created_at=EVENING,
        cable_plugged_in_at=cable_stamp,
        stopped_at=EVENING + 6 * HOUR,
    )
    charger = replace(GARAGE, charges=[charge])
    return replace(
        planned(state=PlanState.DONE, slots=()),
        charger=charger,
        delivered_kwh=22.0,
        wanted_kwh=22.0,
        cost_so_far=5.5,
        plugged_in_at=plugged_in_at,
    )


IDLE = PlanView(charger=GARAGE, state=PlanState.IDLE, zone=COPENHAGEN)
STUCK = PlanView(charger=GARAGE, state=PlanState.STUCK, zone=COPENHAGEN, reason="three starts and no energy")


async def test_a_plan_is_told_with_its_times_and_its_money(person: Person) -> None:
    (told,) = await person.sees(planned())

    assert "between 01:00 and 03:00" in told
    assert told.endswith("ready 03:00 for 07:00; 5.50 DKK in all, 49.50 DKK less than at once")
    assert person.phone.calls[0][1]["title"] == "Garage"


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(planned(), id="nothing"),
        pytest.param(planned(EVENING + 5 * HOUR), id="an-hour-later"),
        pytest.param(planned(cost_at_once=99.0), id="the-money"),
    ],
)
async def test_a_replan_is_no_news(person: Person, changed: PlanView) -> None:
    await person.sees(planned())

    assert await person.sees(changed, after=HOUR) == []


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(planned(EVENING + 5 * HOUR + MINUTE), id="start"),
        pytest.param(planned(ready_by=SEVEN - MINUTE), id="departure"),
    ],
)
async def test_another_start_or_departure_is_told_once_but_not_within_a_quarter_of_an_hour(
    person: Person, changed: PlanView
) -> None:
    await person.sees(planned())

    soon = await person.sees(changed, after=14 * MINUTE)
    later = await person.sees(changed)
    again = await person.sees(changed, after=HOUR)

    assert (soon, len(later), again) == ([], 1, [])


async def test_the_blocks_after_the_first_begin_without_a_word(person: Person) -> None:
    await person.sees(planned())
    await person.sees(planned(state=PlanState.CHARGING), after=4 * HOUR + MINUTE)

    assert await person.sees(planned(EVENING + 8 * HOUR), after=2 * HOUR) == []


async def test_what_was_told_is_not_told_again_after_a_restart(person: Person) -> None:
    for view in (planned(), short(3.0), done(), STUCK):
        await person.sees(view, after=HOUR)
    assert len(person.phone.messages) == 4

    person.wants("notify.phone")

    for view in (planned(), short(3.0), done(), STUCK):
        assert await person.sees(view) == []


async def test_the_next_time_the_cable_goes_in_all_is_news_again(person: Person) -> None:
    await person.sees(planned())
    await person.sees(done())

    await person.sees(IDLE)

    assert len(await person.sees(planned())) == 1
    assert len(await person.sees(done())) == 1
    assert await person.sees(IDLE) == []


async def test_what_was_charged_and_paid_is_told_once_per_session(person: Person) -> None:
    told = await person.sees(done())

    assert told == ["22.0 of 22 kWh are in the car since 03:00, for 5.50 DKK"]
    await person.sees(planned())
    assert await person.sees(done()) == []
    assert len(await person.sees(done(EVENING + HOUR))) == 1  # plugged in anew while nobody looked


async def test_a_charge_with_a_cable_stamp_of_its_own_is_no_other_session(person: Person) -> None:
    await person.sees(done())

    assert await person.sees(done(cable_stamp=EVENING + 2 * HOUR)) == []
    assert await person.sees(done(cable_stamp=None)) == []


@pytest.mark.parametrize("told_for", [(EVENING - MINUTE).isoformat(), ""])
async def test_what_version_0_1_0_told_of_a_session_is_not_told_again(person: Person, told_for: str) -> None:
    person.hass.store["told_7"] = {"done_for": told_for}

    assert await person.sees(done()) == []
    assert len(await person.sees(done(EVENING + HOUR, cable_stamp=EVENING - MINUTE))) == 1


async def test_nothing_charged_is_nothing_told(person: Person) -> None:
    assert await person.sees(replace(done(), delivered_kwh=0.0)) == []


async def test_a_shortfall_is_told_when_it_begins_and_when_it_has_grown(person: Person) -> None:
    told = [await person.sees(short(kwh), after=10 * MINUTE) for kwh in (3.0, 3.9, 0.0, 3.0, 4.1, 4.1, 4.1)]

    assert [len(one) for one in told] == [1, 0, 0, 0, 0, 0, 1]
    assert told[0] == ["3.0 kWh will be missing at Sat 07:00: there is no time"]


async def test_a_shortfall_that_grows_all_night_is_told_once_and_shortly_before_the_departure(person: Person) -> None:
    said = [await person.sees(short(0.6 + 3.7 * number / 6), after=10 * MINUTE) for number in range(59)]

    assert [number for number, words in enumerate(said) if words] == [0, 53]
    assert said[53] == ["33.3 kWh will be missing at Sat 07:00: there is no time"]


async def test_a_shortfall_that_comes_back_after_a_plan_without_one_is_told_again(person: Person) -> None:
    await person.sees(short(3.0))
    await person.sees(planned(EVENING + 7 * HOUR), after=HOUR)

    assert len(await person.sees(short(3.0), after=HOUR)) == 1


async def test_a_shortfall_of_a_slow_start_is_not_worth_a_word(person: Person) -> None:
    await person.sees(planned())

    assert await person.sees(short(0.4)) == []


async def test_a_charger_that_comes_and_goes_is_one_trouble(person: Person) -> None:
    first = await person.sees(STUCK)
    soon = [await person.sees(view, after=10 * MINUTE) for view in (STUCK, planned(), STUCK)]
    await person.sees(planned(), after=HOUR)
    later = await person.sees(STUCK)

    assert "three starts and no energy; look at the car, the cable and the charger" in first[0]
    assert [one for one in soon if any("do as told" in text for text in one)] == []
    assert len(later) == 1


def manual(reason: str, delivered_kwh: float = 5.0) -> PlanView:
    view = PlanView(charger=GARAGE, state=PlanState.MANUAL, zone=COPENHAGEN, reason=reason)
    return replace(view, delivered_kwh=delivered_kwh, wanted_kwh=11.0)


async def test_a_charge_that_a_person_ended_too_early_is_told_once_until_it_goes_on(person: Person) -> None:
    stopped, unknown = manual("stopped at the charger"), replace(planned(), plan=None)

    told = [await person.sees(view, after=HOUR) for view in (stopped, unknown, stopped, planned(), stopped)]

    assert told[0] == [
        "The charge was stopped at the charger, with 5.0 of 11 kWh in the car; it is not charged on until the cable is "
        "pulled or somebody asks for it"
    ]
    assert [len(one) for one in told] == [1, 0, 0, 1, 1]


async def test_a_stop_from_before_an_update_is_no_news_but_the_next_one_is(person: Person) -> None:
    person.hass.store["told_7"] = {"is_stuck": False}
    stopped = manual("stopped by hand")

    told = [await person.sees(view, after=HOUR) for view in (stopped, planned(), stopped)]

    assert [len(one) for one in told] == [0, 1, 1]


@pytest.mark.parametrize("view", [manual("started by hand"), manual("stopped by hand", delivered_kwh=10.9)])
async def test_a_start_by_hand_or_a_stop_of_a_charge_that_was_done_is_no_news(person: Person, view: PlanView) -> None:
    assert await person.sees(view) == []


async def test_missing_prices_are_told_once_an_hour_without_them_has_passed(person: Person) -> None:
    await person.misses_prices("there is no entity sensor.nordpool")
    assert await person.misses_prices("there is no entity sensor.nordpool", after=59 * MINUTE) == []

    await person.misses_prices("there is no entity sensor.nordpool")
    person.wants("notify.phone")
    for _ in range(3):
        await person.misses_prices("there is no entity sensor.nordpool", after=HOUR)

    assert len(person.phone.messages) == 1
    assert person.phone.messages[0].startswith("None since 21:01: there is no entity sensor.nordpool. Cars are charged")


async def test_prices_that_come_back_end_the_outage(person: Person) -> None:
    for problem in ("gone", "gone", None, "gone", "gone"):
        await person.misses_prices(problem, after=HOUR)

    assert len(person.phone.messages) == 2


async def test_each_action_tells_what_it_is_asked_to_with_what_it_needs(person: Person) -> None:
    wall = {"action": "notify.send_message", "about": ["stuck"], "data": {"entity_id": "notify.wall", "title": "Car"}}
    person.wants(["notify.phone", wall])

    await person.sees(planned())
    await person.sees(STUCK)

    assert [action for action, _data in person.phone.calls] == ["notify.phone", "notify.phone", "notify.send_message"]
    message = person.phone.messages[-1]
    assert person.phone.calls[-1][1] == {"entity_id": "notify.wall", "title": "Car", "message": message}


async def test_of_several_news_at_a_time_each_action_tells_the_weightiest_it_wants(person: Person) -> None:
    person.wants(["notify.phone", {"action": "notify.wall", "about": ["plan"]}])

    await person.sees(short(3.0))

    assert [action for action, _data in person.phone.calls] == ["notify.phone", "notify.wall"]
    assert person.phone.messages[0].startswith("3.0 kWh will be missing")
    assert person.phone.messages[1].startswith("22 kWh in 1 block")


async def test_looking_calls_nobody_and_wakes_the_one_who_does(person: Person) -> None:
    await person.notifier.take_in(planned(), "7")

    assert (person.phone.asked, person.woken) == (0, 1)


async def test_what_could_not_be_told_is_told_later_in_its_newest_words_and_logged_once(
    person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", LOG.name)
    person.phone.broken = {"notify.phone"}
    for hours in (4, 7):
        await person.sees(planned(EVENING + hours * HOUR), after=HOUR)
    person.phone.broken = set()

    rest = await person.notifier.beat()
    await person.notifier.beat()

    assert ["between 04:00 and 06:00" in text for text in person.phone.messages] == [True]
    assert [record.message for record in caplog.records] == [
        "Notifying through notify.phone: there is no action notify.phone",
        "Notifying through notify.phone: works again after 60 min",
    ]
    assert rest == HOUR


async def test_an_action_that_fails_holds_up_no_other_and_gives_up_in_the_end(person: Person) -> None:
    person.wants(["notify.wall", "notify.phone"])
    person.phone.broken = {"notify.wall"}

    await person.sees(planned())
    told = list(person.phone.messages)
    person.clock.advance(hours=6)
    rest = await person.notifier.beat()

    assert (len(told), rest, person.phone.asked) == (1, HOUR, 2)


async def test_nobody_to_tell_is_nothing_to_remember(person: Person) -> None:
    person.wants([])

    await person.sees(planned())
    await person.misses_prices("gone")

    assert person.hass.store == {}


@pytest.mark.parametrize(
    ("notify", "complaint"),
    [
        pytest.param("phone", "notify.action: expected an action of Home Assistant", id="no-domain"),
        pytest.param(
            {"action": "notify.phone", "about": ["sun"]}, "notify.about.1: expected 'plan', 'done'", id="kind"
        ),
        pytest.param({"action": "notify.phone", "to": 1}, "notify.to: unknown key; known are about", id="key"),
    ],
)
def test_a_notify_argument_that_makes_no_sense_is_named(notify: object, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        parse(Arguments, {"notify": notify})

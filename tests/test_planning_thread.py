"""Plans are made beside the loop; what happens meanwhile counts more than they do."""

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from smart_charging.planning import replanner
from smart_charging.planning.checkpoint import GivenUpError, checkpoint
from smart_charging.planning.days_ahead import Outlook
from smart_charging.prices.curve import PriceCurve
from smart_charging.services import planning_thread
from smart_charging.services.control.origins import Origin
from smart_charging.services.heartbeat import Heartbeat
from smart_charging.services.planning_thread import PlanningThread
from smart_charging.services.scheduling import planner
from smart_charging.services.scheduling.round_plans import Answer, Question, answered
from worlds.household import LOG, Household

A_WHILE_S = 5.0
"""Longer than any machine takes; nobody waits for all of it."""


class SlowPlan:
    """Holds its thread until it is let go."""

    def __init__(self) -> None:
        self.is_being_made, self._may_end = threading.Event(), threading.Event()

    def __call__(self) -> str:
        self.is_being_made.set()
        assert self._may_end.wait(A_WHILE_S)
        return "planned"

    def end(self) -> None:
        self._may_end.set()

    async def begun(self) -> None:
        while not self.is_being_made.is_set():  # noqa: ASYNC110  # another thread sets it
            await asyncio.sleep(0.001)


def planning_threads() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name.startswith("smart_charging_plans")]


async def gone(threads: list[threading.Thread]) -> bool:
    for _ in range(500):
        if not any(one.is_alive() for one in threads):
            return True
        await asyncio.sleep(0.01)
    return False


async def test_the_loop_goes_on_while_a_plan_is_made() -> None:
    thread, slow = PlanningThread(), SlowPlan()
    plan = asyncio.create_task(thread.result_of(slow))
    await slow.begun()

    turns = [await asyncio.sleep(0, turn) for turn in range(100)]

    assert (len(turns), plan.done()) == (100, False)
    slow.end()
    assert await plan == "planned"
    thread.close()


async def test_an_app_that_ends_while_a_plan_is_made_leaves_no_thread_and_no_word(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    before = planning_threads()
    thread, slow = PlanningThread(), SlowPlan()
    plan = asyncio.create_task(thread.result_of(slow))
    await slow.begun()
    (own,) = [one for one in planning_threads() if one not in before]

    plan.cancel()
    await asyncio.wait([plan])
    thread.close()
    slow.end()

    assert await gone([own])
    assert plan.cancelled()
    assert (caplog.text, capfd.readouterr()) == ("", ("", ""))


async def test_work_that_nobody_waits_for_any_more_ends_at_its_next_checkpoint() -> None:
    thread, is_begun, ended = PlanningThread(), threading.Event(), threading.Event()

    def search() -> None:
        is_begun.set()
        try:
            until = time.monotonic() + A_WHILE_S
            while time.monotonic() < until:
                checkpoint()
        except GivenUpError:
            ended.set()

    plan = asyncio.create_task(thread.result_of(search))
    await asyncio.to_thread(is_begun.wait, A_WHILE_S)
    plan.cancel()
    await asyncio.wait([plan])

    assert await thread.result_of(lambda: "next") == "next"
    assert ended.is_set()
    thread.close()


@pytest.mark.parametrize(("turn_s", "pauses"), [(60.0, 0), (0.0, 3)])
async def test_work_that_takes_no_longer_than_a_turn_does_not_pause(
    monkeypatch: pytest.MonkeyPatch, turn_s: float, pauses: int
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(planning_thread, "_TURN_S", turn_s)
    monkeypatch.setattr(time, "sleep", slept.append)
    thread = PlanningThread()

    def three_steps() -> None:
        for _ in range(3):
            checkpoint()

    await thread.result_of(three_steps)

    assert len(slept) == pauses
    thread.close()


@pytest.fixture
def home(home: Household) -> Household:
    """The cheapest hour is now, so that every plan would start at once."""
    home.prices(home.clock(), *[0.1, *[2.0] * 30])
    home.plug_in()
    return home


def meanwhile(
    monkeypatch: pytest.MonkeyPatch, home: Household, happens: Callable[[], Awaitable[None]], *, works_at: str = "plans"
) -> Heartbeat:
    """Let something happen while the thread does the next work of a kind."""
    assert home.scheduling
    work_of_thread = PlanningThread.result_of
    rounds = Heartbeat(home.scheduling.beat, LOG)
    home.scheduling.follow(rounds)
    due = [happens]

    async def result_of(thread: PlanningThread, work: Callable[[], Any]) -> Any:
        answer = await work_of_thread(thread, work)
        while due and is_about(answer, works_at):
            await due.pop()()
        return answer

    monkeypatch.setattr(PlanningThread, "result_of", result_of)
    return rounds


def is_about(answer: Any, what: str) -> bool:
    return isinstance(answer, {"prices": PriceCurve, "days ahead": Outlook, "plans": Answer}[what])


async def one_round(home: Household) -> timedelta:
    assert home.scheduling
    await home.polling.beat()
    return await home.scheduling.beat()


async def test_an_answer_leaves_the_question_as_it_was(home: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    questions: list[Question] = []

    def answer(question: Question, log: logging.Logger) -> Answer:
        questions.append(question)
        return answered(question, log)

    monkeypatch.setattr(planner, "answered", answer)
    home.schedule(energy_kwh=11, ready_by="23:00")
    await one_round(home)

    first, second = (answered(questions[0], LOG).plans.values() for _ in range(2))

    assert list(first) == list(second) != []
    assert all(one is not other for one, other in zip(first, second, strict=True))  # nothing was kept in the question


@pytest.mark.parametrize("works_at", ["prices", "days ahead", "plans"])
async def test_a_command_goes_out_while_the_thread_works(
    home: Household, monkeypatch: pytest.MonkeyPatch, works_at: str
) -> None:
    home.prices(home.clock(), *[2.0] * 4, *[0.1] * 30)
    home.schedule(energy_kwh=11, may_owe_kwh=5)
    started: list[int] = []

    async def start() -> None:
        await home.control.start(str(home.point_id), origin=Origin.PERSON)
        started.append(home.starts)

    meanwhile(monkeypatch, home, start, works_at=works_at)
    await one_round(home)

    assert started == [1]


@pytest.mark.parametrize("works_at", ["days ahead", "plans"])
async def test_a_cable_pulled_while_the_thread_works_gets_no_start(
    home: Household, monkeypatch: pytest.MonkeyPatch, works_at: str
) -> None:
    home.schedule(energy_kwh=11, may_owe_kwh=5, ready_by="23:00")

    async def pull() -> None:
        home.clock.advance(minutes=1)
        home.unplug()
        await home.polling.beat()

    meanwhile(monkeypatch, home, pull, works_at=works_at)
    await one_round(home)

    assert home.starts == 0


async def test_what_is_left_to_later_nights_is_not_decided_anew_before_plans_are_carried_out(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.schedule(energy_kwh=11, may_owe_kwh="input_number.owed", ready_by="23:00")
    home.say("input_number.owed", "5")
    rounds: list[Heartbeat] = []
    decided: list[Outlook] = []

    async def owe_less() -> None:
        home.say("input_number.owed", "2")
        rounds[0].wake()
        decided.clear()

    rounds.append(meanwhile(monkeypatch, home, owe_less))
    work_of_thread = PlanningThread.result_of

    async def result_of(thread: PlanningThread, work: Callable[[], Any]) -> Any:
        answer = await work_of_thread(thread, work)
        decided.extend([answer] if isinstance(answer, Outlook) else [])
        return answer

    monkeypatch.setattr(PlanningThread, "result_of", result_of)
    await one_round(home)
    of_first_round = len(decided)
    await one_round(home)

    assert (of_first_round, len(decided)) == (0, 1)


async def test_a_mode_chosen_while_plans_are_made_is_obeyed_instead_of_them(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.schedule(energy_kwh=11, ready_by="23:00")

    async def choose_off() -> None:
        await home.choose("mode", "off")

    meanwhile(monkeypatch, home, choose_off)
    await one_round(home)

    assert (home.starts, home.state("plan")) == (0, "off")


async def test_another_departure_chosen_meanwhile_is_planned_for_at_once(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.schedule(energy_kwh=11, ready_by="input_datetime.leaves")
    home.say("input_datetime.leaves", "23:00:00")
    rounds: list[Heartbeat] = []

    async def leave_later() -> None:
        home.say("input_datetime.leaves", "06:00:00")
        rounds[0].wake()

    rounds.append(meanwhile(monkeypatch, home, leave_later))
    rest = await one_round(home)

    assert (rest, home.starts) == (timedelta(0), 0)


async def test_news_that_change_nothing_leave_the_plans_in_force(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.schedule(energy_kwh=11, ready_by="23:00")
    rounds: list[Heartbeat] = []

    async def wake() -> None:
        rounds[0].wake()

    rounds.append(meanwhile(monkeypatch, home, wake))
    await one_round(home)

    assert home.starts == 1


async def test_a_planner_that_fails_says_so_once(
    home: Household, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    home.schedule(energy_kwh=11, ready_by="23:00")

    def fail(*_args: Any, **_options: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(replanner, "replan", fail)
    await home.live(minutes=10)

    assert (home.starts, caplog.text.count("Planning failed")) == (1, 1)


@pytest.mark.parametrize("fuse_kw", [None, 11.0, 22.0])
async def test_a_round_in_which_nothing_has_changed_searches_nothing(
    home: Household, monkeypatch: pytest.MonkeyPatch, fuse_kw: float | None
) -> None:
    other = home.monta.add_charge_point("Carport")
    home.plug_in(point_id=other)
    home.monta.start_by_hand(other)
    home.prices(home.clock(), *[2.0] * 4, *[0.1] * 30)
    home.schedule(other, common={"fuse_kw": fuse_kw} if fuse_kw else {})
    await one_round(home)
    searched: list[int] = []

    def search(*_args: Any, **_options: Any) -> Any:
        searched.append(1)
        raise AssertionError

    for place in ("cheapest.cheapest_times", "shared.Joint"):
        monkeypatch.setattr(f"smart_charging.planning.{place}", search)
    home.clock.advance(seconds=15)
    await one_round(home)

    assert searched == []


class Searches:
    """Lets searches for plans take many turns of the loop; in each of the first something happens meanwhile."""

    def __init__(
        self, home: Household, monkeypatch: pytest.MonkeyPatch, *meanwhile: Callable[[Heartbeat], None]
    ) -> None:
        assert home.scheduling
        self.given_up = 0
        self._coming = list(meanwhile)
        self._rounds = Heartbeat(home.scheduling.beat, LOG)
        home.scheduling.follow(self._rounds)
        result_of = PlanningThread.result_of

        async def searched(thread: PlanningThread, work: Callable[[], Any]) -> Any:
            answer = await result_of(thread, work)
            if self._coming and is_about(answer, "plans"):
                self._coming.pop(0)(self._rounds)
                await self._search()
            return answer

        monkeypatch.setattr(PlanningThread, "result_of", searched)

    async def _search(self) -> None:
        try:
            for _ in range(500):
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            self.given_up += 1
            raise


@pytest.fixture
def leaving(home: Household) -> Household:
    """The departure is in an entity."""
    home.schedule(energy_kwh=11, ready_by="input_datetime.leaves", common={"fuse_kw": 11.0})
    home.say("input_datetime.leaves", "23:00:00")
    return home


def leaves_at(home: Household, time: str) -> Callable[[Heartbeat], None]:
    def say(rounds: Heartbeat) -> None:
        home.say("input_datetime.leaves", time)
        rounds.wake()

    return say


async def test_a_search_is_given_up_when_something_else_is_asked_for(
    leaving: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    searches = Searches(leaving, monkeypatch, leaves_at(leaving, "06:00:00"))

    rest = await one_round(leaving)
    given_up, starts = searches.given_up, leaving.starts
    await one_round(leaving)

    assert (rest, given_up, starts) == (timedelta(0), 1, 0)
    assert (searches.given_up, leaving.starts) == (1, 1)


async def test_a_search_goes_on_when_news_change_nothing(leaving: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    searches = Searches(leaving, monkeypatch, Heartbeat.wake)

    await one_round(leaving)

    assert (searches.given_up, leaving.starts) == (0, 1)


async def test_of_two_questions_in_a_row_one_is_answered(leaving: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    changes = [leaves_at(leaving, f"0{hour}:00:00") for hour in (4, 5, 6)]
    searches = Searches(leaving, monkeypatch, *changes)

    given_up = []
    for _ in changes:
        await one_round(leaving)
        given_up.append(searches.given_up)

    assert given_up == [1, 1, 2]

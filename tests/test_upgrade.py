"""The present code goes on where the last version stopped.

tests/payloads/last_version holds what version 0.1.0 had in AppDaemon's folder on a Tuesday at 22:20 (its memory,
its tokens, its booked sessions), what had happened at the chargers by then (cloud.json), what it showed (shown.json),
and all names it used (names.json). tests/benchmarks/freeze_version.py wrote them, with the apps of that version in
the house of evening.py. Nothing in there is real, and nothing there is to follow a change of the code.
"""

from __future__ import annotations

import json
import logging
import random
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from smart_charging.cli.main import main
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.messages import LoggedRequest, Request, Response
from smart_charging.clouds.monta.stand_in.site import Charge, Flow
from worlds.evening import (
    ARGUMENTS,
    BEGINS_AT,
    CARPORT,
    GARAGE,
    LIMIT_KWH,
    PRICE_LIMIT,
    PRICE_LIMIT_HELPER,
    PRICES,
    STOPS_AT,
    STREET,
    TAKEN_KW,
    TARGET_KWH,
    TUESDAY,
    WEDNESDAY,
    WORKSHOP,
    World,
    played,
    price_at,
    show_helpers,
    show_prices,
)
from worlds.fakes import PAYLOADS
from worlds.names_in_use import names_in_use
from worlds.virtual_apps import Broker, Line, VirtualHouse, house_of
from worlds.virtual_time import Clock, run, running_loop
from worlds.year_of_prices import DAY, HOUR, local

LAST_VERSION = PAYLOADS / "last_version"
SESSIONS = "smart_charging_sessions.jsonl"
OTHER_PRICES = "sensor.other_prices"
FROM_OTHER_PRICES = {**ARGUMENTS["charging_scheduler"], "price_entity": OTHER_PRICES}
UPGRADED_AT = STOPS_AT + HOUR / 30
SOURCES_SPEAK_AT = UPGRADED_AT + HOUR / 3
"""When the price sensor and the helpers come, which have nothing to say until then."""
BLOCK_ENDS_AT = local(TUESDAY, 23 * HOUR)
FORGOTTEN_AT = local(TUESDAY, 24 * HOUR)
"""When the charger that has left the account on Tuesday at 18:00 is to be taken away."""
UNPLUGGED_AT = local(WEDNESDAY, 7 * HOUR)
ENDS_AT = UNPLUGGED_AT + HOUR / 4
A_READ, QUARTER = HOUR / 30, HOUR / 4
"""How often the chargers are read while a cable is in, and how long a price holds."""


def kept(name: str) -> Any:
    """One of the last version's files."""
    return json.loads((LAST_VERSION / name).read_text(encoding="utf-8"))


def lay_out(folder: Path) -> None:
    """Make a folder of AppDaemon's of what the last version left."""
    memory = "smart_charging_memory"
    shutil.copytree(LAST_VERSION / memory, folder / memory)
    shutil.copy(LAST_VERSION / SESSIONS, folder)
    shutil.copy(LAST_VERSION / "smart_charging_tokens.json", folder / ".smart_charging_tokens.json")


class Log(logging.Handler):
    """Keeps what the apps say."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


class ForgetfulLine(Line):
    """To a cloud that no longer lists what is over by now."""

    def __init__(self, monta: MontaStandIn) -> None:
        super().__init__(monta)
        self._over = {charge.id for charge in monta.site.charges.values() if not charge.is_open}

    async def send(self, request: Request) -> Response:
        response = await super().send(request)
        if request.path == "charges" and request.method == "GET" and isinstance(response.body, dict):
            response.body["data"] = [one for one in response.body["data"] if one["id"] not in self._over]
        return response


@dataclass(slots=True)
class NightAfter:
    """What happens from the upgrade until the cars have left in the morning."""

    folder: Path
    world: World = field(default_factory=World)
    broker: Broker = field(default_factory=Broker)
    told: list[Mapping[str, Any]] = field(default_factory=list)
    """What was sent to the phone."""
    log: Log = field(default_factory=Log)

    async def live(self) -> None:
        await self.world.replay(kept("cloud.json"))
        running_loop().clock.leap(UPGRADED_AT)
        async with house_of(self.folder, self.line(), self.world.monta, self.broker) as house:
            await self.begin(house)
            await self._leave(house)

    def line(self) -> Line:
        """To the cloud."""
        return Line(self.world.monta)

    async def begin(self, house: VirtualHouse) -> None:
        house.home.show(PRICES, "unavailable")
        await house.start(ARGUMENTS)
        await running_loop().clock.sleep_until(SOURCES_SPEAK_AT)
        show_helpers(house.home)
        show_prices(house.home, TUESDAY, is_tomorrow_out=True)
        await running_loop().clock.sleep_until(local(WEDNESDAY))
        show_prices(house.home, WEDNESDAY, is_tomorrow_out=False)

    async def _leave(self, house: VirtualHouse) -> None:
        await running_loop().clock.sleep_until(UNPLUGGED_AT)
        for charger in (GARAGE, CARPORT, STREET):
            self.world.happen("unplug", charge_point_id=charger)
        await running_loop().clock.sleep_until(ENDS_AT)
        self.told = [data for action, data in house.home.calls if action == "notify/phone"]

    def said(self, topic: str, *, until: datetime = ENDS_AT) -> list[Any]:
        """What was published there, in order."""
        return [json.loads(payload) for at, name, payload in self.broker.published if name == topic and at < until]

    def words(self, charger: str, entity: str, *, until: datetime = ENDS_AT) -> list[Any]:
        """The states of an entity, in order."""
        return [document["state"] for document in self.said(f"smart_charging/{charger}/{entity}", until=until)]

    def plans(self, charger: str, *, until: datetime = ENDS_AT) -> list[Mapping[str, Any]]:
        """The attributes of a plan, in order."""
        return [one["attributes"] for one in self.said(f"smart_charging/{charger}/sensor/plan", until=until)]

    def configs(self) -> Mapping[str, Mapping[str, Any]]:
        """How entities were announced last, by unique id."""
        announced = [payload for _at, topic, payload in self.broker.published if payload and topic.endswith("/config")]
        return {config["unique_id"]: config for config in map(json.loads, announced)}

    def commands(self, charger: str, *, until: datetime = ENDS_AT) -> list[str]:
        """What a charger was told to do."""
        posts = [one for one in self.world.monta.sent("charges", "POST") if one.at < until]
        charges = {charge.id for charge in self.charges(charger)}
        return [str(one) for one in posts if _charger_of(one) == charger or _charge_of(one) in charges]

    def charges(self, charger: str) -> list[Charge]:
        """All there ever were, as the cloud has them."""
        return [one for one in self.world.monta.site.charges.values() if one.point.id == int(charger)]

    def flows(self, charger: str) -> list[Flow]:
        """What went into the car that is there on Tuesday evening."""
        charges = [one for one in self.charges(charger) if one.created_at > local(TUESDAY, 12 * HOUR)]
        return [flow for charge in charges for flow in charge.flows]

    def booked(self) -> list[Any]:
        """All sessions, in the order they were booked, without what the cloud says of their charges."""
        entries = [json.loads(line) for line in (self.folder / SESSIONS).read_text(encoding="utf-8").splitlines()]
        return [entry for entry in entries if "charge_id" not in entry]


class LittleTold(NightAfter):
    """The cloud no longer lists what is over; prices come from another source, which tells only those to come."""

    def line(self) -> Line:
        return ForgetfulLine(self.world.monta)

    async def begin(self, house: VirtualHouse) -> None:
        show_helpers(house.home)
        show_prices(house.home, TUESDAY, is_tomorrow_out=True, entity_id=OTHER_PRICES, tells_past=False)
        await house.start({**ARGUMENTS, "charging_scheduler": FROM_OTHER_PRICES})


class WithoutPrices(NightAfter):
    """There is to be another source of prices, but it is not there yet; the price limit is taken away, or stays."""

    price_limit = -1.0

    async def begin(self, house: VirtualHouse) -> None:
        show_helpers(house.home)
        house.home.show(PRICE_LIMIT_HELPER, self.price_limit, min=-1)
        await house.start({**ARGUMENTS, "charging_scheduler": FROM_OTHER_PRICES})


def _charger_of(request: LoggedRequest) -> str | None:
    return str(request.json["chargePointId"]) if isinstance(request.json, Mapping) else None


def _charge_of(request: LoggedRequest) -> int | None:
    return int(request.path.split("/")[1]) if "/" in request.path else None


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def energy_of(flows: Sequence[Flow]) -> float:
    return sum(flow.kwh_between(flow.start, flow.end) for flow in flows)


def cost_of(flows: Sequence[Flow]) -> float:
    """At the prices of the quarters of an hour they flowed in."""
    return sum(flow.kwh_between(at, at + QUARTER) * price_at(at) for at in quarters() for flow in flows)


def quarters() -> Iterator[datetime]:
    at = local(TUESDAY)
    while at < ENDS_AT:
        yield at
        at += QUARTER


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> NightAfter:
    return lived(NightAfter(tmp_path_factory.mktemp("upgraded")))


@pytest.fixture(scope="module")
def little_told(tmp_path_factory: pytest.TempPathFactory) -> NightAfter:
    return lived(LittleTold(tmp_path_factory.mktemp("upgraded")))


def lived(night: NightAfter) -> NightAfter:
    """From the moment after the upgrade."""
    lay_out(night.folder)
    log = logging.getLogger("virtual")
    log.addHandler(night.log)
    random.seed("upgrade")  # the apps spread out their requests
    try:
        run(night.live(), Clock(BEGINS_AT))
    finally:
        log.removeHandler(night.log)
    return night


def test_a_running_charge_of_the_schedulers_is_still_the_schedulers(night: NightAfter) -> None:
    switch = night.said(f"smart_charging/{GARAGE}/switch/charging", until=BLOCK_ENDS_AT)
    plan = night.words(GARAGE, "sensor/plan", until=BLOCK_ENDS_AT)

    assert {(word["state"], word["attributes"]["started_by"]) for word in switch} == {("on", "us")}
    assert set(plan) == {"charging"}


def test_a_running_charge_is_neither_stopped_nor_started_anew_before_its_planned_end(night: NightAfter) -> None:
    assert night.commands(GARAGE, until=BLOCK_ENDS_AT) == []


def test_the_plan_of_before_the_upgrade_is_kept_to_without_any_price(tmp_path: Path) -> None:
    before = kept("shown.json")[f"smart_charging_{GARAGE}_sensor_plan"]["attributes"]

    now = lived(WithoutPrices(tmp_path)).plans(GARAGE)[0]

    assert abs(_moment(now["planned_end"]) - _moment(before["planned_end"])) <= A_READ
    assert [now["next_start"], now["next_end"]] == [before["next_start"], before["next_end"]]
    assert now["prices_known_until"] is None


def test_under_a_price_limit_not_even_the_plan_of_before_is_kept_to_without_any_price(tmp_path: Path) -> None:
    night = WithoutPrices(tmp_path)
    night.price_limit = PRICE_LIMIT

    now = lived(night).plans(GARAGE)[0]

    assert now["next_start"] is None
    assert (
        f"the price limit of {PRICE_LIMIT:g} per kWh leaves too little time while prices are unknown" in now["sentence"]
    )


def test_a_running_charge_ends_at_the_energy_that_was_wanted(night: NightAfter) -> None:
    assert energy_of(night.flows(GARAGE)) == pytest.approx(TARGET_KWH, abs=TAKEN_KW * (A_READ / HOUR))
    assert night.words(GARAGE, "sensor/plan", until=UNPLUGGED_AT)[-1] == "done"


def test_a_charger_that_a_person_stopped_stays_in_the_persons_hands(night: NightAfter) -> None:
    assert set(night.words(CARPORT, "sensor/plan", until=UNPLUGGED_AT)) == {"manual"}
    assert {plan["reason"] for plan in night.plans(CARPORT, until=UNPLUGGED_AT)} == {"stopped by hand"}
    assert night.commands(CARPORT) == []


def test_a_limit_still_stops_its_charge(night: NightAfter) -> None:
    charge = night.charges(STREET)[-1]

    assert charge.consumed_kwh == pytest.approx(LIMIT_KWH, abs=0.2)
    assert charge.stop_reason == "api"


def test_a_charge_that_a_person_started_is_still_the_persons(night: NightAfter) -> None:
    switch = night.said(f"smart_charging/{STREET}/switch/charging", until=BLOCK_ENDS_AT)

    assert {(word["state"], word["attributes"]["started_by"]) for word in switch} == {("on", "person")}


def test_the_sessions_energy_is_counted_on(night: NightAfter) -> None:
    before = kept("shown.json")[f"smart_charging_{GARAGE}_sensor_plan"]["attributes"]["delivered_kwh"]

    first = night.plans(GARAGE)[0]["delivered_kwh"]

    assert before <= first <= before + TAKEN_KW * 0.2
    assert night.booked()[-2]["energy_kwh"] == pytest.approx(energy_of(night.flows(GARAGE)), abs=0.01)


def test_the_sessions_cost_is_counted_on(night: NightAfter) -> None:
    before = kept("shown.json")[f"smart_charging_{GARAGE}_sensor_plan"]["attributes"]["cost_so_far"]

    first = night.plans(GARAGE)[0]["cost_so_far"]

    assert before <= first <= before + 1
    assert night.booked()[-2]["cost"] == pytest.approx(cost_of(night.flows(GARAGE)), rel=0.01)


def test_energy_of_a_charge_that_the_cloud_no_longer_lists_is_booked(
    little_told: NightAfter, night: NightAfter
) -> None:
    assert little_told.booked()[-1]["charger_id"] == CARPORT
    assert little_told.booked()[-1]["energy_kwh"] == night.booked()[-1]["energy_kwh"]
    assert little_told.booked()[-1]["cost"] == night.booked()[-1]["cost"]


def test_a_cost_whose_prices_are_no_longer_told_is_counted_on(little_told: NightAfter, night: NightAfter) -> None:
    booked = little_told.booked()[-2]

    assert booked["charger_id"] == GARAGE
    assert booked["cost"] == pytest.approx(night.booked()[-2]["cost"], rel=0.02)
    assert booked["cost_at_once"] == pytest.approx(night.booked()[-2]["cost_at_once"], rel=0.02)


def test_energy_of_before_a_person_stopped_is_booked_when_the_cable_is_out(night: NightAfter) -> None:
    booked = night.booked()[-1]

    assert booked["charger_id"] == CARPORT
    assert booked["energy_kwh"] == pytest.approx(energy_of(night.flows(CARPORT)), abs=0.01)
    assert booked["cost"] == pytest.approx(cost_of(night.flows(CARPORT)), rel=0.01)


@pytest.mark.parametrize("charger", [GARAGE, CARPORT, STREET])
def test_no_energy_total_goes_back(night: NightAfter, charger: str) -> None:
    before = float(kept("shown.json")[f"smart_charging_{charger}_sensor_energy"]["state"])

    totals = [before, *map(float, night.words(charger, "sensor/energy"))]

    assert totals == sorted(totals)


@pytest.mark.parametrize("charger", [GARAGE, CARPORT, STREET])
def test_an_energy_total_grows_by_what_flows(night: NightAfter, charger: str) -> None:
    flowed = sum(charge.consumed_kwh or 0.0 for charge in night.charges(charger))

    assert float(night.words(charger, "sensor/energy")[-1]) == pytest.approx(flowed, abs=0.02)


def test_sessions_that_were_booked_stay_as_they_are(night: NightAfter) -> None:
    before = (LAST_VERSION / SESSIONS).read_bytes()

    assert (night.folder / SESSIONS).read_bytes().startswith(before)


def test_no_session_is_booked_twice_or_in_two_parts(night: NightAfter) -> None:
    began_at = kept(f"smart_charging_memory/session_{GARAGE}.json")["plugged_in_at"]

    sessions = [(one["charger_id"], one["plugged_in_at"]) for one in night.booked()]

    assert len(sessions) == len(set(sessions)) == 4
    assert sessions[-2] == (GARAGE, began_at)


def test_the_sessions_of_both_versions_are_listed(night: NightAfter, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["sessions", str(night.folder / SESSIONS), "--zone", "Europe/Copenhagen", "--csv"])

    listed = capsys.readouterr().out.splitlines()
    assert status == 0
    assert len(listed) == 1 + len(night.booked())


def test_what_was_saved_is_added_up_over_both_versions(night: NightAfter) -> None:
    savings = [one["cost_at_once"] - one["cost"] for one in night.booked() if one["charger_id"] == GARAGE]

    assert float(night.words(GARAGE, "sensor/saving_total")[-1]) == pytest.approx(sum(savings), abs=0.01)
    assert len(savings) == 2


def test_prices_are_known_before_their_source_speaks(night: NightAfter) -> None:
    plans = night.plans(GARAGE, until=SOURCES_SPEAK_AT)

    assert {plan["prices_known_until"] for plan in plans} == {local(WEDNESDAY + DAY).isoformat()}
    assert {plan["is_forecast_used"] for plan in plans} == {False}


def test_the_learned_power_is_planned_with_from_the_first_plan_on(night: NightAfter) -> None:
    slot = night.plans(GARAGE)[0]["slots"][-2]

    length = _moment(slot["end"]) - _moment(slot["start"])
    assert slot["energy_kwh"] / (length / HOUR) == pytest.approx(TAKEN_KW, rel=0.01)


def test_the_last_word_of_a_helper_counts_until_it_speaks(night: NightAfter) -> None:
    problems = night.plans(GARAGE, until=SOURCES_SPEAK_AT)[-1]["problems"]

    assert f"{PRICE_LIMIT_HELPER}; look its id up" in problems[0]
    assert "its last good value, 2.25, stands in" in problems[0]
    assert "fuse_kw: there is no entity input_number.fuse" in problems[1]
    assert "its last good value, 14.0, stands in" in problems[1]


@pytest.mark.parametrize(
    ("entity", "word"), [("select/mode", "smart"), ("number/target_energy", "20.0"), ("text/ready_by", "06:30")]
)
def test_what_a_person_set_counts_more_than_apps_yaml(night: NightAfter, entity: str, word: str) -> None:
    assert set(night.words(GARAGE, entity)) == {word}


def test_nothing_is_told_a_second_time(night: NightAfter) -> None:
    assert [one["title"] for one in night.told] == ["North Garage"]
    assert night.told[0]["message"].partition(" ")[2].startswith("of 20 kWh are in the car")


def test_no_login_is_needed_and_the_kept_token_is_used(night: NightAfter) -> None:
    first = night.world.monta.requests[0].request

    token = kept("smart_charging_tokens.json")["tokens"]["access"]
    assert first.headers["authorization"] == f"Bearer {token}"
    assert night.world.monta.sent("auth/token") == []


def test_a_charger_that_left_the_account_is_taken_away_when_it_would_have_been(night: NightAfter) -> None:
    cleared = [at for at, topic, payload in night.broker.published if WORKSHOP in topic and not payload]

    assert min(cleared) >= FORGOTTEN_AT
    assert max(cleared) < FORGOTTEN_AT + HOUR / 6


def test_entities_keep_their_ids_whatever_the_chargers_are_called_by_now(night: NightAfter) -> None:
    before = {key: shown["entity_id"] for key, shown in kept("shown.json").items() if WORKSHOP not in key}

    ids = {unique_id: config["default_entity_id"] for unique_id, config in night.configs().items()}

    assert before.items() <= ids.items()
    assert {"sensor.monta_garage_plan", "sensor.monta_left_bay_plan"} <= set(ids.values())


def test_nothing_that_was_kept_is_odd_to_the_present_code(night: NightAfter) -> None:
    said = [record.getMessage() for record in night.log.records]

    assert [record for record in night.log.records if record.exc_info] == []
    assert [text for text in said if "cannot be read" in text or "forgotten" in text] == []


def test_the_same_evening_leaves_files_of_the_same_names(tmp_path: Path) -> None:
    lay_out(before := tmp_path / "before")
    (after := tmp_path / "after").mkdir()

    played(after)

    chargers = (410001, 410002, 410003)
    since = {f"smart_charging_memory/{key}_{charger}.json" for key in ("charges", "cable") for charger in chargers}
    known = ("margin", "rhythm", "untold")
    since |= {f"smart_charging_memory/{key}_{charger}.json" for key in known for charger in chargers[:2]}
    since.add(".smart_charging_tokens.requests")
    assert _files(after) - {"secrets.yaml"} - since == _files(before)


def _files(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Sequence[str]]:
    return names_in_use(tmp_path_factory.mktemp("names"))


@pytest.mark.parametrize("kind", kept("names.json"))
def test_no_name_that_others_go_by_is_lost(names: Mapping[str, Sequence[str]], kind: str) -> None:
    assert set(kept("names.json")[kind]) - set(names[kind]) == set()

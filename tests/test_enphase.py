"""Enphase's chargers as everybody else sees and commands them."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from smart_charging.charger import ChargerState, ChargeState
from smart_charging.clouds.enphase.charger import EnphaseCharger, Mode
from smart_charging.clouds.enphase.cloud import CHARGE_MODE, EnphaseCloud
from smart_charging.clouds.enphase.entities import ENPHASE_TABLES
from smart_charging.clouds.enphase.stand_in.cloud import SITE, EnphaseStandIn
from smart_charging.clouds.enphase.stand_in.habits import Habits
from smart_charging.clouds.enphase.stand_in.site import GREEN, MANUAL, SCHEDULED, SMART, Car
from smart_charging.clouds.opening import entities_of, open_cloud, settings_of, words_of
from smart_charging.clouds.protocol import HasActions, HasFindings, HasModes, HasPace, HasQuota, HasSettings, LogsIn
from smart_charging.clouds.protocol import SetsCurrent as Sets
from smart_charging.clouds.report import cloud_report
from smart_charging.config.arguments import parse
from smart_charging.entities.publish import Change, Device, Entity, EntityKey
from smart_charging.errors import AuthError, CommandError, ConfigError, NotFoundError, RefusedError
from smart_charging.services.control.control import Control
from smart_charging.services.control.origins import Origin
from smart_charging.services.watching.hub import Hub
from worlds.enphase import cloud, settings
from worlds.household import FakeHass
from worlds.virtual_time import Clock

OTHER_SITE = "1234500"
LOG = logging.getLogger("enphase")


class Account:
    """An account with a car at one charger."""

    def __init__(self, clock: Clock, *, folder: Path | None = None, arguments: Any = None, **habits: Any) -> None:
        self.clock = clock
        self.stand_in = EnphaseStandIn(now=clock, habits=Habits(**habits))
        self.serial = self.stand_in.add_charger()
        self.stand_in.plug_in(self.serial, Car(wants_kwh=30))
        self.arguments = arguments or {}
        self.notes_file = folder / "notes.json" if folder else None
        self.start_apps()

    def start_apps(self) -> None:
        self.cloud = cloud(self.stand_in, self.clock, notes_file=self.notes_file, **self.arguments)

    async def charger(self) -> EnphaseCharger:
        chargers = {charger.id: charger for charger in await self.cloud.chargers()}
        found = chargers[self.serial]
        assert isinstance(found, EnphaseCharger)
        return found

    async def after(self, **span: float) -> EnphaseCharger:
        """The charger, read every half minute until then."""
        until = self.clock() + timedelta(**span)
        while self.clock() < until:
            await self.clock.sleep(30)
            await self.charger()
        return await self.charger()

    @property
    def starts(self) -> Sequence[Any]:
        return [one.json for one in self.stand_in.sent("start_charging") if one.status == 200]

    @property
    def stops(self) -> int:
        return sum(one.status == 200 for one in self.stand_in.sent("stop_charging"))


async def test_it_can_what_enphase_can(clock: Clock) -> None:
    account = Account(clock).cloud

    for ability in (HasActions, HasFindings, HasModes, HasPace, HasQuota, HasSettings, LogsIn, Sets):
        assert isinstance(account, ability)
    assert account.sets_current_at_once is False


async def test_a_charger_tells_all_there_is(clock: Clock) -> None:
    account = Account(clock)
    await account.charger()
    await account.cloud.start(account.serial)

    charger = await account.after(minutes=31)

    assert (charger.state, charger.is_plugged_in, charger.is_power_estimated) == (ChargerState.CHARGING, True, True)
    assert charger.power_kw == pytest.approx(11.0, abs=0.3)
    assert (charger.min_current_a, charger.max_current_a) == (6, 32)
    assert charger.max_power_kw == pytest.approx(22.08)
    assert (charger.ip_address, charger.connection) == ("192.0.2.17", "ethernet")
    assert (charger.firmware, charger.reporting_interval_s) == ("25.40.2.8", 300)
    assert (charger.phase_mode, charger.service_status) == ("three phases", "NORMAL")
    assert charger.today_kwh == pytest.approx(5.5, abs=0.3)
    assert charger.lifetime_kwh == pytest.approx(1005, abs=2.1)
    assert (charger.held_by, charger.mode) == (None, Mode.MANUAL)


async def test_a_charger_that_lost_its_network_is_offline(clock: Clock) -> None:
    account = Account(clock)
    account.stand_in.outlet(account.serial).is_connected = False

    assert (await account.charger()).state is ChargerState.OFFLINE


async def test_a_fault_is_told(clock: Clock) -> None:
    account = Account(clock)
    account.stand_in.outlet(account.serial).is_faulted = True

    charger = await account.charger()

    assert (charger.state, charger.is_faulted) == (ChargerState.FAULTED, True)


@pytest.mark.parametrize(
    ("mode", "held_by", "level"),
    [
        (MANUAL, None, 10),
        (SCHEDULED, "Scheduled mode", 10),
        (GREEN, "Green mode", None),
        (SMART, "Smart mode", None),
    ],
)
async def test_a_start_tells_the_current_only_in_modes_that_take_one(
    clock: Clock, mode: str, held_by: str | None, level: float | None
) -> None:
    account = Account(clock, mode=mode)
    before = await account.charger()
    await account.cloud.set_current(account.serial, 10)

    await account.cloud.start(account.serial)

    assert before.held_by == held_by
    assert account.starts == [{"connectorId": 1} | ({"chargingLevel": level} if level else {})]


async def test_a_green_charger_without_sun_stays_without_current(clock: Clock) -> None:
    account = Account(clock, mode=GREEN, tells_mode=False)
    await account.charger()
    await account.cloud.start(account.serial)

    charger = await account.after(minutes=20)

    assert account.stand_in.outlet(account.serial).power_kw == 0
    assert (charger.state, charger.connector_reason) == (ChargerState.SUSPENDED_EVSE, "INSUFFICIENT_SOLAR")


async def test_the_scheduled_mode_is_set_again_after_a_start(clock: Clock) -> None:
    account = Account(clock, mode=SCHEDULED)
    await account.charger()

    await account.cloud.start(account.serial)

    assert account.stand_in.outlet(account.serial).mode == SCHEDULED


async def test_a_mode_that_is_set_frees_the_charger(clock: Clock) -> None:
    account = Account(clock, mode=GREEN)
    await account.charger()

    await account.cloud.free(account.serial)

    assert account.stand_in.outlet(account.serial).mode == MANUAL
    assert (await account.charger()).held_by is None


async def test_modes_can_be_chosen_but_the_smart_one(clock: Clock) -> None:
    account = Account(clock)
    await account.charger()

    await account.cloud.change(account.serial, CHARGE_MODE, "green")
    for key, value in ((CHARGE_MODE, "Smart"), ("colour", "red")):
        with pytest.raises(CommandError):
            await account.cloud.change(account.serial, key, value)

    assert account.stand_in.outlet(account.serial).mode == GREEN


async def test_a_mode_that_is_not_told_any_more_stays_the_last_known(clock: Clock, tmp_path: Path) -> None:
    account = Account(clock, folder=tmp_path, mode=SCHEDULED)
    await account.charger()
    account.stand_in.fail_next("{}", "preference", times=99)

    assert (await account.after(minutes=20)).mode is Mode.SCHEDULED

    await account.cloud.aclose()
    account.start_apps()
    assert (await account.charger()).mode is Mode.SCHEDULED


async def test_a_start_without_a_cable_is_refused_before_it_is_sent(clock: Clock) -> None:
    account = Account(clock)
    account.stand_in.unplug(account.serial)
    await account.charger()

    with pytest.raises(RefusedError, match="no cable"):
        await account.cloud.start(account.serial)

    assert not account.stand_in.sent("start_charging")


async def test_a_start_of_what_charges_and_a_stop_of_what_does_not_are_no_errors(clock: Clock) -> None:
    account = Account(clock)
    await account.charger()

    await account.cloud.stop(account.serial, None)
    await account.cloud.start(account.serial)
    charger = await account.after(minutes=1)
    await account.cloud.start(account.serial)

    assert charger.active_charge


@pytest.mark.parametrize("chosen", [10.0, 3.0, 40.0])
async def test_a_current_is_kept_for_the_next_start_within_the_charger_s_limits(
    clock: Clock, tmp_path: Path, chosen: float
) -> None:
    account = Account(clock, folder=tmp_path)
    await account.charger()
    await account.cloud.set_current(account.serial, chosen)
    await account.cloud.aclose()
    account.start_apps()
    shown = (await account.charger()).current_limit_a

    await account.cloud.start(account.serial)

    assert (shown, account.starts[0]["chargingLevel"]) == (chosen, min(max(chosen, 6), 32))


async def test_a_new_current_waits_for_the_next_start_unless_its_owner_wants_it_now(clock: Clock) -> None:
    account = Account(clock)
    await account.charger()
    await account.cloud.start(account.serial)
    await account.after(minutes=2)

    await account.cloud.set_current(account.serial, 8)
    await account.after(minutes=3)

    assert (len(account.starts), account.stops) == (1, 0)


async def test_a_new_current_stops_and_starts_a_charge_which_stays_the_same(clock: Clock) -> None:
    account = Account(clock, arguments={"new_current": "restart"})
    await account.charger()
    await account.cloud.start(account.serial)
    before = (await account.after(minutes=2)).active_charge

    await account.cloud.set_current(account.serial, 8)
    while_stopped = (await account.after(seconds=30)).active_charge
    charger = await account.after(minutes=3)

    assert (account.stops, [one["chargingLevel"] for one in account.starts]) == (1, [32, 8])
    assert before
    assert while_stopped
    assert charger.active_charge
    assert {before.id, while_stopped.id, charger.active_charge.id} == {before.id}
    assert account.stand_in.outlet(account.serial).power_kw == pytest.approx(5.52)


async def test_a_stop_cancels_a_start_that_waits(clock: Clock) -> None:
    account = Account(clock, arguments={"new_current": "restart"})
    await account.charger()
    await account.cloud.start(account.serial)
    await account.after(minutes=2)
    await account.cloud.set_current(account.serial, 8)

    await account.cloud.stop(account.serial, None)
    charger = await account.after(minutes=3)

    assert len(account.starts) == 1
    assert charger.active_charge is None


async def test_a_stop_never_ends_another_charge(clock: Clock) -> None:
    account = Account(clock)
    account.stand_in.start_by_hand(account.serial)
    await account.after(minutes=2)

    with pytest.raises(NotFoundError):
        await account.cloud.stop(account.serial, f"{account.serial}-20200101000000")

    assert account.stops == 0


async def test_a_kill_between_stop_and_start_is_no_stop_by_a_person(clock: Clock, tmp_path: Path) -> None:
    account = Account(clock, folder=tmp_path, arguments={"new_current": "restart"})
    await account.charger()
    await account.cloud.start(account.serial)
    await account.after(minutes=2)
    await account.cloud.set_current(account.serial, 8)
    for task in account.cloud._restarts.values():
        task.cancel()
    account.start_apps()

    charger = await account.after(minutes=6)

    assert charger.last_charge
    assert (charger.last_charge.state, charger.last_charge.stop_reason) == (ChargeState.STOPPED, "Other")


async def test_charges_and_counters_outlive_a_kill(clock: Clock, tmp_path: Path) -> None:
    account = Account(clock, folder=tmp_path)
    await account.charger()
    await account.cloud.start(account.serial)
    before = await account.after(minutes=20)
    account.start_apps()

    after = await account.after(minutes=20)

    assert before.active_charge
    assert after.active_charge
    assert before.active_charge.id == after.active_charge.id
    assert after.today_kwh == pytest.approx(account.stand_in.delivered_kwh(account.serial), abs=1)
    assert oct((tmp_path / "notes.json").stat().st_mode)[-3:] == "600"


async def test_notes_that_cannot_be_read_cost_the_notes_alone(clock: Clock, tmp_path: Path) -> None:
    account = Account(clock, folder=tmp_path)
    (tmp_path / "notes.json").write_text(
        json.dumps({"variants": {"stop": 0}, "chargers": {account.serial: {"book": 1}}})
    )

    assert (await account.charger()).state is ChargerState.PREPARING


class ShownEntities:
    """A writer that takes commands; remembers what it has last written."""

    def __init__(self) -> None:
        self.entities: dict[str, Entity] = {}

    async def write(self, changes: Sequence[Change]) -> None:
        self.entities |= {change.entity.entity_id: change.entity for change in changes}

    async def remove(self, device: Device, keys: Iterable[EntityKey]) -> None: ...

    def state(self, key: str, domain: str = "sensor") -> Any:
        return self.entities[f"{domain}.enphase_garage_{key}"].state


async def shown_after(account: Account, **span: float) -> ShownEntities:
    """What the entities are after a charge of that length."""
    shown = ShownEntities()
    hub = Hub(account.cloud, settings(), shown, FakeHass(), tables=ENPHASE_TABLES, clock=account.clock, log=LOG)
    await hub.polling.beat()
    await account.cloud.start(account.serial)
    until = account.clock() + timedelta(**span)
    while account.clock() < until:
        await account.clock.sleep((await hub.polling.beat()).total_seconds())
    return shown


async def test_energy_and_power_are_in_the_entities_of_every_cloud(clock: Clock) -> None:
    shown = await shown_after(Account(clock), minutes=21)

    assert shown.state("power") == pytest.approx(11, abs=0.4)
    assert shown.entities["sensor.enphase_garage_power"].attributes["is_estimate"] is True
    assert shown.state("session_energy") == pytest.approx(3.7, abs=0.3)
    assert shown.state("session_duration") == pytest.approx(20, abs=1)
    assert shown.entities["sensor.enphase_garage_lifetime_energy"].traits["state_class"] == "total_increasing"
    assert shown.state("charging_current", "number") == 32
    assert shown.entities["number.enphase_garage_charging_current"].traits["max"] == 32
    assert [shown.state(key, "binary_sensor") for key in ("cable", "charging")] == [True, True]


async def test_what_only_enphase_tells_has_entities_too(clock: Clock) -> None:
    shown = await shown_after(Account(clock), minutes=21)

    assert [shown.state(key) for key in ("set_amps", "min_amps", "max_amps")] == [32, 6, 32]
    assert (shown.state("charge_mode"), shown.state("charge_mode", "select")) == ("Manual", "Manual")
    assert shown.entities["select.enphase_garage_charge_mode"].traits["options"] == ["Manual", "Scheduled", "Green"]
    assert (shown.state("phase_mode"), shown.state("status")) == ("three phases", "NORMAL")
    assert (shown.state("connector_status"), shown.state("dynamic_load_balancing", "binary_sensor")) == (
        "CHARGING",
        True,
    )
    assert (shown.state("connection_interface"), shown.state("ip_address")) == ("ethernet", "192.0.2.17")
    assert shown.state("reporting_interval") == 300
    assert shown.state("daily_energy") == pytest.approx(3.7, abs=0.3)
    assert shown.state("faulted", "binary_sensor") is False


async def test_buttons_start_and_stop(clock: Clock) -> None:
    account = Account(clock)
    shown = ShownEntities()
    hub = Hub(account.cloud, settings(), shown, FakeHass(), tables=ENPHASE_TABLES, clock=clock, log=LOG)
    control = Control(hub, FakeHass(), clock=clock, log=LOG, sleep=clock.sleep)
    await hub.polling.beat()

    await control.start(account.serial, origin=Origin.PERSON)
    await account.clock.sleep(60)
    await hub.polling.beat()
    await control.stop(account.serial, origin=Origin.PERSON)

    assert (len(account.starts), account.stops) == (1, 1)
    assert {"button.enphase_garage_start_charging", "button.enphase_garage_stop_charging"} <= shown.entities.keys()


async def test_the_account_has_entities_for_its_connection(clock: Clock) -> None:
    account = Account(clock)
    shown = await shown_after(account, minutes=1)

    assert shown.entities["binary_sensor.enphase_cloud_reachable"].state is True
    assert shown.entities["sensor.enphase_cloud_last_update"].state == account.stand_in.sent("/status")[-1].at
    for entity in ("sensor.enphase_cloud_latency", "button.enphase_login_again", "button.enphase_start_live_stream"):
        assert entity in shown.entities
    assert "sensor.enphase_vpp_events" not in shown.entities


async def test_the_smart_mode_is_shown_while_it_is_on(clock: Clock) -> None:
    account = Account(clock, mode=SMART)
    charger = await account.charger()
    row = next(row for row in ENPHASE_TABLES.charger if row.domain == "select")
    view: Any = type("View", (), {"charger": charger})()

    assert (row.value(view), list(row.options(view))) == ("Smart", ["Manual", "Scheduled", "Green", "Smart"])  # type: ignore[operator]


async def test_events_of_the_grid_are_read_where_host_and_programme_are_given(clock: Clock) -> None:
    arguments = {"vpp_url": "https://grid.test", "vpp_program_id": "0123456789abcdef01234567"}
    account, without = Account(clock, arguments=arguments), Account(clock)
    event = {"id": "e1", "name": "Peak", "type": "battery_discharge", "status": "scheduled", "rate_watt": 4000}
    account.stand_in.endpoints.vpp_events = without.stand_in.endpoints.vpp_events = [event]
    row = next(row for row in ENPHASE_TABLES.account if row.key == "vpp_events")

    for one in (account, without):
        await one.charger()

    views: list[Any] = [type("View", (), {"link": one.cloud.link})() for one in (account, without)]
    assert [row.value(view) for view in views] == [1, None]
    assert row.attributes(views[0])["type_summary"] == {"battery_discharge": 1}
    assert row.attributes(views[0])["recent_events"] == [
        {"name": "Peak", "type": "battery_discharge", "status": "scheduled", "rate_watt": 4000}
    ]
    assert not without.stand_in.sent("vpp-mgr")


async def rests(account: Account) -> float:
    await account.charger()
    return account.cloud.pace(settings().poll_idle).total_seconds()


async def test_chargers_are_read_fast_only_while_something_happens(clock: Clock) -> None:
    account = Account(clock)

    assert await rests(account) == 60
    await account.cloud.start(account.serial)
    assert await rests(account) == 30
    await account.after(hours=1)
    assert await rests(account) == 30  # it charges
    await account.cloud.stop(account.serial, None)
    assert await rests(account) == 30
    await account.after(minutes=5)
    assert await rests(account) == 60


async def test_chargers_are_never_read_so_often_that_enphase_blocks_the_account(clock: Clock) -> None:
    account = Account(clock, arguments={"poll_busy_s": 5})
    await account.charger()

    await account.cloud.start(account.serial)

    assert await rests(account) == 30


@pytest.mark.parametrize(("fast", "rest"), [(True, 30), (False, 60)])
async def test_a_live_stream_has_chargers_read_fast_for_a_quarter_of_an_hour(
    clock: Clock, *, fast: bool, rest: float
) -> None:
    account = Account(clock, arguments={"fast_while_streaming": fast})
    await account.charger()

    answer = await account.cloud.act("start_live_stream", None, {})

    assert answer == {"duration_s": 900.0}
    assert await rests(account) == rest
    clock.advance(minutes=16)
    assert await rests(account) == 60


async def test_a_live_stream_can_be_stopped(clock: Clock) -> None:
    account = Account(clock)
    await account.charger()
    await account.cloud.act("start_live_stream", account.serial, {})

    await account.cloud.act("stop_live_stream", account.serial, {})

    assert account.stand_in.endpoints.streaming_until is None
    assert await rests(account) == 60


async def test_an_hour_of_charging_stays_far_below_what_is_tolerated(clock: Clock) -> None:
    account = Account(clock)
    await account.charger()
    await account.cloud.start(account.serial)
    before = len(account.stand_in.requests)

    await account.after(hours=1)

    assert len(account.stand_in.requests) - before < 160
    assert len(account.stand_in.sent("summary")) in {6, 7}


@pytest.mark.parametrize("message", ["MeterValues", "heartbeat", "StatusNotification"])
async def test_a_message_is_sent_and_its_answer_returned(clock: Clock, message: str) -> None:
    account = Account(clock)
    await account.charger()

    answer: Any = await account.cloud.act(
        "trigger_message", account.serial, {"requested_message": message, "site_id": int(SITE)}
    )

    assert answer["data"] == {"status": "accepted"}


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"requested_message": "LogStatusNotification"},
        {"requested_message": "TransactionEvent"},
        {"requested_message": "BootNotification"},
        {"requested_message": "MeterValues", "site_id": "99"},
    ],
)
async def test_a_message_that_must_not_be_sent_is_refused_here(clock: Clock, arguments: dict[str, object]) -> None:
    account = Account(clock)
    await account.charger()

    with pytest.raises(CommandError):
        await account.cloud.act("trigger_message", account.serial, arguments)

    assert not account.stand_in.sent("trigger_message")


async def test_a_message_that_may_disturb_is_sent_to_who_means_it(clock: Clock) -> None:
    account = Account(clock)
    await account.charger()

    await account.cloud.act(
        "trigger_message", account.serial, {"requested_message": "BootNotification", "confirm": True}
    )

    assert len(account.stand_in.sent("trigger_message")) == 1


@pytest.mark.parametrize("action", ["login_again", "clear_reauth_issue"])
async def test_a_login_can_be_asked_for(clock: Clock, action: str) -> None:
    account = Account(clock)
    account.stand_in.logins.has_too_many_sessions_until = clock() + timedelta(hours=1)
    with pytest.raises(AuthError, match="too many sessions"):
        await account.charger()
    clock.advance(hours=2)

    await account.cloud.act(action, None, {})

    assert (await account.charger()).is_plugged_in


async def test_an_action_nobody_knows_names_those_there_are(clock: Clock) -> None:
    with pytest.raises(CommandError, match="start_live_stream"):
        await Account(clock).cloud.act("dance", None, {})


async def test_each_command_goes_to_the_charger_s_own_site(clock: Clock) -> None:
    account = Account(clock)
    other = account.stand_in.add_charger("Barn", site=OTHER_SITE, site_name="Farm")
    account.stand_in.plug_in(other, Car(wants_kwh=10))
    await account.charger()

    await account.cloud.start(other)
    await account.cloud.change(other, CHARGE_MODE, "Green")
    await account.cloud.stop(account.serial, None)

    sent = [one.path for part in ("start_charging", "preference", "stop") for one in account.stand_in.sent(part, "P")]
    assert [(OTHER_SITE in path, SITE in path) for path in sent] == [(True, False), (True, False), (False, True)]


async def test_sites_and_chargers_are_those_its_owner_names(clock: Clock) -> None:
    account = Account(clock)
    barn = account.stand_in.add_charger("Barn", site=OTHER_SITE)
    account.stand_in.add_charger("Shed", site=OTHER_SITE)

    chosen = cloud(account.stand_in, clock, sites=[int(OTHER_SITE)], chargers=[barn])

    assert [charger.name for charger in await chosen.chargers()] == ["Barn"]
    assert not account.stand_in.sent("search_sites")


async def test_check_lists_what_could_be_named(clock: Clock) -> None:
    account = Account(clock)
    barn = account.stand_in.add_charger("Barn", site=OTHER_SITE, site_name="Farm")

    lines = await cloud(account.stand_in, clock, sites=[SITE], chargers=[account.serial]).findings()

    assert lines == [
        f"Site {SITE} (Home)",
        f"  charger {account.serial} (Garage)",
        f"Site {OTHER_SITE} (Farm)",
        f"  charger {barn} (Barn)",
    ]


async def test_a_site_that_does_not_answer_costs_the_others_nothing(clock: Clock) -> None:
    account = Account(clock)
    account.stand_in.add_charger("Barn", site=OTHER_SITE)
    await account.charger()
    account.stand_in.fail_next(404, f"{OTHER_SITE}/ev_chargers/status")

    chargers = await account.cloud.chargers()

    assert [charger.state for charger in chargers] == [ChargerState.PREPARING, ChargerState.OFFLINE]


async def test_a_site_without_chargers_is_read_seldom_and_a_new_charger_found(clock: Clock) -> None:
    account = Account(clock)
    account.stand_in.endpoints.sites[OTHER_SITE] = ("Farm", {})
    await account.after(minutes=9)
    seldom = [one.path.endswith("status") for one in account.stand_in.sent(OTHER_SITE)]
    account.stand_in.add_charger("Barn", site=OTHER_SITE)

    await account.after(minutes=3)

    assert sum(seldom) == 2  # in the plural, and in the singular
    assert [charger.name for charger in await account.cloud.chargers()] == ["Garage", "Barn"]


async def test_a_name_in_the_place_of_a_site_s_number_is_refused(clock: Clock) -> None:
    with pytest.raises(ConfigError, match="smart-charging check"):
        await Account(clock, arguments={"sites": ["Home"]}).charger()


async def test_a_charger_nobody_has_is_not_found(clock: Clock) -> None:
    with pytest.raises(NotFoundError):
        await Account(clock).cloud.start("EV404")


async def test_a_charge_in_enphase_s_app_is_seen(clock: Clock) -> None:
    account = Account(clock)
    account.stand_in.start_by_hand(account.serial)

    charger = await account.after(minutes=2)
    account.stand_in.stop_by_hand(account.serial)
    over = await account.after(minutes=2)

    assert charger.active_charge
    assert over.last_charge
    assert (over.last_charge.id, over.last_charge.state) == (charger.active_charge.id, ChargeState.STOPPED)


async def test_a_report_tells_how_answers_were_built_and_nothing_private(clock: Clock) -> None:
    account = Account(clock)
    charger = await account.charger()
    await account.cloud.start(account.serial)

    report = json.dumps(cloud_report(account.cloud, [charger]))

    assert {"pluggedIn", "connectorStatusType", "lifeTimeConsumption"} <= set(re.findall(r'"(\w+)"', report))
    private = (account.serial, SITE, "Garage", "owner@example.org", "stand-in-password", "192.0.2.17", "s-1")
    assert [word for word in private if word in report] == []


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"poll_busy_s": 0}, "poll_busy_s"),
        ({"api_timeout_s": 1}, "api_timeout_s"),
        ({"nominal_voltage": 12}, "nominal_voltage"),
        ({"new_current": "now"}, "new_current"),
        ({"colour": "red"}, "unknown key"),
    ],
)
def test_arguments_that_cannot_be_are_refused(arguments: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        settings(**arguments)


async def test_it_is_opened_by_its_name_without_sending_anything(tmp_path: Path) -> None:
    (secrets := tmp_path / "secrets.yaml").write_text("enphase_email: owner@example.org\n")
    own = parse(settings_of("enphase"), {"cloud": "enphase", "sites": 7654321})

    opened = open_cloud(own, secrets, token_file=None, notes_file=None, log=LOG)

    assert isinstance(opened, EnphaseCloud)
    assert words_of("enphase").name == "Enphase"
    assert entities_of("enphase") is ENPHASE_TABLES
    await opened.aclose()


def test_without_an_e_mail_it_says_what_to_write(tmp_path: Path) -> None:
    (secrets := tmp_path / "secrets.yaml").write_text("monta_client_id: 1\n")

    with pytest.raises(ConfigError, match="enphase_email"):
        open_cloud(settings(), secrets, token_file=None, notes_file=None, log=LOG)

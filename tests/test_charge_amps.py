"""Charge Amps' answers as chargers and charges, and what is sent to start, stop and set."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from smart_charging.charger import Charge, ChargerState, ChargeState
from smart_charging.clouds.charge_amps.arguments import ChargeAmpsSettings
from smart_charging.clouds.charge_amps.charger import ChargeAmpsCharger
from smart_charging.clouds.charge_amps.lifetime import GuardedCounter, SessionTotals
from smart_charging.clouds.charge_amps.models import ChargingSession
from smart_charging.clouds.charge_amps.stand_in.cloud import ChargeAmpsStandIn, Habits
from smart_charging.clouds.charge_amps.stand_in.site import Car
from smart_charging.clouds.charge_amps.statuses import (
    CAPI_CODES,
    NO_CODES,
    OCPP_CODES,
    WEB_CODES,
    point_status,
    state_of,
)
from smart_charging.clouds.opening import open_cloud
from smart_charging.clouds.protocol import ChargerCloud, SetsCurrent
from smart_charging.clouds.report import cloud_report
from smart_charging.config.arguments import parse
from smart_charging.errors import CommandError, ConfigError, NotPermittedError, RefusedError, TransportError
from worlds.charge_amps import LOG, TAG, cloud_over_web, external_cloud
from worlds.virtual_time import Clock


class AmpsHome:
    """An account with one Halo."""

    def __init__(self, clock: Clock, habits: Habits, **charge_point: Any) -> None:
        self.clock = clock
        self.amps = ChargeAmpsStandIn(now=clock, habits=habits)
        self.point_id = self.amps.add_charge_point("Garage", **charge_point)
        self.charger_id = f"{self.point_id}:1"
        self.cloud = external_cloud(self.amps, clock)
        self.web = cloud_over_web(self.amps, clock)

    async def read(self, cloud: ChargerCloud | None = None) -> ChargeAmpsCharger:
        """The first charger, a minute later."""
        self.clock.advance(minutes=1)
        charger = (await (cloud or self.cloud).chargers())[0]
        assert isinstance(charger, ChargeAmpsCharger)
        return charger

    async def plug_in(self, *, wants_kwh: float = 60, **car: Any) -> ChargeAmpsCharger:
        self.amps.plug_in(self.point_id, Car(wants_kwh=wants_kwh, **car))
        return await self.read()

    async def charge(self) -> Charge:
        """The one that runs."""
        charger = await self.read()
        assert charger.active_charge
        return charger.active_charge

    async def stop(self) -> None:
        await self.cloud.stop(self.charger_id, (await self.charge()).id)

    @property
    def settings(self) -> tuple[str, float]:
        outlet = self.amps.outlet(self.point_id)
        return outlet.mode, outlet.max_current

    def puts(self, end: str) -> int:
        return sum(one.path.endswith(end) for one in self.amps.sent("v5/chargepoints", "PUT"))


@pytest.fixture
def home(clock: Clock) -> AmpsHome:
    return AmpsHome(clock, Habits(report_every=timedelta(0)))


@pytest.fixture
def tagged(clock: Clock) -> AmpsHome:
    return AmpsHome(clock, Habits(rfid_lock=True, report_every=timedelta(0)))


# -- what statuses mean


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ("Available", ChargerState.AVAILABLE),
        ("preparing", ChargerState.PREPARING),
        ("Suspended EV", ChargerState.SUSPENDED_EV),
        ("SUSPENDED_EVSE", ChargerState.SUSPENDED_EVSE),
        ("Finishing", ChargerState.FINISHING),
        ("Reserved", ChargerState.RESERVED),
        ("Unavailable", ChargerState.INOPERATIVE),
        ("Faulted", ChargerState.FAULTED),
        ("Connected", ChargerState.PREPARING),
        ("Dreaming", ChargerState.UNKNOWN),
        ("", ChargerState.UNKNOWN),
        (None, ChargerState.UNKNOWN),
    ],
)
def test_a_status_goes_by_its_name(told: str | None, state: ChargerState) -> None:
    assert {state_of(told, codes) for codes in (OCPP_CODES, CAPI_CODES, WEB_CODES, NO_CODES)} == {state}


@pytest.mark.parametrize(
    ("told", "ocpp", "capi", "web"),
    [
        ("0", ChargerState.AVAILABLE, ChargerState.AVAILABLE, ChargerState.UNKNOWN),
        ("1", ChargerState.PREPARING, ChargerState.CHARGING, ChargerState.AVAILABLE),
        ("2", ChargerState.CHARGING, ChargerState.PREPARING, ChargerState.PREPARING),
        ("3", ChargerState.SUSPENDED_EVSE, ChargerState.FAULTED, ChargerState.CHARGING),
        ("4", ChargerState.SUSPENDED_EV, ChargerState.UNKNOWN, ChargerState.SUSPENDED_EV),
        ("5", ChargerState.FINISHING, ChargerState.UNKNOWN, ChargerState.SUSPENDED_EVSE),
        ("6", ChargerState.RESERVED, ChargerState.UNKNOWN, ChargerState.FINISHING),
        ("7", ChargerState.INOPERATIVE, ChargerState.UNKNOWN, ChargerState.RESERVED),
        ("8", ChargerState.FAULTED, ChargerState.UNKNOWN, ChargerState.INOPERATIVE),
        ("9", ChargerState.UNKNOWN, ChargerState.UNKNOWN, ChargerState.FAULTED),
        ("42", ChargerState.UNKNOWN, ChargerState.UNKNOWN, ChargerState.UNKNOWN),
    ],
)
def test_a_number_counts_by_api_and_protocol(
    told: str, ocpp: ChargerState, capi: ChargerState, web: ChargerState
) -> None:
    assert [state_of(told, codes) for codes in (OCPP_CODES, CAPI_CODES, WEB_CODES)] == [ocpp, capi, web]
    assert state_of(told, NO_CODES) is ChargerState.UNKNOWN


@pytest.mark.parametrize(
    ("told", "status"),
    [("online", "Online"), ("2", "Offline"), ("Error", "Error"), ("7", "Unknown"), (None, "Unknown")],
)
def test_a_charge_point_is_online_offline_or_in_error(told: str | None, status: str) -> None:
    assert point_status(told) == status


@pytest.mark.parametrize(
    ("habits", "state"),
    [
        (Habits(report_every=timedelta(0)), ChargerState.SUSPENDED_EV),
        (Habits(speaks_ocpp=False, in_numbers=True, report_every=timedelta(0)), ChargerState.SUSPENDED_EV),
    ],
)
async def test_a_full_car_rests_in_either_protocol(clock: Clock, habits: Habits, state: ChargerState) -> None:
    home = AmpsHome(clock, habits)

    await home.plug_in(wants_kwh=0.05)

    assert (await home.read()).state is state


async def test_what_nobody_knows_is_kept_as_it_came(home: AmpsHome) -> None:
    home.amps.outlet(home.point_id).status_override = "Dreaming"

    charger = await home.read()

    assert (charger.state, charger.cloud_state, charger.connector_status) == (
        ChargerState.UNKNOWN,
        "Dreaming",
        "Unknown",
    )


# -- chargers


async def test_every_connector_of_every_charge_point_is_a_charger(clock: Clock) -> None:
    home = AmpsHome(clock, Habits(), has_schuko=True)
    aura = home.amps.add_charge_point("Yard", model="Aura", outlets=2)

    chargers = await home.cloud.chargers()

    assert [(one.id, one.name, one.station_id, one.is_for_cars) for one in chargers] == [
        (f"{home.point_id}:1", "Garage", home.point_id, True),
        (f"{home.point_id}:2", "Garage Schuko", home.point_id, False),
        (f"{aura}:1", "Yard 1", aura, True),
        (f"{aura}:2", "Yard 2", aura, True),
    ]


async def test_power_is_volts_times_amps_of_all_phases(home: AmpsHome) -> None:
    charger = await home.plug_in(max_a=10.0)

    assert charger.power_kw == pytest.approx((231.0 + 230.2 + 230.9) * 10 / 1000)
    assert [phase.name for phase in charger.phases] == ["L1", "L2", "L3"]


async def test_a_charger_that_is_offline_tells_nothing_of_before(home: AmpsHome) -> None:
    await home.plug_in()
    home.amps.site.points[home.point_id].is_online = False

    charger = await home.read()

    assert (charger.state, charger.station_status) == (ChargerState.OFFLINE, "Offline")
    assert (charger.power_kw, list(charger.phases)) == (None, [])
    assert charger.active_charge  # it may well run on


async def test_one_charge_point_that_cannot_be_read_costs_the_others_nothing(
    home: AmpsHome, caplog: pytest.LogCaptureFixture
) -> None:
    other = home.amps.add_charge_point("Yard")
    home.amps.fail_next(400, f"v5/chargepoints/{other}/status", times=5)

    for _ in range(3):
        await home.read()

    states = {charger.id: charger.state for charger in await home.cloud.chargers()}
    assert states == {f"{home.point_id}:1": ChargerState.AVAILABLE, f"{other}:1": ChargerState.OFFLINE}
    assert caplog.text.count("shown as offline") == 1


async def test_charge_points_and_settings_are_read_rarely(home: AmpsHome) -> None:
    for _ in range(60):
        await home.read()

    paths = [request.path for request in home.amps.requests]
    assert paths.count(f"v5/chargepoints/{home.point_id}/status") == 60
    assert paths.count("v5/chargepoints/owned") <= 6
    assert len(paths) <= 60 + 2 * 6 + 2  # a login, the history


async def test_settings_are_asked_for_singly_where_the_cloud_does_not_add_them(clock: Clock) -> None:
    home = AmpsHome(clock, Habits(adds_settings=False))

    charger = await home.read()

    assert (charger.mode, charger.current_limit_a, charger.max_current_a) == ("On", 16.0, 16.0)


async def test_who_may_only_read_a_charger_is_offered_no_command(home: AmpsHome) -> None:
    home.amps.site.points[home.point_id].is_read_only = True

    charger = await home.read()

    assert (charger.may_be_commanded, charger.may_be_set) == (False, False)


# -- charges


async def test_the_first_charge_of_a_session_has_its_id_and_beginning(home: AmpsHome) -> None:
    before = home.clock()
    await home.plug_in()

    charge = await home.charge()

    assert charge.id == str(home.amps.site.sessions[0][1].id)
    assert abs(charge.created_at - before) <= timedelta(seconds=1)


async def test_what_goes_on_after_a_pause_is_another_charge_that_counts_from_zero(home: AmpsHome) -> None:
    await home.plug_in()
    home.clock.advance(minutes=30)
    first = await home.charge()
    await home.stop()
    home.clock.advance(minutes=30)
    await home.read()
    await home.cloud.start(home.charger_id)
    await home.read()
    home.clock.advance(minutes=15)

    second = await home.charge()

    charges = (await home.read()).charges
    assert [charge.id for charge in charges] == [f"{first.id}/2", first.id]
    assert second.created_at > first.created_at + timedelta(hours=1)
    assert sum(charge.consumed_kwh or 0 for charge in charges) == pytest.approx(home.amps.delivered_kwh(), abs=0.4)


async def test_no_two_charges_of_a_session_have_the_same_id_however_many_there_are(home: AmpsHome) -> None:
    await home.plug_in()
    seen = []

    for _ in range(13):
        seen.append((await home.charge()).id)
        await home.stop()
        await home.read()
        await home.cloud.start(home.charger_id)

    assert len(set(seen)) == 13


async def test_charges_are_the_same_after_a_restart(clock: Clock, tmp_path: Path) -> None:
    home = AmpsHome(clock, Habits(report_every=timedelta(0)))
    home.cloud = external_cloud(home.amps, clock, notes_file=tmp_path / "notes.json")
    await home.plug_in()
    await home.stop()
    await home.read()
    await home.cloud.start(home.charger_id)
    before = (await home.charge()).id

    home.cloud = external_cloud(home.amps, clock, notes_file=tmp_path / "notes.json")

    assert (await home.charge()).id == before


async def test_a_charge_that_the_mode_lets_begin_is_nobody_s_wish(home: AmpsHome) -> None:
    await home.plug_in()

    assert (await home.read()).starts_by_itself


async def test_a_charge_after_our_start_did_not_begin_by_itself(clock: Clock) -> None:
    home = AmpsHome(clock, Habits(mode="Off", report_every=timedelta(0)))
    await home.plug_in()

    await home.cloud.start(home.charger_id)

    assert not (await home.read()).starts_by_itself


async def test_a_charge_that_a_card_began_is_somebody_s_wish(tagged: AmpsHome) -> None:
    await tagged.plug_in()

    tagged.amps.show_tag(tagged.point_id)

    assert not (await tagged.read()).starts_by_itself


async def test_an_unplugged_car_s_energy_stays(home: AmpsHome) -> None:
    await home.plug_in()
    home.clock.advance(minutes=30)
    running = await home.charge()
    home.amps.unplug(home.point_id)

    charger = await home.read()

    assert charger.last_charge
    assert charger.last_charge.state is ChargeState.STOPPED
    assert (charger.last_charge.consumed_kwh or 0) >= (running.consumed_kwh or 0)


# -- start and stop


async def test_a_charger_with_a_lock_is_started_with_the_tag_and_its_settings_stay(tagged: AmpsHome) -> None:
    await tagged.plug_in()

    await tagged.cloud.start(tagged.charger_id)
    assert (await tagged.charge()).state is ChargeState.CHARGING
    await tagged.stop()

    assert (tagged.puts("remotestart"), tagged.puts("remotestop"), tagged.puts("settings")) == (1, 1, 0)


async def test_a_stop_without_a_session_is_a_success(tagged: AmpsHome) -> None:
    await tagged.plug_in()

    await tagged.cloud.stop(tagged.charger_id, None)

    assert [one.status for one in tagged.amps.requests if one.path.endswith("remotestop")] == [400]


async def test_the_stop_of_a_charge_that_is_over_stops_no_other(home: AmpsHome) -> None:
    await home.plug_in()

    await home.cloud.stop(home.charger_id, "4711")

    assert (await home.charge()).state is ChargeState.CHARGING


@pytest.mark.parametrize(("speaks_ocpp", "paused"), [(True, ("On", 0.0)), (False, ("Off", 16.0))])
async def test_a_charger_without_a_lock_is_paused_by_its_settings(
    clock: Clock, paused: tuple[str, float], *, speaks_ocpp: bool
) -> None:
    home = AmpsHome(clock, Habits(speaks_ocpp=speaks_ocpp, report_every=timedelta(0)))
    await home.plug_in()

    await home.stop()
    charger = await home.read()

    assert home.settings == paused
    assert (charger.state, charger.active_charge) == (ChargerState.PREPARING, None)
    assert (charger.mode, charger.current_limit_a) == ("On", 16.0)  # what its owner has chosen


async def test_settings_that_are_not_ours_come_back_as_they_were(home: AmpsHome) -> None:
    await home.plug_in()

    await home.stop()
    await home.cloud.start(home.charger_id)
    await home.cloud.change(home.charger_id, "cable_lock", "on")
    await home.cloud.change(home.charger_id, "dimmer", "low")

    assert home.amps.site.points[home.point_id].lost_fields == []
    assert home.amps.outlet(home.point_id).cable_lock


async def test_a_charger_that_takes_no_settings_is_told_of_with_what_to_do(clock: Clock) -> None:
    home = AmpsHome(clock, Habits(takes_settings=False))
    await home.plug_in()
    charge = await home.charge()

    with pytest.raises(RefusedError, match="switch on its RFID lock in Charge Amps' app and write rfid_tag"):
        await home.cloud.stop(home.charger_id, charge.id)


async def test_a_setting_that_does_not_take_effect_is_no_success(
    home: AmpsHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    charger = home.amps.outlet(home.point_id)
    monkeypatch.setattr(home.amps.site, "settings_changed", lambda *_: setattr(charger, "max_current", 16.0))

    with pytest.raises(RefusedError, match="still shows the old one"):
        await home.cloud.set_current(home.charger_id, 10)


async def test_a_charger_that_takes_no_current_of_zero_is_paused_by_its_mode(
    home: AmpsHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    await home.plug_in()
    charger = home.amps.outlet(home.point_id)
    monkeypatch.setattr(home.amps.site, "settings_changed", lambda *_: setattr(charger, "max_current", 16.0))

    await home.stop()

    assert home.settings == ("Off", 16.0)


async def test_a_command_without_an_answer_is_an_error_and_its_note_stays(home: AmpsHome) -> None:
    await home.plug_in()
    charge = await home.charge()
    home.amps.fail_next(500, f"v5/chargepoints/{home.point_id}/connectors/1/settings", method="PUT")

    with pytest.raises(TransportError):
        await home.cloud.stop(home.charger_id, charge.id)

    assert home.charger_id in home.cloud._notes.changes


async def test_settings_are_given_back_when_the_cable_is_out(home: AmpsHome) -> None:
    await home.plug_in()
    await home.stop()
    home.amps.unplug(home.point_id)

    await home.read()

    assert home.settings == ("On", 16.0)
    assert home.cloud._notes.changes == {}


async def test_giving_back_is_tried_again_in_five_minutes(home: AmpsHome) -> None:
    await home.plug_in()
    await home.stop()
    home.amps.unplug(home.point_id)
    home.amps.fail_next(400, f"v5/chargepoints/{home.point_id}/connectors/1/settings", method="PUT")

    await home.read()
    assert home.settings == ("On", 0.0)
    for _ in range(6):
        await home.read()

    assert home.settings == ("On", 16.0)


# -- currents, modes, settings, actions


async def test_the_current_is_set_at_once(home: AmpsHome) -> None:
    await home.plug_in()

    await home.cloud.set_current(home.charger_id, 8)

    charger = await home.read()
    assert (charger.current_limit_a, home.settings) == (8.0, ("On", 8.0))
    assert charger.power_kw == pytest.approx(5.54, abs=0.01)


async def test_a_current_that_is_set_during_a_pause_counts_from_the_next_start(home: AmpsHome) -> None:
    await home.plug_in()
    await home.stop()

    await home.cloud.set_current(home.charger_id, 10)
    assert home.settings == ("On", 0.0)
    assert (await home.read()).current_limit_a == 10
    await home.cloud.start(home.charger_id)

    assert home.settings == ("On", 10.0)


@pytest.mark.parametrize("current_a", [0, 5, 17, 33])
async def test_a_current_beyond_what_is_installed_is_refused(home: AmpsHome, current_a: float) -> None:
    with pytest.raises(CommandError, match="write 6 to 16"):
        await home.cloud.set_current(home.charger_id, current_a)


async def test_a_charger_with_a_schedule_of_its_own_is_held_by_it_until_it_is_freed(clock: Clock) -> None:
    home = AmpsHome(clock, Habits(mode="Schedule", report_every=timedelta(0)))
    assert (await home.plug_in()).held_by == "Schedule"

    await home.cloud.free(home.charger_id)
    freed = (await home.read()).held_by
    home.amps.unplug(home.point_id)
    await home.read()

    assert (freed, home.settings) == (None, ("Schedule", 16.0))


async def test_a_mode_that_a_person_chooses_here_is_theirs(home: AmpsHome) -> None:
    await home.plug_in()
    await home.stop()

    await home.cloud.change(home.charger_id, "charger_mode", "On")

    assert home.settings == ("On", 16.0)
    assert (await home.charge()).state is ChargeState.CHARGING


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [("colour", "red", "there is no setting 'colour'"), ("dimmer", "red", "write one of Off, Low, Medium, High")],
)
async def test_a_setting_nobody_has_is_refused_in_words(home: AmpsHome, key: str, value: str, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        await home.cloud.change(home.charger_id, key, value)


async def test_a_charge_point_can_be_restarted_and_its_schedule_overridden(home: AmpsHome) -> None:
    await home.cloud.act("reboot", home.charger_id, {})
    await home.cloud.act("override_schedule", home.charger_id, {})

    assert (home.puts("reboot"), home.puts("override")) == (1, 1)
    with pytest.raises(CommandError, match="charge_point_id is missing"):
        await home.cloud.act("reboot", None, {})


async def test_a_report_tells_how_answers_were_built_and_nothing_private(tagged: AmpsHome) -> None:
    await tagged.plug_in()
    await tagged.cloud.start(tagged.charger_id)
    charger = await tagged.read()
    await tagged.read(tagged.web)

    report = json.dumps([cloud_report(cloud, [charger]) for cloud in (tagged.cloud, tagged.web)])

    logins = tagged.amps.logins
    private = (tagged.point_id, "Garage", logins.email, logins.password, logins.api_key, TAG, "SN-", "own-secret")
    assert [word for word in private if word in report] == []
    assert {"connectorStatuses", "ocppVersion", "maxCurrent", "totalConsumptionKwh", "ocppStatus"} <= set(
        re.findall(r'"(\w+)"', report)
    )


# -- energy for life


async def test_lifetime_energy_counts_every_session_once_and_never_goes_back(home: AmpsHome) -> None:
    seen: list[float] = []

    for _ in range(3):
        await home.plug_in(wants_kwh=4)
        seen += [(await home.read()).lifetime_kwh or 0 for _ in range(40)]
        home.amps.unplug(home.point_id)
        seen += [(await home.read()).lifetime_kwh or 0 for _ in range(10)]

    assert all(before <= after for before, after in pairwise(seen))
    assert seen[-1] == pytest.approx(12, abs=0.01)


async def test_the_history_is_read_once_and_after_each_session(home: AmpsHome) -> None:
    for _ in range(30):
        await home.read()
    await home.plug_in(wants_kwh=1)
    for _ in range(20):
        await home.read()
    home.amps.unplug(home.point_id)
    for _ in range(30):
        await home.read()

    asked = home.amps.sent(f"v5/chargepoints/{home.point_id}/chargingsessions")
    assert [request.query["startTime"][:4] for request in asked] == ["2010", "2010"]


def session(number: int, hour: int, kwh: float, *, connector: int = 1, is_over: bool = True) -> ChargingSession:
    began_at = datetime(2026, 1, 5, hour, tzinfo=UTC)
    return ChargingSession(
        id=str(number),
        connector_id=connector,
        session_kwh=kwh,
        start_time=began_at,
        end_time=began_at + timedelta(minutes=50) if is_over else None,
    )


def test_a_session_that_is_still_open_is_asked_for_again() -> None:
    totals = SessionTotals()
    totals.add([session(1, 8, 5), session(2, 10, 2, is_over=False), session(3, 12, 4, connector=2)])

    assert totals.since == datetime(2026, 1, 5, 10, tzinfo=UTC)
    totals.add([session(2, 10, 6), session(3, 12, 4, connector=2)])

    assert (totals.total(1), totals.total(2)) == (11, 4)


def test_totals_are_the_same_after_a_restart() -> None:
    totals = SessionTotals()
    totals.add([session(1, 8, 5)])
    totals.live(1, "2", 1.5)
    before = totals.total(1)

    assert SessionTotals.from_dict(totals.to_dict()).total(1) == before == 6.5


def test_a_counter_that_falls_back_goes_on_from_where_it_was() -> None:
    counter = GuardedCounter()

    assert [counter.update(told) for told in (100, 101, None, 3, 4)] == [100, 101, 101, 104, 105]


# -- the web app's API


async def test_without_a_key_the_same_is_shown_and_nothing_is_commanded(home: AmpsHome) -> None:
    await home.plug_in()
    home.clock.advance(minutes=30)
    over_web = await home.read(home.web)
    external = await home.read()

    assert (over_web.id, over_web.state, over_web.connector_status, over_web.station_status) == (
        external.id,
        external.state,
        external.connector_status,
        external.station_status,
    )
    assert over_web.power_kw == pytest.approx(external.power_kw, rel=0.01)
    assert over_web.lifetime_kwh == pytest.approx(1000 + home.amps.delivered_kwh(), abs=0.4)
    assert over_web.active_charge
    assert not over_web.may_be_commanded
    assert not isinstance(home.web, SetsCurrent)
    with pytest.raises(NotPermittedError, match="charge_amps_api_key"):
        await home.web.start(home.charger_id)


async def test_a_charge_over_the_web_counts_from_where_the_counter_was(home: AmpsHome) -> None:
    await home.read(home.web)
    home.amps.plug_in(home.point_id, Car(wants_kwh=60))
    await home.read(home.web)
    home.clock.advance(minutes=30)

    charger = await home.read(home.web)

    assert charger.active_charge
    assert charger.active_charge.consumed_kwh == pytest.approx(home.amps.delivered_kwh(), abs=0.4)


@pytest.mark.parametrize(("trusts", "state"), [(False, ChargerState.UNKNOWN), (True, ChargerState.PREPARING)])
async def test_numbers_over_the_web_count_only_for_who_says_so(
    clock: Clock, state: ChargerState, *, trusts: bool
) -> None:
    home = AmpsHome(clock, Habits(in_numbers=True, mode="Off", report_every=timedelta(0)))
    cloud = cloud_over_web(home.amps, clock, trust_web_codes=trusts)
    home.amps.plug_in(home.point_id, Car(wants_kwh=60))

    assert (await home.read(cloud)).state is state


async def test_commands_over_the_web_are_for_who_asks_for_them(tagged: AmpsHome) -> None:
    cloud = cloud_over_web(tagged.amps, tagged.clock, control_over_web=True, rfid_tag="0A0B0C0D")
    tagged.amps.plug_in(tagged.point_id, Car(wants_kwh=60))
    assert (await tagged.read(cloud)).may_be_commanded
    assert isinstance(cloud, SetsCurrent)

    await cloud.start(tagged.charger_id)
    await cloud.set_current(tagged.charger_id, 10.0)
    charger = await tagged.read(cloud)
    await cloud.stop(tagged.charger_id, None)
    await cloud.stop(tagged.charger_id, None)

    assert charger.active_charge
    assert tagged.amps.outlet(tagged.point_id).max_current == 10
    assert (await tagged.read(cloud)).active_charge is None


# -- arguments


@pytest.mark.parametrize(
    ("written", "rests_s"),
    [({}, (60, 60, 30)), ({"interval_s": 10}, (10, 10, 10)), ({"interval_s": 900, "poll_busy_s": 45}, (900, 900, 45))],
)
def test_one_interval_is_all_there_is_to_write(written: dict[str, int], rests_s: tuple[int, int, int]) -> None:
    settings = parse(ChargeAmpsSettings, written)

    rests = (settings.poll_idle, settings.poll_plugged_in, settings.poll_busy)
    assert tuple(rest.total_seconds() for rest in rests) == rests_s


@pytest.mark.parametrize("interval_s", [9, 3601])
def test_an_interval_is_ten_seconds_to_an_hour(interval_s: int) -> None:
    with pytest.raises(ConfigError, match="interval_s: expected"):
        parse(ChargeAmpsSettings, {"interval_s": interval_s})


@pytest.mark.parametrize(("with_key", "least_s"), [(True, 30), (False, 10)])
async def test_an_interval_below_half_a_minute_is_too_short_for_the_external_api_and_that_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, least_s: int, *, with_key: bool
) -> None:
    file = tmp_path / "secrets.yaml"
    key = "charge_amps_api_key: k\n" if with_key else ""
    file.write_text(f"charge_amps_email: a@example.org\ncharge_amps_password: x\n{key}", encoding="utf-8")
    settings = parse(ChargeAmpsSettings, {"cloud": "charge_amps", "interval_s": 10})

    cloud: Any = open_cloud(settings, file, token_file=None, log=LOG)

    assert [cloud.pace(timedelta(seconds=10)) for _ in range(3)] == [timedelta(seconds=least_s)] * 3
    assert caplog.text.count("is shorter than the 30 s") == with_key
    await cloud.aclose()

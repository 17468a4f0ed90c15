"""Whether the cable that is in is the one of before: restarts, plug-in times, charges that were settled."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from smart_charging.clouds.monta.stand_in.site import Charge, ChargePoint
from worlds.household import Household

WANTED_KWH = 19.0


def stamp_charges_by_themselves(home: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every charge says that its cable went in when it began."""
    site = home.monta.site
    begin = site._open

    def begin_with_own_stamp(point: ChargePoint, now: datetime, **how: Any) -> Charge:
        charge = begin(point, now, **how)
        charge.cable_plugged_in_at = charge.created_at
        return charge

    monkeypatch.setattr(site, "_open", begin_with_own_stamp)


def booked(home: Household) -> int:
    return len(home.session_file.read_text().splitlines())


@pytest.mark.parametrize("minutes", [1, 14])
async def test_a_session_goes_on_over_a_restart_in_its_second_block_with_stamps_of_its_charges_own(
    home: Household, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    stamp_charges_by_themselves(home, monkeypatch)
    home.prices(home.clock.at, 2.4, 0.3, 2.1, 0.4, *[3.1] * 8)
    home.schedule(energy_kwh=WANTED_KWH)
    await home.live(minutes=7)
    home.plug_in()
    await home.live(hours=2, minutes=53 + minutes)

    home.clock.advance(seconds=20)
    await home.restart()
    home.schedule(energy_kwh=WANTED_KWH)
    await home.live(hours=4)
    home.unplug()
    await home.live(minutes=3)

    assert home.delivered_kwh == pytest.approx(WANTED_KWH, abs=0.3)
    assert booked(home) == 1


@pytest.mark.parametrize("begins", ["by plan", "by itself"])
@pytest.mark.parametrize("reason", [None, "api", "EVDisconnected"])
@pytest.mark.parametrize("away_s", [3, 40])
async def test_a_cable_that_was_out_between_two_reads_is_another_session(
    home: Household, away_s: int, reason: str | None, begins: str
) -> None:
    home.plug_in()
    home.clock.advance(minutes=1)
    home.schedule(energy_kwh=WANTED_KWH / 2, mode="now")
    await home.live(minutes=30)
    home.monta.site.delays.settle = timedelta(seconds=1)
    home.unplug()
    charge = home.monta.charge_of(home.point_id)
    assert charge
    charge.stop_reason = reason
    home.clock.advance(seconds=away_s)
    home.monta.site.points[home.point_id].starts_by_itself = begins == "by itself"
    before_kwh = home.delivered_kwh

    home.plug_in()
    await home.live(hours=1.25)

    assert home.delivered_kwh - before_kwh == pytest.approx(WANTED_KWH / 2, abs=0.3)
    assert home.state("plan") == "done"
    assert booked(home) == 1


async def test_a_settled_charge_of_a_cable_that_is_read_to_be_out_next_begins_no_session(home: Household) -> None:
    home.schedule(energy_kwh=WANTED_KWH, mode="now")
    home.plug_in()
    await home.live(minutes=30)
    home.monta.site.delays.settle = timedelta(0)
    home.unplug()
    home.monta.site.points[home.point_id].reports_cable = True
    starts = home.starts

    home.monta.site.points[home.point_id].reports_cable = False
    await home.live(minutes=5)

    assert (home.starts, home.state("plan")) == (starts, "idle")
    assert booked(home) == 1


@pytest.mark.parametrize("back", [timedelta(days=20_400), timedelta(days=730), -timedelta(days=2_900_000)], ids=str)
async def test_no_date_that_a_cloud_made_up_makes_work(
    home: Household, monkeypatch: pytest.MonkeyPatch, back: timedelta
) -> None:
    home.monta.site.price = lambda _at: 1.5
    home.schedule(energy_kwh=WANTED_KWH, mode="now")
    home.plug_in()
    await home.live(minutes=3)
    charge = home.monta.charge_of(home.point_id)
    assert charge

    charge.started_at = home.clock.at - back
    await home.live(minutes=20)

    assert home.state("plan") == "charging"
    assert sum(len(str(facts)) for facts in home.hass.store.values()) < 20_000


@pytest.mark.parametrize("restarts", [False, True])
async def test_a_charge_that_is_settled_with_its_cable_in_ends_no_session(home: Household, *, restarts: bool) -> None:
    home.prices(home.clock.at, 0.4, 3.1, 3.1, 0.5, *[3.1] * 8)
    home.schedule(energy_kwh=WANTED_KWH)
    home.plug_in()
    await home.live(hours=1, minutes=10)
    charge = home.monta.charge_of(home.point_id)
    assert charge
    home.monta.site.points[home.point_id].state_override = "busy-non-released"

    charge.settles_at = home.clock.at
    await home.live(minutes=30)
    if restarts:
        await home.restart()
        home.schedule(energy_kwh=WANTED_KWH)
    await home.live(hours=4)

    assert home.delivered_kwh == pytest.approx(WANTED_KWH, abs=0.3)


@pytest.mark.parametrize(("after_minutes", "restarts"), [(4, False), (4, True), (17, False)])
async def test_a_charge_that_is_settled_soon_after_the_plan_s_stop_ends_no_session(
    home: Household, *, after_minutes: int, restarts: bool
) -> None:
    home.prices(home.clock.at, 0.4, 3.1, 3.1, 0.5, *[3.1] * 8)
    home.schedule(energy_kwh=WANTED_KWH)
    home.plug_in()
    await home.live(minutes=59)
    charge = home.monta.charge_of(home.point_id)
    assert charge
    charge.settles_at = home.clock.at + timedelta(minutes=after_minutes)
    await home.live(minutes=31)

    if restarts:
        await home.restart()
        home.schedule(energy_kwh=WANTED_KWH)
    await home.live(hours=4)

    assert charge.settles_at < home.clock.at
    assert home.delivered_kwh == pytest.approx(WANTED_KWH, abs=0.3)


async def test_a_charge_that_is_settled_long_after_the_plan_s_stop_tells_of_another_car(home: Household) -> None:
    home.schedule(energy_kwh=WANTED_KWH, mode="now")
    home.plug_in()
    await home.live(hours=3)
    before_kwh = home.delivered_kwh

    home.monta.site.delays.settle = timedelta(seconds=1)
    home.unplug()
    home.clock.advance(seconds=40)
    home.plug_in()
    await home.live(hours=3)

    assert home.delivered_kwh - before_kwh == pytest.approx(WANTED_KWH, abs=0.3)

"""What happens when people edit apps.yaml while AppDaemon runs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.messages import Request, Response
from smart_charging.clouds.monta.stand_in.site import Car

Start = Callable[..., Awaitable[Any]]
GARAGE = 410001
IN_HALF_A_DAY = f"{datetime.now(ZoneInfo('Europe/Copenhagen')) + timedelta(hours=12):%H:%M}"
HASTY = {"charge_point_id": GARAGE, "energy_kwh": 50, "power_kw": 11, "ready_by": IN_HALF_A_DAY, "mode": "now"}


def edit(folder: Path, app: str, **changes: Any) -> None:
    """Write arguments of an app; None takes one away."""
    file = folder / "apps" / "apps.yaml"
    apps = yaml.safe_load(file.read_text())
    apps[app] |= changes
    apps[app] = {key: value for key, value in apps[app].items() if value is not None}
    file.write_text(yaml.safe_dump(apps))


async def test_a_mended_argument_starts_the_app_and_those_that_depend_on_it(
    monta_now: MontaStandIn, start: Start, tmp_path: Path
) -> None:
    ad = await start(charging_monitor={"poll_idle_s": "fast"})
    await ad.until(lambda: any("poll_idle_s" in line for line in ad.lines()))

    edit(tmp_path, "charging_monitor", poll_idle_s=1)

    await ad.until(lambda: ad.state("switch.monta_garage_charging") == "off")
    await ad.until(lambda: ad.state("sensor.monta_garage_plan") == "idle")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"tariff": {"vat": 0.25}}),
        ({"price_entity": "sensor.nordpool"}, {"price_action": {"action": "nordpool.get_prices_for_date"}}),
        ({"fuse_kw": 11}, {}),
        ({"tariff": {"vat": 0.25, "markup": 0.1}}, {"tariff": {"vat": 0.25}}),
        ({"notify": {"action": "notify.phone"}}, {"notify": {}}),
    ],
    ids=["a new mapping", "another mapping", "a number removed", "a key removed", "a mapping emptied"],
)
async def test_every_edit_takes_effect(
    monta_now: MontaStandIn, start: Start, tmp_path: Path, before: dict[str, Any], after: dict[str, Any]
) -> None:
    ad = await start(charging_scheduler={"chargers": [HASTY], **before})
    await ad.until(lambda: ad.state("sensor.monta_garage_plan") == "idle")
    app = ad.app("charging_scheduler")

    edit(tmp_path, "charging_scheduler", **dict.fromkeys(before.keys() - after.keys()), **after)

    await ad.until(lambda: ad.app("charging_scheduler") is not app)
    assert ad.app("charging_scheduler").args.keys() >= after.keys()
    assert not ad.app("charging_scheduler").args.keys() & (before.keys() - after.keys())
    assert not any("KeyError" in line for line in ad.lines())


async def test_a_changed_argument_leaves_a_running_charge_alone_and_knows_it_again(
    monta_now: MontaStandIn, start: Start, tmp_path: Path
) -> None:
    ad = await start(charging_scheduler=None, charging_monitor={"aliases": {GARAGE: "garage"}})
    monta_now.plug_in(GARAGE, Car(wants_kwh=50))
    await ad.until(lambda: ad.state("binary_sensor.monta_garage_cable") == "on")
    await ad.service("monta/start_charging", charge_point_id=GARAGE)
    await ad.until(lambda: ad.state("sensor.monta_garage_state") == "charging")

    edit(tmp_path, "charging_monitor", aliases={GARAGE: "box"})

    await ad.until(lambda: ad.state("switch.monta_box_charging") == "on")
    assert ad.attributes("switch.monta_box_charging")["started_by"] == "person"
    assert len(monta_now.site.charges) == 1


async def test_an_app_ends_although_a_call_to_home_assistant_swallows_the_cancellation(
    monta_now: MontaStandIn, start: Start
) -> None:
    ad = await start()
    calling = asyncio.Event()

    async def work() -> None:
        with contextlib.suppress(asyncio.CancelledError):  # as AppDaemon's plugin does
            calling.set()
            await asyncio.sleep(60)
        await asyncio.sleep(60)

    await ad.app("charging_monitor").in_background(work())
    await calling.wait()

    async with asyncio.timeout(2):
        await ad.app("charging_monitor").terminate()


async def test_a_changed_setting_is_planned_and_the_running_charge_stays_the_schedulers(
    monta_now: MontaStandIn, start: Start, tmp_path: Path
) -> None:
    monta_now.plug_in(GARAGE, Car(wants_kwh=50))
    ad = await start(charging_scheduler={"chargers": [HASTY]})
    await ad.until(lambda: ad.state("sensor.monta_garage_plan") == "charging")

    edit(tmp_path, "charging_scheduler", chargers=[HASTY | {"energy_kwh": 33}])

    await ad.until(lambda: ad.attributes("sensor.monta_garage_plan")["wanted_kwh"] == 33)
    assert ad.state("sensor.monta_garage_plan") == "charging"
    assert ad.attributes("switch.monta_garage_charging")["started_by"] == "us"
    assert len(monta_now.site.charges) == 1
    assert monta_now.sent("charges/", "POST") == []


async def test_a_charger_goes_on_being_scheduled_when_it_is_not_named_any_more(
    monta_now: MontaStandIn, start: Start, tmp_path: Path
) -> None:
    monta_now.plug_in(GARAGE, Car(wants_kwh=50))
    ad = await start(charging_scheduler={"chargers": [HASTY]})
    await ad.until(lambda: ad.state("sensor.monta_garage_plan") == "charging")

    edit(tmp_path, "charging_scheduler", chargers=None)
    await ad.until(lambda: ad.attributes("sensor.monta_garage_plan")["wanted_kwh"] == 20)
    edit(tmp_path, "charging_scheduler", charger_defaults={"energy_kwh": 31, "mode": "now"})

    await ad.until(lambda: ad.attributes("sensor.monta_garage_plan")["wanted_kwh"] == 31)
    assert not any("Traceback" in line for line in ad.lines())


@pytest.fixture
def start_on_its_way(monta_now: MontaStandIn, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set once the cloud has carried a start out; its answer takes three seconds more."""
    carried_out, respond = asyncio.Event(), monta_now.respond

    async def slowly(request: Request) -> Response:
        response = await respond(request)
        if (request.method, request.path) == ("POST", "charges"):
            carried_out.set()
            await asyncio.sleep(3)
        return response

    monkeypatch.setattr(monta_now, "respond", slowly)
    return carried_out


@pytest.mark.parametrize("edited", ["charging_monitor", "charging_scheduler"])
async def test_a_start_on_its_way_while_apps_are_loaded_anew_is_neither_lost_nor_repeated(
    monta_now: MontaStandIn, start: Start, tmp_path: Path, start_on_its_way: asyncio.Event, edited: str
) -> None:
    monta_now.plug_in(GARAGE, Car(wants_kwh=50))
    ad = await start(charging_scheduler={"chargers": [HASTY]})
    async with asyncio.timeout(10):
        await start_on_its_way.wait()
    before = ad.app(edited)

    changes: dict[str, Any] = {
        "charging_monitor": {"wallet_interval_s": 60},
        "charging_scheduler": {"price_currency": "DKK"},
    }
    edit(tmp_path, edited, **changes[edited])

    await ad.until(lambda: ad.app(edited) is not before)
    await ad.until(lambda: ad.state("sensor.monta_garage_plan") == "charging")
    await ad.until(lambda: ad.attributes("switch.monta_garage_charging")["started_by"] == "us")
    assert len(monta_now.sent("charges", "POST")) == 1
    assert not any("Traceback" in line for line in ad.lines())

"""Every cloud the demo can pretend is one the apps can open."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from pathlib import Path

import pytest

from smart_charging.clouds.opening import KNOWN_CLOUDS, open_cloud, settings_of
from smart_charging.config.arguments import parse
from smart_charging.demo.clouds import PRETENDED, pretended
from smart_charging.errors import ConfigError
from worlds.virtual_time import Clock

LOG = logging.getLogger("demo")


@pytest.mark.parametrize("cloud", PRETENDED)
async def test_what_the_demo_writes_is_understood(clock: Clock, tmp_path: Path, cloud: str) -> None:
    there = pretended(cloud, name="Garage", power_kw=1980, now=clock)
    file = tmp_path / "secrets.yaml"
    file.write_text(json.dumps(dict(there.secrets)), encoding="utf-8")
    settings = parse(settings_of(cloud), {**there.arguments, "base_url": "http://127.0.0.1:8", "poll_busy_s": 1})

    opened = open_cloud(settings, file, token_file=None, log=LOG)

    assert opened.words.prefix == cloud
    assert there.charger_id
    assert cloud in KNOWN_CLOUDS
    await opened.aclose()


def test_a_car_at_charge_amps_charges_as_fast_as_time_goes_there(clock: Clock) -> None:
    there = pretended("charge_amps", name="Garage", power_kw=1980, now=clock)

    there.plug_in(wants_kwh=22, power_kw=1980)
    clock.advance(seconds=60)
    there.unplug()

    [[(start, end)]] = there.charges
    assert end - start == pytest.approx(timedelta(hours=22 / 1980), abs=timedelta(milliseconds=1))


def test_a_cloud_that_nobody_pretends_is_refused() -> None:
    with pytest.raises(ConfigError, match="the demo has no stand-in for 'tesla'"):
        pretended("tesla", name="Garage", power_kw=11, now=Clock())

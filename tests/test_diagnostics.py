"""Reports about faults: what they tell, and what they must not."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import respx

from smart_charging.cli.main import main
from smart_charging.clouds.http.last_answers import shape_of
from smart_charging.clouds.monta.cloud import MontaCloud
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.clouds.report import scrubbed
from smart_charging.services.control.diagnostics import diagnostics
from test_cli_check import PRIVATE, present
from worlds.fakes import BASE_URL, mount
from worlds.household import Household
from worlds.virtual_time import Clock

PRIVATE_HERE = [*PRIVATE, "Garage", "410001", "charging_monitor"]


async def test_the_service_tells_how_things_stand_but_nothing_private(
    monta: MontaStandIn, cloud: MontaCloud, clock: Clock
) -> None:
    home = Household(monta, cloud, clock)
    home.plug_in()
    await home.live(minutes=3)

    report = diagnostics([home.commanded], appdaemon="4.5.13")

    [account] = json.loads(json.dumps(report))["accounts"]
    assert account["cloud"] == "Monta"
    assert account["chargers"][0]["state"] == "preparing"
    assert account["entities"]["sensor.state"] == {"known": 1}
    assert account["last_answers"]["GET charge-points"]["status"] == 200
    assert account["settings"]["poll_idle"] == "60 s"
    assert [word for word in PRIVATE_HERE if word in json.dumps(report)] == []


async def test_why_the_last_read_failed_is_told_without_ids(
    monta: MontaStandIn, cloud: MontaCloud, clock: Clock
) -> None:
    home = Household(monta, cloud, clock)
    await home.live(minutes=2)
    monta.failures.outage = Failure.SERVER_ERROR
    await home.live(minutes=3)

    [account] = json.loads(json.dumps(diagnostics([home.commanded], appdaemon="4.5.13")))["accounts"]

    assert account["is_answering"] is False
    assert account["problem"].startswith("GET charge-points: 5")


def test_the_command_prints_the_same_of_an_account(
    router: respx.MockRouter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in = MontaStandIn(now=present)
    mount(stand_in, router)
    stand_in.plug_in(stand_in.add_charge_point("Garage"), Car(wants_kwh=5))
    secrets = tmp_path / "secrets.yaml"
    secrets.write_text("monta_client_id: stand-in-id\nmonta_client_secret: stand-in-secret\n")

    code = main(["diagnostics", "--credentials", str(secrets), "--base-url", BASE_URL])

    printed = capsys.readouterr().out
    assert code == 0
    assert json.loads(printed)["chargers"][0]["is_plugged_in"] is True
    assert [word for word in PRIVATE_HERE if word in printed] == []


def test_without_credentials_the_report_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["diagnostics", "--credentials", str(tmp_path / "nowhere.yaml")])

    report = json.loads(capsys.readouterr().out)
    assert code == 1
    assert "there is no file" in report["problem"]
    assert str(tmp_path) not in report["problem"]


def test_a_shape_has_keys_and_types_and_no_value() -> None:
    answer = {"data": [{"id": 7, "on": True, "who": "me", "none": None}], "482201234567": {"pin": "1"}, "Name": "x"}

    assert shape_of(answer, {"name"}) == {
        "data": ["1 items", {"id": "number", "on": "boolean", "who": "text", "none": "null"}],
        "<id>": {"pin": "text"},
        "Name": "private",
    }


@pytest.mark.parametrize("private", ["anna@example.org", "482201234567", "AB12-99XY-1", "Hidden Lane"])
def test_an_error_is_told_without_what_names_somebody(private: str) -> None:
    told = scrubbed(f"GET sites/{private}/status: 500, {private}", {"Hidden Lane"})

    assert private not in told
    assert re.match(r"GET sites/.*/status: 500", told)

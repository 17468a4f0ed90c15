"""Prices and grid fees of a cloud at the command line, as the scheduler reads them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from smart_charging.cli.main import main
from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta_partner.stand_in.cloud import PartnerStandIn
from worlds.fakes import BASE_URL, mount

if TYPE_CHECKING:
    import respx

DAY = timedelta(days=1)
ZONE = ["--zone", "Europe/Copenhagen", "--json"]
LOGIN = "monta_partner_client_id: stand-in-id\nmonta_partner_client_secret: stand-in-secret\n"
FEES = {"cloud": "monta_partner", "zip": "2100", "base_url": BASE_URL}


@pytest.fixture
def monta(router: respx.MockRouter) -> PartnerStandIn:
    """On this machine's own clock, as the command line is."""
    monta = PartnerStandIn(now=lambda: datetime.now(UTC), driver_price=2.5)
    mount(monta, router)
    return monta


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration folder, and in it that of apps.yaml, in which the command is called."""
    (tmp_path / "appdaemon.yaml").write_text("appdaemon:\n")
    (tmp_path / "secrets.yaml").write_text(LOGIN)
    (tmp_path / "apps").mkdir()
    monkeypatch.chdir(tmp_path / "apps")
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], **scheduler: Any) -> dict[str, Any]:
    app = {"module": "charging_scheduler", "class": "ChargingScheduler", **scheduler}
    Path("apps.yaml").write_text(json.dumps({"charging_scheduler": app}))

    code = main(["prices", "--apps", "apps.yaml", *ZONE])

    out, err = capsys.readouterr()
    assert (code, err) == (0, "")
    answer: dict[str, Any] = json.loads(out)
    return answer


@pytest.mark.usefixtures("home")
def test_prices_of_the_cloud_are_shown_as_they_are(monta: PartnerStandIn, capsys: pytest.CaptureFixture[str]) -> None:
    monta.add_charge_point()

    answer = told(capsys, price_cloud={"cloud": "monta_partner", "base_url": BASE_URL}, tariff={"vat": 0.25})

    assert {slot["price_per_kwh"] for slot in answer["slots"]} == {2.5}
    assert (answer["sources"], answer["currency"], answer["are_fees_inside"]) == (["price_cloud"], "DKK", True)


@pytest.mark.usefixtures("home")
def test_grid_fees_of_the_zip_code_are_added(monta: PartnerStandIn, capsys: pytest.CaptureFixture[str]) -> None:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    monta.prices.created = [{"start": f"{today + number * DAY:%FT%TZ}", "price": 0.4} for number in range(-7, 8)]

    answer = told(capsys, fixed=1, tariff={"grid_fees_from": FEES, "grid_fees": 0.5})

    assert {slot["price_per_kwh"] for slot in answer["slots"]} == {1.4}
    assert answer["left_out"] == []


@pytest.mark.parametrize("is_logged_in", [True, False], ids=["an outage", "no credentials"])
def test_while_grid_fees_cannot_be_read_the_written_ones_count_and_that_is_said(
    home: Path, monta: PartnerStandIn, capsys: pytest.CaptureFixture[str], *, is_logged_in: bool
) -> None:
    monta.fail_next(Failure.SERVER_ERROR, "tariffs", times=9)
    if not is_logged_in:
        (home / "secrets.yaml").unlink()

    answer = told(capsys, fixed=1, tariff={"grid_fees_from": FEES, "grid_fees": 0.5})

    assert {slot["price_per_kwh"] for slot in answer["slots"]} == {1.5}
    (left_out,) = answer["left_out"]
    assert left_out.count("grid_fees_from: ") == 1
    assert left_out.endswith("; grid_fees stands in")


@pytest.mark.usefixtures("monta")
def test_without_credentials_what_to_write_is_one_line(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "secrets.yaml").unlink()
    Path("apps.yaml").write_text('{"s": {"class": "ChargingScheduler", "price_cloud": "monta_partner"}}')

    code = main(["prices", "--apps", "apps.yaml", *ZONE])

    err = capsys.readouterr().err
    assert (code, err.count("\n")) == (2, 1)
    assert "price_cloud: " in err
    assert "secrets.yaml" in err

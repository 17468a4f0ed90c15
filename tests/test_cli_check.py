"""The check of an account, as people see it: what it prints, what it says is wrong, and how it ends."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import respx
import yaml

from smart_charging.cli.main import main
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.config.arguments import Settings, parse
from smart_charging.config.control import ControlSettings
from smart_charging.config.monitor import MonitorSettings
from smart_charging.config.scheduler import SchedulerSettings
from worlds.fakes import BASE_URL, mount

PRIVATE = ["stand-in-id", "stand-in-secret", "stand-in-access", "SN-PRIVATE-1", "Hidden Lane", "4711", "500.0", "1234"]
MODELS: dict[str, type[Settings]] = {
    "charging_monitor": MonitorSettings,
    "charging_control": ControlSettings,
    "charging_scheduler": SchedulerSettings,
}

Check = Callable[..., tuple[int, str, str]]


def present() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def monta(router: respx.MockRouter) -> MontaStandIn:
    """On this machine's own clock, as the command line is."""
    stand_in = MontaStandIn(now=present)
    mount(stand_in, router)
    return stand_in


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    file = tmp_path / "secrets.yaml"
    file.write_text("monta_client_id: stand-in-id\nmonta_client_secret: stand-in-secret\n")
    return file


@pytest.fixture
def check(secrets: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    def run(*more: str, file: Path = secrets, base_url: str = BASE_URL) -> tuple[int, str, str]:
        code = main(["check", "--credentials", str(file), "--base-url", base_url, *more])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def problem(outcome: tuple[int, str, str]) -> str:
    """The one line that says what is wrong."""
    code, _, err = outcome
    assert code == 1
    assert err.startswith("smart-charging check: ")
    assert err.count("\n") == 1
    return err.removeprefix("smart-charging check: ").rstrip()


def test_charge_points_are_listed_with_state_cable_and_what_may_be_done(monta: MontaStandIn, check: Check) -> None:
    monta.add_charge_point("Garage")
    monta.plug_in(monta.add_charge_point("Carport sør"), Car(wants_kwh=5))

    code, out, err = check()

    assert (code, err) == (0, "")
    assert out.splitlines()[:3] == [
        "id      name         state      cable  you may",
        "410001  Garage       available  out    look, start and stop",
        "410002  Carport sør  preparing  in     look, start and stop",
    ]


def test_currency_quota_and_clock_are_told(monta: MontaStandIn, check: Check) -> None:
    monta.add_charge_point()

    _, out, _ = check()

    assert out.splitlines()[3:6] == [
        "wallet: in DKK",
        "quota: 10 requests in 60 s, for all programs together",
        "clock: the same as Monta's",
    ]


def test_programs_get_json(monta: MontaStandIn, check: Check) -> None:
    charge_point = monta.add_charge_point("Garage")

    code, out, err = check("--json")

    told = json.loads(out)
    apps = yaml.safe_load(told.pop("apps_yaml"))
    assert (code, err) == (0, "")
    assert abs(told.pop("clock_ahead_s")) < 2
    assert told == {
        "cloud": "monta",
        "is_ok": True,
        "chargers": [
            {
                "charger_id": str(charge_point),
                "name": "Garage",
                "state": "available",
                "is_plugged_in": False,
                "is_for_cars": True,
                "may_see_charges": True,
                "may_start_and_stop": True,
            }
        ],
        "wallet_currency": "DKK",
        "quota_requests": 10,
        "quota_window_s": 60.0,
        "notes": [],
        "problems": [],
    }
    assert "charging_scheduler" in apps


def test_problems_are_in_the_json_and_told_as_text(monta: MontaStandIn, check: Check) -> None:
    monta.tokens.client_secret = "another"

    code, out, err = check("--json")

    told = json.loads(out)
    assert (code, told["is_ok"], told["chargers"], told["apps_yaml"]) == (1, False, [], None)
    assert err == f"smart-charging check: {told['problems'][0]}\n"


def test_a_password_that_nobody_can_type_is_told(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr("smart_charging.cli.check.getpass", nobody)

    assert check("--login") == (2, "", "smart-charging check: --login asks for a password; call it in a terminal\n")


def test_the_apps_yaml_is_valid_and_names_every_charge_point(monta: MontaStandIn, check: Check) -> None:
    ids = [monta.add_charge_point(name) for name in ("Garage", "a: [b]\n- c", None)]

    _, out, _ = check()

    apps = yaml.safe_load(out.partition("# apps.yaml\n")[2])
    for app, model in MODELS.items():
        arguments = {key: value for key, value in apps[app].items() if key not in {"module", "class", "dependencies"}}
        parse(model, arguments)
    assert [charger["charge_point_id"] for charger in apps["charging_scheduler"]["chargers"]] == list(map(str, ids))
    assert apps["charging_monitor"]["base_url"] == BASE_URL


def test_a_file_of_another_name_is_named_in_the_apps_yaml(monta: MontaStandIn, check: Check, secrets: Path) -> None:
    monta.add_charge_point()

    _, out, _ = check(file=secrets.rename(secrets.parent / "monta.yaml"))

    assert yaml.safe_load(out.partition("# apps.yaml\n")[2])["charging_monitor"]["credentials_file"] == "monta.yaml"


def test_without_options_the_file_is_secrets_yaml_in_this_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    code = main(["check"])

    assert code == 1
    assert "there is no file secrets.yaml; make it" in capsys.readouterr().err


def test_nothing_private_is_printed_and_nothing_is_kept_beside_the_secrets(
    monta: MontaStandIn, check: Check, secrets: Path
) -> None:
    monta.add_charge_point()

    _, out, err = check()

    assert [word for word in PRIVATE if word in out + err] == []
    assert list(secrets.parent.iterdir()) == [secrets]


def test_nothing_is_changed_by_it(monta: MontaStandIn, check: Check) -> None:
    monta.plug_in(monta.add_charge_point(), Car(wants_kwh=5))

    check()

    assert [str(request) for request in monta.sent(method="POST")] == ["POST auth/token"]


def test_a_missing_file_is_to_be_made(check: Check, tmp_path: Path) -> None:
    file = tmp_path / "none.yaml"

    assert problem(check(file=file)).startswith(f'there is no file {file}; make it and write "monta_client_id: ..."')


def test_a_missing_key_is_to_be_written(check: Check, secrets: Path) -> None:
    secrets.write_text("monta_client_id: stand-in-id\n")

    assert 'has no value for monta_client_secret; write "monta_client_secret: ..."' in problem(check())


def test_refused_credentials_are_to_be_compared_with_the_portal(
    monta: MontaStandIn, check: Check, secrets: Path
) -> None:
    monta.tokens.client_secret = "another"

    assert problem(check()) == (
        f"Monta refuses the login in {secrets}; compare the client id and secret with Monta's portal"
    )


def test_without_the_scope_for_charge_points_it_is_to_be_given(monta: MontaStandIn, check: Check) -> None:
    monta.add_charge_point()
    monta.endpoints.scopes = ("charge-transactions", "control-charging", "wallet-transactions")

    assert problem(check()).startswith(
        "not permitted to see charge points; give the application the scope charge-points in Monta's portal"
    )


@pytest.mark.parametrize(
    ("lacking", "words", "may"),
    [
        ("control-charging", "start and stop", "look"),
        ("charge-transactions", "see charges", "look, but not at charges, start and stop"),
    ],
)
def test_a_scope_that_is_lacking_is_to_be_given_and_shows_in_the_table(
    monta: MontaStandIn, check: Check, lacking: str, words: str, may: str
) -> None:
    monta.add_charge_point()
    monta.endpoints.scopes = tuple(scope for scope in monta.endpoints.scopes if scope != lacking)

    outcome = check()

    assert problem(outcome) == (f"not permitted to {words}; give the application the scope {lacking} in Monta's portal")
    assert outcome[1].splitlines()[1].endswith(f"  out    {may}")


def test_all_is_a_scope_for_everything(monta: MontaStandIn, check: Check) -> None:
    monta.add_charge_point()
    monta.endpoints.scopes = ("all",)

    code, out, _ = check()

    assert (code, "look, start and stop" in out) == (0, True)


def test_a_wallet_that_may_not_be_seen_is_no_obstacle(monta: MontaStandIn, check: Check) -> None:
    monta.add_charge_point()
    monta.endpoints.scopes = tuple(scope for scope in monta.endpoints.scopes if scope != "wallet-transactions")

    code, out, err = check()

    assert (code, err) == (0, "")
    assert "wallet: not to be seen without the scope wallet-transactions; charging works all the same" in out


@pytest.mark.usefixtures("monta")
def test_an_account_without_charge_points_is_explained_by_membership(check: Check) -> None:
    assert problem(check()) == (
        "these credentials are given no charge points, as happens to mere members of somebody else's team; "
        "use an application made by the charge points' owner"
    )


def test_a_used_up_quota_is_told_with_the_time_to_wait_until(monta: MontaStandIn, check: Check) -> None:
    monta.add_charge_point()
    monta.fail_next(Failure.RATE_LIMITED, "charge-points")
    least, most = (f"{(present() + timedelta(seconds=s)).astimezone():%H:%M:%S}" for s in (60, 70))

    told = problem(check())

    until = told.removeprefix("rate limited until ")[:8]
    assert least <= until <= most or least > most  # around midnight
    assert told.endswith(", by all programs with these credentials; try again then")


def test_a_network_that_is_down_is_to_be_looked_at(router: respx.MockRouter, check: Check) -> None:
    router.route().mock(side_effect=httpx.ConnectError("[Errno -2] Name or service not known"))

    assert problem(check()) == (
        "POST auth/token: Monta cannot be reached (Name or service not known); "
        "look at this machine's network, and try again later"
    )


def test_a_clock_that_is_off_is_to_be_set(router: respx.MockRouter, check: Check) -> None:
    stand_in = MontaStandIn(now=lambda: present() + timedelta(hours=2))
    stand_in.add_charge_point()
    mount(stand_in, router)

    told = re.sub("1:59:5[89]", "2:00:00", problem(check()))  # the cloud tells whole seconds

    assert told == "this machine's clock is 2:00:00 behind Monta's; set it right (NTP), or charging starts too late"


def test_an_answer_that_breaks_montas_own_rules_is_to_be_reported(monta: MontaStandIn, check: Check) -> None:
    monta.fail_next(Failure.HTML, "charge-points")

    assert problem(check()).startswith("GET charge-points: the answer is not JSON")


@pytest.mark.parametrize("base_url", ["monta.test", "ftp://monta.test/"])
def test_an_address_that_is_none_is_to_be_corrected(check: Check, base_url: str) -> None:
    assert problem(check(base_url=base_url)).startswith("base_url: ")


def test_an_argument_that_the_cloud_does_not_have_is_refused_by_name(check: Check) -> None:
    assert problem(check("--set", "site_id=7")).startswith("site_id: unknown key; known are")


def test_a_login_by_hand_is_refused_where_there_is_none(
    monta: MontaStandIn, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smart_charging.cli.check.getpass", lambda _prompt: "")
    monta.add_charge_point("Garage")

    assert problem(check("--login")) == "Monta needs no login by hand; leave --login out"

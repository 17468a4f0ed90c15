"""What the command line says of an account at Enphase."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from stat import S_IMODE

import pytest
import respx

from smart_charging.cli.main import main
from smart_charging.clouds.enphase.stand_in.cloud import SITE, EnphaseStandIn
from smart_charging.clouds.enphase.stand_in.habits import Habits
from worlds.enphase import BASE_URL
from worlds.fakes import mount

Check = Callable[..., tuple[int, str, str]]
Enlighten = Callable[..., EnphaseStandIn]
PASSWORD = "stand-in-password"


@pytest.fixture
def enlighten(router: respx.MockRouter) -> Enlighten:
    """Behind HTTP, on this machine's own clock."""

    def made(*, asks_for_code: bool = False) -> EnphaseStandIn:
        stand_in = EnphaseStandIn(now=lambda: datetime.now(UTC), habits=Habits(asks_for_code=asks_for_code))
        stand_in.add_charger("Garage")
        mount(stand_in, router, BASE_URL)
        return stand_in

    return made


@pytest.fixture
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Check:
    def run(*more: str, typed: str = "", stored: str = PASSWORD) -> tuple[int, str, str]:
        (file := tmp_path / "secrets.yaml").write_text(
            f"enphase_email: owner@example.org\nenphase_password: {stored}\n"
        )
        monkeypatch.setattr("smart_charging.cli.check.getpass", lambda _prompt: typed)
        code = main(["check", "--cloud", "enphase", "--credentials", str(file), "--base-url", BASE_URL, *more])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def session_file(folder: Path) -> Path:
    return folder / ".smart_charging_tokens_enphase.json"


def test_it_lists_sites_and_chargers_and_an_apps_yaml_for_them(
    enlighten: Enlighten, check: Check, tmp_path: Path
) -> None:
    stand_in = enlighten()

    code, out, err = check()

    assert (code, err) == (0, "")
    assert f"Site {SITE} (Home)" in out
    assert "cloud: enphase" in out
    assert out.count("Garage") >= 2
    assert len(stand_in.sent("login")) == 1
    assert not session_file(tmp_path).exists()


def test_a_login_by_hand_stores_the_session_and_not_the_password(
    enlighten: Enlighten, check: Check, tmp_path: Path
) -> None:
    enlighten()

    code, out, _ = check("--login", typed=PASSWORD, stored="")

    assert code == 0
    assert "session is stored, the password is not" in out
    assert S_IMODE(session_file(tmp_path).stat().st_mode) == 0o600
    assert PASSWORD not in session_file(tmp_path).read_text() + (tmp_path / "secrets.yaml").read_text()


def test_the_one_time_code_is_asked_for_once_and_finishes_the_login(enlighten: Enlighten, check: Check) -> None:
    stand_in = enlighten(asks_for_code=True)

    first_code, _, first = check("--login", typed=PASSWORD, stored="")
    code, out, err = check("--login", "--code", stand_in.logins.code, stored="")

    assert first_code == 1
    assert "one-time code" in first
    assert (code, err) == (0, "")
    assert "Garage" in out
    assert len(stand_in.sent("login/login.json")) == 1


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        ("wrong", "refuses e-mail and password"),
        ("blocked", "has blocked the account"),
        ("none", "no password is stored"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence_of_its_own(
    enlighten: Enlighten, check: Check, trouble: str, sentence: str
) -> None:
    stand_in = enlighten()
    stand_in.logins.blocked_until = datetime(2999, 1, 1, tzinfo=UTC) if trouble == "blocked" else None

    code, _, err = check(stored={"wrong": "not-it", "none": ""}.get(trouble, PASSWORD))

    assert code == 1
    assert sentence in err
    assert "not-it" not in err

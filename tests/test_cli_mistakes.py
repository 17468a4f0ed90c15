"""What the command line answers to what it cannot do: one line on stderr that says what to do, and no traceback."""

from pathlib import Path
from typing import NoReturn

import pytest

from smart_charging.cli.main import main
from worlds.terminal import Terminal


def refused(capsys: pytest.CaptureFixture[str], *words: str, code: int = 2) -> str:
    """The one line, without its end; argparse exits by itself, the commands return."""
    try:
        ended: object = main(words)
    except SystemExit as err:
        ended = err.code
    printed = capsys.readouterr()
    assert (ended, printed.out, printed.err.count("\n")) == (code, "", 1), printed.err
    return printed.err.rstrip()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one in which the command is called."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def broken(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def run(_arguments: object) -> NoReturn:
        raise error

    monkeypatch.setattr("smart_charging.cli.sessions.run", run)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("chekc", "smart-charging: 'chekc' is none of the commands check, "),
        ("chekc", "; did you mean check? (smart-charging --help lists what can be written)"),
        ("sessions --jsno", "smart-charging sessions: --jsno is no option here; did you mean --json? ("),
        (
            "sessions --chargr Drive --csv",
            "smart-charging sessions: --chargr is no option here; did you mean --charger?",
        ),
        ("report --mnth=2026-02", "--mnth is no option here; did you mean --month?"),
        ("plan --xyzzy", "smart-charging plan: --xyzzy is no option here (smart-charging plan --help lists"),
        ("plan 11", "smart-charging plan: '11' is one word too many ("),
        ("--versoin", "smart-charging: --versoin is no option here; did you mean --version?"),
        ("check --cloud mota", "--cloud: 'mota' is not one of monta, charge_amps, enphase, monta_partner; did you"),
        ("check --cloud", "smart-charging check: --cloud: expected one argument ("),
        (
            "sessions --zone Europe/Stokholm",
            "such as Europe/Copenhagen; did you mean Europe/Stockholm?",
        ),
        ("completion", "smart-charging completion: write the shell's name behind it, one of bash, zsh, fish"),
    ],
)
def test_a_wrong_word_is_answered_with_the_one_that_may_have_been_meant(
    capsys: pytest.CaptureFixture[str], words: str, answer: str
) -> None:
    assert answer in refused(capsys, *words.split())


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    code = main([])

    printed = capsys.readouterr()
    assert (code, printed.out) == (2, "")
    assert "check      Check the credentials" in printed.err


@pytest.mark.parametrize("words", ["sessions", "report", "prices", "prices --apps", "prices --tariff"])
@pytest.mark.parametrize(
    ("file", "answer"), [("folder", "cannot read folder: it is a folder"), ("folder/no", "folder/no")]
)
def test_a_file_that_cannot_be_read_is_told_without_the_systems_number(
    capsys: pytest.CaptureFixture[str], folder: Path, words: str, file: str, answer: str
) -> None:
    (folder / "folder").mkdir()

    told = refused(capsys, *words.split(), file)

    assert answer in told
    assert "Errno" not in told


def test_a_file_of_somebody_else_is_told(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(path: Path) -> NoReturn:
        raise PermissionError(13, "Permission denied", str(path))

    (folder / "locked").touch()
    monkeypatch.setattr(Path, "read_bytes", locked)

    assert refused(capsys, "sessions", "locked") == "smart-charging sessions: cannot read locked: permission denied"


def test_an_error_of_the_system_that_nobody_foresaw_has_no_number_either(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch, OSError(28, "No space left on device", "/var/log"))

    assert refused(capsys, "sessions") == "smart-charging sessions: /var/log: No space left on device"


def test_a_fault_of_the_program_is_one_line_to_report(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch, KeyError("slots"))

    told = refused(capsys, "sessions", code=1)

    assert told.startswith("smart-charging sessions: a fault of the program, please report this line: KeyError at ")
    assert "test_cli_mistakes.py:" in told


def test_a_package_that_is_missing_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_httpx(_name: str) -> NoReturn:
        raise ModuleNotFoundError("No module named 'httpx'", name="httpx")

    monkeypatch.setattr("smart_charging.cli.main.import_module", without_httpx)

    told = refused(capsys, "check", code=1)

    assert told == "smart-charging check: the Python package httpx is missing; install this program anew, with pip"


def test_ctrl_c_ends_without_a_word(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, KeyboardInterrupt())

    assert main(["sessions"]) == 130
    assert capsys.readouterr() == ("", "")


def test_the_line_begins_in_red_where_a_terminal_can_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)

    main(["sessions", "nowhere.jsonl"])

    assert screen.getvalue().startswith("\x1b[1;31msmart-charging sessions:\x1b[0m there is no file nowhere.jsonl; ")


def test_all_that_a_plan_lacks_is_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, "plan", "--ready-by", "06:30", "--zone", "UTC") == (
        "smart-charging plan: write --power and how many kW the charger delivers, one of --kwh, --hours and --soc, "
        "--prices and a file"
    )


def test_a_report_of_a_fault_says_on_the_screen_why_it_is_short(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code = main(["diagnostics", "--credentials", str(tmp_path / "none.yaml")])

    printed = capsys.readouterr()
    assert code == 1
    assert printed.err.startswith("smart-charging diagnostics: the account could not be read, ")

"""The words of the command line: what each brings along, what it says of itself, and where it runs."""

import os
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from smart_charging.cli.given import Given
from smart_charging.cli.main import COMMANDS, main
from smart_charging.errors import ConfigError

HelpOf = Callable[..., list[str]]

ROOT = Path(__file__).parents[1]
CLI = ROOT / "lib" / "smart_charging" / "cli"

SESSION = """\
{"charger_id": "7", "charger": "Garage", "plugged_in_at": "2026-03-01T17:00:00+00:00",
 "unplugged_at": "2026-03-02T06:00:00+00:00", "energy_kwh": 14.5}
""".replace("\n ", " ")
PRICES = "start_utc,price,unit\n2026-03-01T17:00Z,90,EUR/MWh\n2026-03-01T18:00Z,40,EUR/MWh\n"

PLAN = ["plan", "--prices", "spot.csv", "--zone", "UTC", "--now", "2026-03-01T17:00", "--ready-by", "19:00"]
PLAN += ["--power", "11", "--kwh", "5.5", "--margin", "0"]
SESSIONS = ["sessions", "--zone", "UTC", "booked.jsonl"]
REPORT = ["report", "--month", "2026-03", "--zone", "UTC", "booked.jsonl"]
HELP_OF_PRICES = ["prices", "--help"]
PRICES_OF_A_FILE = ["prices", "spot.csv", "--zone", "UTC"]
PACKAGE = ["package", "--charger", "1=Garage"]
CHECK = ["check", "--credentials", "nowhere.yaml"]
LOGIN = ["check", "--credentials", "secrets.yaml", "--base-url", "http://127.0.0.1:9"]

WITHOUT_UNIX = """\
import os, sys
sys.modules["fcntl"] = None
for name in ("fchmod", "killpg", "pread"):
    delattr(os, name)
"""
"""As far as a Windows can be had on another system."""
CALL = """\
import sys
from smart_charging.cli.main import main
sys.exit(main())
"""
CALL_AND_TELL = """\
import sys
from smart_charging.cli.main import main
try:
    main()
finally:
    print(end="\\n" + " ".join(sys.modules))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What the commands are told to read."""
    (tmp_path / "spot.csv").write_text(PRICES, encoding="utf-8")
    (tmp_path / "booked.jsonl").write_text(SESSION, encoding="utf-8")
    (tmp_path / "secrets.yaml").write_text("monta_client_id: an-id\nmonta_client_secret: a-secret\n", encoding="utf-8")
    return tmp_path


def run(script: str, *words: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(  # noqa: S603  # our own words
        [sys.executable, "-c", script, *words],
        env={**os.environ, "PYTHONPATH": str(ROOT / "lib"), "NO_PROXY": "127.0.0.1", **environ},
        cwd=folder,
        capture_output=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def help_of(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> HelpOf:
    """What is printed, word by word, on a screen that breaks no word."""
    monkeypatch.setenv("COLUMNS", "200")

    def words_of(*words: str) -> list[str]:
        with pytest.raises(SystemExit) as ended:
            main([*words, "--help"])
        assert ended.value.code == 0
        return capsys.readouterr().out.split()

    return words_of


@pytest.mark.parametrize(
    ("words", "needless"),
    [
        pytest.param(["--help"], {"appdaemon", "aiohttp", "asyncio", "httpx", "jinja2", "pydantic", "yaml"}, id="help"),
        pytest.param(
            PLAN, {"appdaemon", "aiohttp", "asyncio", "fcntl", "httpx", "jinja2", "pydantic", "yaml"}, id="plan"
        ),
        pytest.param(
            HELP_OF_PRICES, {"appdaemon", "aiohttp", "asyncio", "httpx", "jinja2", "pydantic", "yaml"}, id="prices help"
        ),
        pytest.param(PRICES_OF_A_FILE, {"appdaemon", "aiohttp", "httpx", "jinja2"}, id="prices"),
        pytest.param(SESSIONS, {"appdaemon", "aiohttp", "httpx", "jinja2", "pydantic", "yaml"}, id="sessions"),
        pytest.param(REPORT, {"appdaemon", "aiohttp", "httpx", "jinja2", "pydantic", "yaml"}, id="report"),
        pytest.param(PACKAGE, {"appdaemon", "aiohttp", "httpx", "pydantic", "yaml"}, id="package"),
        pytest.param(CHECK, {"appdaemon", "aiohttp", "jinja2"}, id="check"),
        pytest.param(LOGIN, {"appdaemon", "aiohttp", "jinja2"}, id="login"),
    ],
)
def test_a_command_brings_along_only_what_it_works_with(words: list[str], needless: set[str], folder: Path) -> None:
    told = run(CALL_AND_TELL, *words, folder=folder)

    brought = set(told.stdout.decode().splitlines()[-1].split())
    assert "smart_charging.cli.main" in brought, told.stderr.decode()
    assert brought & needless == set()


@pytest.mark.parametrize("word", COMMANDS)
def test_a_command_is_imported_only_when_it_is_called(word: str, folder: Path) -> None:
    told = run(CALL_AND_TELL, word, "--help", folder=folder)

    brought = set(told.stdout.decode().splitlines()[-1].split())
    others = {f"smart_charging.cli.{other}" for other in COMMANDS if other != word}
    assert f"smart_charging.cli.{word}" in brought
    assert brought & others == set()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param(PLAN, 0, "5.5 kWh in 1 block between 18:00 and 18:30", id="plan"),
        pytest.param(PRICES_OF_A_FILE, 0, "EUR/MWh", id="prices"),
        pytest.param(SESSIONS, 0, "2026-03         1  14.50", id="sessions"),
        pytest.param(REPORT, 0, "1 session                 14.50", id="report"),
        pytest.param(PACKAGE, 0, "Garage", id="package"),
        pytest.param(CHECK, 1, "there is no file nowhere.yaml", id="check"),
        pytest.param(LOGIN, 1, "look at this machine's network, and try again later", id="login"),
        pytest.param(["demo", "--help"], 0, "--home-assistant", id="help of the demo"),
    ],
)
def test_a_command_works_where_the_system_is_no_unix(words: list[str], code: int, said: str, folder: Path) -> None:
    ended = run(WITHOUT_UNIX + CALL, *words, folder=folder)

    assert ended.returncode == code, ended.stderr.decode()
    assert said in (ended.stdout + ended.stderr).decode()
    assert b"Traceback" not in ended.stderr


def test_the_demo_says_in_one_line_what_it_needs(folder: Path) -> None:
    ended = run(WITHOUT_UNIX + CALL, "demo", folder=folder)

    assert (ended.returncode, ended.stdout) == (1, b"")
    assert ended.stderr.decode() == "The demo needs Linux, macOS or WSL; all other commands work here.\n"


def test_a_file_gets_utf_8_whatever_the_system_writes_otherwise(folder: Path) -> None:
    ended = run(CALL, "package", "--charger", "1=Łódź", folder=folder, PYTHONIOENCODING="cp1252")

    assert ended.returncode == 0, ended.stderr.decode()
    assert "Łódź" in ended.stdout.decode("utf-8")


@pytest.mark.parametrize("word", COMMANDS)
def test_a_summary_is_the_first_line_of_the_modules_docstring(word: str) -> None:
    module = import_module(f"smart_charging.cli.{word}")

    assert COMMANDS[word] == (module.__doc__ or "").splitlines()[0]


def test_every_module_that_can_be_run_is_a_command() -> None:
    modules = {file for file in CLI.glob("*.py") if "\ndef run(" in file.read_text(encoding="utf-8")}
    folders = {file.parent for file in CLI.glob("*/command.py")}

    assert {place.stem for place in modules | folders} == set(COMMANDS)


def test_the_help_lists_every_command_with_its_summary(help_of: HelpOf) -> None:
    printed = " ".join(help_of())

    assert [word for word, summary in COMMANDS.items() if f"{word} {summary}" not in printed] == []


@pytest.mark.parametrize(
    ("word", "options"),
    [
        ("check", {"--credentials", "--base-url", "--json"}),
        ("completion", {"bash:", "zsh:", "fish:"}),
        ("demo", {"--cloud", "--home-assistant", "--quarter", "--kwh", "--verbose"}),
        ("mcp", {"--ha-url", "--token-file", "--monta", "--allow", "--read-only", "--http"}),
        ("monta", {"charges:", "list,", "GROUP"}),
        ("package", {"--charger", "--mqtt", "--dashboard", "--credentials", "--base-url"}),
        ("plan", {"--prices", "--power", "--ready-by", "--kwh", "--soc", "--min-block", "--one-block", "--json"}),
        ("prices", {"--ha-url", "--token-file", "--entity", "--action", "--apps", "--tariff", "--keys", "--json"}),
        ("report", {"--month", "--rate", "--currency", "--html", "--csv", "--json", "--charger", "--zone"}),
        ("sessions", {"--csv", "--json", "--charger", "--zone"}),
    ],
)
def test_the_help_of_a_command_has_its_summary_and_its_options(help_of: HelpOf, word: str, options: set[str]) -> None:
    printed = help_of(word)

    assert COMMANDS[word] in " ".join(printed)
    assert options <= set(printed)


def test_an_unknown_command_is_answered_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["charge"])

    complaint = capsys.readouterr().err.splitlines()[-1]
    assert ended.value.code == 2
    assert complaint.startswith("smart-charging: 'charge' is none of the commands ")
    assert [word for word in COMMANDS if word not in complaint] == []


def test_a_word_of_an_option_is_not_taken_for_a_command(folder: Path) -> None:
    told = run(CALL_AND_TELL, *SESSIONS, "--charger", "plan", folder=folder)

    assert b"there is no session of it" in told.stderr
    assert b"smart_charging.cli.plan" not in told.stdout


def test_a_machine_that_does_not_tell_its_zone_wants_it_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.delenv("TZ", raising=False)

    with pytest.raises(ConfigError, match="write --zone and a time zone such as Europe/Copenhagen"):
        Given({}).zone("zone")

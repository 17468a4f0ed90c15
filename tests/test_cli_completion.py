"""Completion by the shells themselves, as far as they are installed."""

import os
import pty
import select
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from smart_charging.cli.main import COMMANDS, main
from smart_charging.cli.monta.names import by_group

GROUPS = by_group()
CLOUDS = {"monta", "charge_amps", "enphase", "monta_partner"}
BASH = """\
source "$0"
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_smart_charging
printf '%s\\n' "${COMPREPLY[@]}"
"""
ZSH = b"autoload -Uz compinit && compinit -u -D; source script; PS1=; print REA''DY\n"

Script = Callable[[str], Path]
CASES = [
    pytest.param(["pla"], {"plan"}, id="command"),
    pytest.param(["check", "--cloud", ""], CLOUDS, id="choices"),
    pytest.param(["check", "--cr"], {"--credentials"}, id="option"),
    pytest.param(["sessions", "--zone", "x", "--j"], {"--json"}, id="option behind a value"),
    pytest.param(["plan", "--prices", "spo"], {"spot price.csv"}, id="file"),
    pytest.param(["prices", "--json", "spo"], {"spot price.csv"}, id="file without an option"),
    pytest.param(["plan", "--kwh", ""], set(), id="any number"),
    pytest.param(["completion", "b"], {"bash"}, id="word"),
    pytest.param(["monta", "charg"], {one for one in GROUPS if one.startswith("charg")}, id="group"),
    pytest.param(["monta", "charges", ""], set(GROUPS["charges"]), id="operation of a group"),
    pytest.param(["monta", "charges", "list", ""], {"--help"}, id="nothing behind an operation"),
]
"""What has been typed, and what may stand in the place of the last word."""


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Script:
    """Prints the script for a shell into a folder that has a file, too."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spot price.csv").touch()

    def printed(shell: str) -> Path:
        if shutil.which(shell) is None:
            pytest.skip(f"{shell} is not installed")
        assert main(["completion", shell]) == 0
        file = tmp_path / "script"
        file.write_text(capsys.readouterr().out, encoding="utf-8")
        return file

    return printed


def answer_of(*words: str | Path) -> set[str]:
    ran = subprocess.run(words, capture_output=True, text=True, timeout=30, check=True)  # noqa: S603  # our own words
    assert ran.stderr == ""
    return {line.partition("\t")[0] for line in ran.stdout.splitlines() if line}


@pytest.mark.parametrize(("words", "offered"), CASES)
def test_bash_completes(script: Script, words: list[str], offered: set[str]) -> None:
    assert answer_of("bash", "-c", BASH, script("bash"), "smart-charging", *words) == offered


@pytest.mark.parametrize("words", [["check", "--cloud", "="], ["check", "--cloud", "=", ""]])
def test_bash_completes_a_value_behind_an_equals_sign(script: Script, words: list[str]) -> None:
    assert answer_of("bash", "-c", BASH, script("bash"), "smart-charging", *words) == CLOUDS


def test_bash_offers_every_command_first(script: Script) -> None:
    offered = answer_of("bash", "-c", BASH, script("bash"), "smart-charging", "")

    assert offered == {*COMMANDS, "--help", "--version"}


@pytest.mark.parametrize(("words", "offered"), CASES)
def test_fish_completes(script: Script, words: list[str], offered: set[str]) -> None:
    line = " ".join(["smart-charging", *words])

    assert answer_of("fish", "-N", "-c", f"source {script('fish')}; complete -C '{line}'") == offered


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        (b"smart-charging pla", b"smart-charging plan"),
        (b"smart-charging check --cloud=en", b"smart-charging check --cloud=enphase"),
        (b"smart-charging report --html spo", b"smart-charging report --html spot\\ price.csv"),
    ],
)
def test_zsh_completes(script: Script, typed: bytes, completed: bytes) -> None:
    script("zsh")
    terminal, inside = pty.openpty()
    zsh = subprocess.Popen(["zsh", "-f", "-i"], stdin=inside, stdout=inside, stderr=inside, start_new_session=True)  # noqa: S607  # whichever there is

    try:
        os.write(terminal, ZSH)
        shown_until(terminal, b"READY")
        os.write(terminal, typed + b"\t")
        assert completed in shown_until(terminal, completed)
    finally:
        zsh.kill()
        zsh.wait()
        os.close(inside)
        os.close(terminal)


def shown_until(terminal: int, wanted: bytes) -> bytes:
    shown, end = b"", time.monotonic() + 10
    while wanted not in shown and time.monotonic() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            shown += os.read(terminal, 4096)
    return shown


def test_another_shell_is_answered_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["completion", "zhs"])

    assert ended.value.code == 2
    assert "'zhs' is not one of bash, zsh, fish; did you mean zsh?" in capsys.readouterr().err

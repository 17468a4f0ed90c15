from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from smart_charging import wheels
from smart_charging.errors import MissingPackageError
from smart_charging.wheels import Pin, fetch, pinned, pip_error, provide_httpx
from worlds.bare_appdaemon import WHEELS, bare_python, brought_by, index, pack_wheels

LIB = Path(__file__).parents[1] / "lib"
LOG = logging.getLogger("test")
PROVIDE = """\
import logging, sys
from pathlib import Path
from smart_charging import wheels

wheels.PINS = Path(sys.argv[1])
logging.basicConfig(level="INFO", format="%(message)s", stream=sys.stdout)
try:
    wheels.provide_httpx(Path(sys.argv[2]), logging.getLogger())
except wheels.MissingPackageError as err:
    sys.exit(f"missing: {err}")
import httpx
httpx.AsyncClient()
print(httpx.__file__)
"""
Provide = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheels, in the place of a package index."""
    folder = tmp_path_factory.mktemp("shelf")
    (folder / "pins.txt").write_text(pack_wheels(folder))
    return folder


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bare_python(tmp_path_factory.mktemp("bare"), brings=[*brought_by("appdaemon"), "pip"])


@pytest.fixture
def provide(python: Path, shelf: Path, tmp_path: Path) -> Provide:
    """Runs the program above where httpx is not installed; `wheels` are what pip finds there."""

    def provide(*, wheels: Path | None = shelf) -> subprocess.CompletedProcess[str]:
        command = [str(word) for word in (python, "-c", PROVIDE, shelf / "pins.txt", tmp_path / "wheels")]
        env = {**index(wheels=wheels), "PYTHONPATH": str(LIB)}
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603

    return provide


@pytest.fixture
def pins(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> list[Pin]:
    """One of the packed wheels, with an index that has them all."""
    monkeypatch.setattr(wheels, "PINS", shelf / "pins.txt")
    for name, value in index(wheels=shelf).items():
        monkeypatch.setenv(name, value)
    return [pin for pin in pinned() if pin.package == "h11"]


def pip_that(does: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheels, "_pips", lambda: iter([["sh", "-c", does]]))


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_what_appdaemon_lacks_of_httpx_is_pinned() -> None:
    lacking = brought_by("httpx") - brought_by("appdaemon")

    assert lacking - {pin.package for pin in pinned()} == set()


def test_every_line_of_the_pins_is_understood() -> None:
    lines = [line for line in wheels.PINS.read_text().splitlines() if not line.startswith("#")]

    assert (tuple(pin.package for pin in pinned()), len(lines)) == (WHEELS, len(WHEELS))


def test_fetched_once_even_by_two_at_a_time_they_serve_without_an_index(provide: Provide, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: provide(), range(2)))
    offline = provide(wheels=None)

    wheel = next(tmp_path.glob("wheels/httpx-*.whl"))
    assert [(one.stdout.startswith("Fetched anyio-"), one.returncode) for one in both] == [(True, 0)] * 2
    assert (offline.stdout, offline.returncode) == (f"{wheel / 'httpx' / '__init__.py'}\n", 0)
    assert [name.split("-")[0] for name in files(tmp_path / "wheels")] == ["anyio", "httpcore", "httpx"]


def test_a_damaged_wheel_and_a_draft_left_by_a_kill_are_replaced(provide: Provide, shelf: Path, tmp_path: Path) -> None:
    kept = shutil.copytree(shelf, tmp_path / "wheels")
    wheel = next(kept.glob("httpx-*.whl"))
    shutil.copy(wheel, kept / f".{wheel.name}.abc")
    wheel.write_bytes(wheel.read_bytes()[:-1])

    offline, online = provide(wheels=None), provide()

    assert offline.stderr.startswith("missing: the Python package httpx is not installed and cannot be fetched (No mat")
    assert (online.stdout.startswith(f"Fetched {wheel.name} into "), online.returncode) == (True, 0)
    assert not any(name.startswith(".") for name in files(kept))


def test_an_installed_httpx_is_used_as_it_is(tmp_path: Path) -> None:
    before = list(sys.path)

    provide_httpx(tmp_path / "wheels", LOG)

    assert (files(tmp_path), sys.path) == ([], before)


def test_a_wheel_of_another_hash_is_not_kept(pins: list[Pin], tmp_path: Path) -> None:
    other = Pin(package="h11", version=pins[0].version, sha256="0" * 64)

    with pytest.raises(MissingPackageError, match="HASHES"):
        fetch([other], tmp_path / "wheels")

    assert files(tmp_path / "wheels") == []


def test_what_pip_brings_is_looked_at_before_it_is_kept(
    pins: list[Pin], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip_that(f"echo other > {pins[0].wheel}", monkeypatch)

    with pytest.raises(MissingPackageError, match="brought another h11"):
        fetch(pins, tmp_path / "wheels")

    assert files(tmp_path / "wheels") == []


@pytest.mark.parametrize(
    ("does", "says"),
    [
        pytest.param("sleep 30", r"\(pip was not done after 0.1 s\)", id="hangs"),
        pytest.param("echo ERROR: a >&2; echo b >&2; exit 1", r"\(a\); connect", id="fails"),
        pytest.param("exit 1", r"\(it printed nothing\)", id="fails in silence"),
    ],
)
def test_a_pip_that_does_not_bring_them_is_one_sentence(
    does: str, says: str, pins: list[Pin], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wheels, "PATIENCE_S", 0.1 if "sleep" in does else 10)
    pip_that(does, monkeypatch)

    with pytest.raises(MissingPackageError, match=says):
        fetch(pins, tmp_path / "wheels")


def test_a_folder_that_cannot_be_written_is_one_sentence(pins: list[Pin], tmp_path: Path) -> None:
    (tmp_path / "wheels").touch()

    with pytest.raises(
        MissingPackageError, match=r"wheels cannot be written: (File exists|Not a directory)\); connect"
    ):
        fetch(pins, tmp_path / "wheels")


def test_the_pip_that_comes_with_python_does_where_none_is_installed(python: Path, tmp_path: Path) -> None:
    show = "import json, smart_charging.wheels as w; print(json.dumps(next(w._pips())))"
    bare = bare_python(tmp_path / "bare", brings=())
    found = subprocess.run(  # noqa: S603  # our own words
        [bare, "-c", show], env={"PYTHONPATH": str(LIB)}, capture_output=True, text=True, check=True
    )

    program, pip = json.loads(found.stdout)
    assert (program, zipfile.is_zipfile(Path(pip).parent)) == (str(bare), True)


def test_no_pip_at_all_is_one_sentence(pins: list[Pin], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheels, "_pips", lambda: iter(()))

    with pytest.raises(MissingPackageError, match="there is no pip"):
        fetch(pins, tmp_path / "wheels")


def test_an_httpx_that_does_not_fit_the_rest_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    monkeypatch.setattr(wheels, "pinned", list)

    with pytest.raises(MissingPackageError, match=r"cannot be imported .*; install it for .*python"):
        provide_httpx(tmp_path, LOG)


@pytest.mark.parametrize(
    ("output", "says"),
    [
        pytest.param("ERROR: one\nerror: two\nhint", "error: two", id="the last error"),
        pytest.param("some\nwords\n\n", "words", id="the last line"),
        pytest.param("", "it printed nothing", id="nothing"),
    ],
)
def test_of_what_pip_prints_the_error_is_told(output: str, says: str) -> None:
    assert pip_error(output) == says

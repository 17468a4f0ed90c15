from __future__ import annotations

import hashlib
import importlib
import json
import logging
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from smart_charging import wheels
from smart_charging.errors import MissingPackageError
from smart_charging.wheels import Pin, fetch, pip_error, provide_httpx
from worlds.bare_appdaemon import WHEELS, bare_python, brought_by, index

LIB = Path(__file__).parents[1] / "lib"
LOG = logging.getLogger("test")


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A folder with a wheel of a package that is not installed, in the place of a package index."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    with zipfile.ZipFile(folder / "made_up-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("made_up.py", "SAYS = 'hello'")
        wheel.writestr("made_up-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: made_up\nVersion: 1.0\n")
        wheel.writestr("made_up-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("made_up-1.0.dist-info/RECORD", "")
    return folder


@pytest.fixture
def pins(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Pin]]:
    """That wheel is all that is needed beside httpx, which is installed; pip has it, and leaves `sys.path` to us."""
    (wheel,) = shelf.iterdir()
    pins = [Pin(package="made_up", version="1.0", sha256=hashlib.sha256(wheel.read_bytes()).hexdigest())]
    monkeypatch.setattr(wheels, "pinned", lambda: pins)
    monkeypatch.setattr(sys, "path", list(sys.path))
    pip_that(f"cp {shelf}/* .", monkeypatch)
    yield pins
    sys.modules.pop("made_up", None)


def pip_that(does: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheels, "_pips", lambda: iter([["sh", "-c", does]]))


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_what_appdaemon_lacks_of_httpx_is_pinned() -> None:
    lacking = brought_by("httpx") - brought_by("appdaemon")

    assert lacking - {pin.package for pin in wheels.pinned()} == set()


def test_every_line_of_the_pins_is_understood() -> None:
    lines = [line for line in wheels.PINS.read_text().splitlines() if not line.startswith("#")]

    assert (tuple(pin.package for pin in wheels.pinned()), len(lines)) == (WHEELS, len(WHEELS))


def test_what_is_missing_is_fetched_and_imported_from_its_wheel(
    pins: list[Pin], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    provide_httpx(tmp_path / "kept", LOG)

    wheel = tmp_path / "kept" / pins[0].wheel
    assert (importlib.import_module("made_up").__file__, sys.path[-1]) == (str(wheel / "made_up.py"), str(wheel))
    assert caplog.messages == [f"Fetched {wheel.name} into {wheel.parent}"]


def test_a_wheel_that_is_there_is_not_fetched_again(
    pins: list[Pin], shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip_that("exit 1", monkeypatch)

    provide_httpx(shelf, LOG)

    assert importlib.import_module("made_up").SAYS == "hello"


def test_a_second_time_adds_nothing(pins: list[Pin], tmp_path: Path) -> None:
    provide_httpx(tmp_path / "kept", LOG)
    before = list(sys.path)

    provide_httpx(tmp_path / "kept", LOG)

    assert sys.path == before


def test_apps_that_start_at_the_same_time_fetch_once(
    pins: list[Pin], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: provide_httpx(tmp_path / "kept", LOG), range(3)))

    assert (len(caplog.messages), files(tmp_path / "kept")) == (1, [pins[0].wheel])


def test_a_damaged_wheel_is_not_used_and_replaced_with_the_draft_that_a_kill_left(
    pins: list[Pin], shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = shutil.copytree(shelf, tmp_path / "kept")
    wheel = kept / pins[0].wheel
    whole = wheel.read_bytes()
    wheel.write_bytes(whole[:-1])
    (kept / f".{wheel.name}.abc").write_bytes(whole[:9])

    pip_that("exit 1", monkeypatch)

    with pytest.raises(MissingPackageError):
        provide_httpx(kept, LOG)
    unused = str(wheel) not in sys.path
    pip_that(f"cp {shelf}/* .", monkeypatch)
    provide_httpx(kept, LOG)

    assert (unused, wheel.read_bytes(), files(kept)) == (True, whole, [wheel.name])


def test_an_installed_httpx_is_used_as_it_is(tmp_path: Path) -> None:
    before = list(sys.path)

    provide_httpx(tmp_path / "kept", LOG)

    assert (files(tmp_path), sys.path) == ([], before)


def test_pip_refuses_a_wheel_of_another_hash(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in index(wheels=shelf).items():
        monkeypatch.setenv(name, value)
    other = Pin(package="made_up", version="1.0", sha256="0" * 64)

    with pytest.raises(MissingPackageError, match="HASHES"):
        fetch([other], tmp_path / "kept")

    assert files(tmp_path / "kept") == []


def test_what_pip_brings_is_looked_at_before_it_is_kept(
    pins: list[Pin], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip_that(f"echo other > {pins[0].wheel}", monkeypatch)

    with pytest.raises(MissingPackageError, match="brought another made_up"):
        fetch(pins, tmp_path / "kept")

    assert files(tmp_path / "kept") == []


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
        fetch(pins, tmp_path / "kept")


def test_a_folder_that_cannot_be_written_is_one_sentence(pins: list[Pin], tmp_path: Path) -> None:
    (tmp_path / "kept").touch()

    with pytest.raises(MissingPackageError, match=r"kept cannot be written: (File exists|Not a directory)\); connect"):
        fetch(pins, tmp_path / "kept")


def test_the_pip_that_comes_with_python_does_where_none_is_installed(tmp_path: Path) -> None:
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
        fetch(pins, tmp_path / "kept")


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

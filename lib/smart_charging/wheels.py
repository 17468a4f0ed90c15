"""httpx and what it needs, imported from wheels where AppDaemon's environment has no httpx.

The add-on makes that environment anew at every start, so nothing is installed into it: the wheels lie beside
appdaemon.yaml, and Python imports from them as they are. The release archive brings them along; to a clone they are
fetched once, by pip, which knows the package index of this machine.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import logging
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from smart_charging.errors import MissingPackageError
from smart_charging.files import replace_file

WHEELS_FOLDER = "wheels"
"""In the folder of what is remembered."""
PINS = Path(__file__).with_suffix(".txt")
PATIENCE_S = 45
"""For pip; AppDaemon starts the other apps after that."""
_PIP_OPTIONS = (
    *("--quiet", "--no-input", "--disable-pip-version-check", "--timeout", "10", "--retries", "1"),
    *("--no-deps", "--require-hashes", "--only-binary", ":all:"),
)
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """The one wheel of a package that is used."""

    package: str
    version: str
    sha256: str

    @property
    def wheel(self) -> str:
        """The file's name; the wheel is pure Python and fits every one."""
        return f"{self.package}-{self.version}-py3-none-any.whl"

    def content(self, folder: Path) -> bytes | None:
        """The wheel as it lies in the folder; None if it is not there, or not what was pinned."""
        try:
            content = (folder / self.wheel).read_bytes()
        except OSError:
            return None
        return content if hashlib.sha256(content).hexdigest() == self.sha256 else None


def pinned() -> Sequence[Pin]:
    """The wheels of wheels.txt."""
    lines = re.findall(r"(?m)^(\w+)==(\S+) --hash=sha256:(\w+)$", PINS.read_text(encoding="utf-8"))
    return [Pin(package=package, version=version, sha256=sha256) for package, version, sha256 in lines]


def provide_httpx(folder: Path, log: logging.Logger) -> None:
    """Import httpx, from wheels in the folder where it is not installed, which are fetched first if they are not there.

    Blocks, for `PATIENCE_S` at most: not for an event loop.

    Raises:
        MissingPackageError: The message says why, and what to do.
    """
    with _one_at_a_time:
        lacking = [pin for pin in pinned() if importlib.util.find_spec(pin.package) is None]
        if absent := [pin for pin in lacking if not pin.content(folder)]:
            fetch(absent, folder)
            log.info("Fetched %s into %s", ", ".join(pin.wheel for pin in absent), folder)
        sys.path += [str(folder / pin.wheel) for pin in lacking]  # last, so that what is installed goes first
        importlib.invalidate_caches()
    try:
        importlib.import_module("httpx")
    except ImportError as err:
        raise MissingPackageError(
            f"httpx cannot be imported ({err}); install it for {sys.executable}, with pip install httpx"
        ) from err


def fetch(pins: Sequence[Pin], folder: Path) -> None:
    """Have pip download wheels; a wheel appears in the folder whole and as it was pinned, or not at all.

    Raises:
        MissingPackageError: There is no network or no pip, or the folder cannot be written.
    """
    try:
        with TemporaryDirectory(prefix="smart_charging_") as draft:
            _download(pins, Path(draft))
            for pin in pins:
                if not (content := pin.content(Path(draft))):
                    raise _missing(f"pip brought another {pin.package} than was asked for")
                replace_file(folder / pin.wheel, content)
    except OSError as err:
        raise _missing(f"{folder} cannot be written: {err.strerror}") from err


def pip_error(output: str) -> str:
    """What pip says went wrong: its last line that begins with ERROR, else its last line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error:")]
    return (errors or lines or ["it printed nothing"])[-1].removeprefix("ERROR: ")


def _download(pins: Sequence[Pin], folder: Path) -> None:
    wanted = folder / PINS.name
    wanted.write_text("\n".join(f"{pin.package}=={pin.version} --hash=sha256:{pin.sha256}" for pin in pins))
    if (pip := next(_pips(), None)) is None:
        raise _missing("there is no pip to fetch it with")
    command = [*pip, "download", *_PIP_OPTIONS, "--dest", str(folder), "--requirement", str(wanted)]
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and nothing in it comes from outside
            command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired as err:
        raise _missing(f"pip was not done after {PATIENCE_S} s") from err
    except OSError as err:
        raise _missing(f"pip cannot be run: {err.strerror}") from err
    if done.returncode:
        raise _missing(pip_error(done.stderr.decode(errors="replace")))


def _pips() -> Iterator[list[str]]:
    """Ways to run pip, the best first; another Python's will do, too, for the wheels fit every one."""
    if importlib.util.find_spec("pip"):
        yield [sys.executable, "-m", "pip"]
    if (ensurepip := importlib.util.find_spec("ensurepip")) and ensurepip.origin:
        yield from ([sys.executable, str(wheel / "pip")] for wheel in Path(ensurepip.origin).parent.rglob("pip-*.whl"))
    yield from ([found] for name in ("pip3", "pip") if (found := shutil.which(name)))


def _missing(why: str) -> MissingPackageError:
    return MissingPackageError(
        f"the Python package httpx is not installed and cannot be fetched ({why}); "
        "connect this machine to the internet for one start, or unpack the release archive, which holds it"
    )

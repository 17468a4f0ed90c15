"""Finds a Python that can run Home Assistant, and installs Home Assistant for it.

It is installed once, with pip (or uv, if available), into the user's cache directory;
afterwards nothing here needs the network.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from smart_charging.demo.install_size import FETCHED_MB, INSTALLED_MB, folder_mb, size_shown
from smart_charging.demo.process import Process, ProcessError
from smart_charging.errors import ChargingError
from smart_charging.wheels import pip_error

REQUIREMENT = "homeassistant>=2024.3"
"""The last version for Python 3.11, our own oldest; pip takes the newest that fits."""
OLDEST_PYTHON = (3, 11)
MISSING_PIN = "josepy<2; python_version < '3.12'"
"""Home Assistant 2024.3 does not pin this itself, and answers every request with an error with a newer one."""
MARKER = "complete.json"
"""Written last; an installation without it was interrupted and is made again."""

CONFIGURED = (
    *("api", "automation", "binary_sensor", "button", "config", "energy", "frontend", "history", "input_boolean"),
    *("input_button", "input_datetime", "input_number", "input_select", "input_text", "logbook", "number", "recorder"),
    *("script", "select", "sensor", "sun", "switch", "system_log", "template"),
)
"""Integrations in our configuration; not default_config, which scans the network and sends analytics."""
COMPONENTS = (
    *CONFIGURED,
    *("mqtt", "nordpool"),  # for people who add an entry for them
    # Started by Home Assistant itself, whatever the configuration says (DEFAULT_INTEGRATIONS in its bootstrap).
    *("analytics", "application_credentials", "backup", "counter", "hardware", "homeassistant", "isal", "logger"),
    *("network", "persistent_notification", "person", "scene", "schedule", "system_health", "tag", "timer", "zone"),
)
"""Integrations whose requirements are installed; those that a version does not have are skipped."""

PROBE = """\
import importlib.util, sys
fits = sys.implementation.name == "cpython" and sys.version_info.releaselevel == "final" and "t" not in sys.abiflags
print(*sys.version_info[:3]) if fits and all(map(importlib.util.find_spec, sys.argv[1:])) else None
"""
"""Skips PyPy, previews, free-threaded builds and Debian's Python without its venv package."""


class HomeAssistantUnavailableError(ChargingError):
    """Home Assistant cannot be installed on this machine; the message says why in one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Python:
    """An interpreter found on this machine."""

    program: Path
    version: tuple[int, int, int]

    @property
    def series(self) -> str:
        """The part of the version that wheels are built for, `3.13`."""
        return f"{self.version[0]}.{self.version[1]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """An installed Home Assistant with everything it needs to run offline."""

    folder: Path
    version: str
    """Home Assistant's version, such as `2025.4.4`."""

    @property
    def series(self) -> tuple[int, int]:
        """Year and month of the version."""
        year, month = self.version.split(".")[:2]
        return int(year), int(month)

    @property
    def python(self) -> Path:
        """The interpreter it is installed for."""
        return self.folder / "bin" / "python"


async def install_home_assistant(
    progress: Callable[[str], None],
    *,
    status: Callable[[str], None] = lambda _: None,
    environ: Mapping[str, str] = os.environ,
    own_python: Path = Path(sys.executable),
) -> Installation:
    """The Home Assistant of an earlier run, or else the newest that a Python on this machine can run.

    An installation stays as it is until its folder is deleted. Two runs at the same
    time make one installation; a cancelled run leaves nothing running.

    Args:
        progress: Called with a line per step; not called if there is nothing to do.
        status: Called every second with what is fetched and installed so far.
        environ: PATH, HOME and the variables that change where pyenv, uv and the cache are.
        own_python: The interpreter that runs this; considered even if it is not on PATH.

    Raises:
        HomeAssistantUnavailableError: No Python fits, or the packages cannot be installed.
    """
    cache = cache_folder(environ)
    for folder in sorted(cache.glob("home-assistant-3.*"), key=_by_version, reverse=True):
        if installed := _read_marker(folder):
            return installed
    reasons = []
    for python in await asyncio.to_thread(find_pythons, environ, own_python):
        folder = cache / f"home-assistant-{python.series}"
        try:
            async with _only_one(folder.with_name(f"{folder.name}.lock"), progress):
                return _read_marker(folder) or await _Installer(folder, python, environ, progress, status).run()
        except (ProcessError, OSError) as err:
            reasons.append(f"with Python {python.series}, {err}")
    raise HomeAssistantUnavailableError(_why_not(reasons))


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Where installations are kept between runs."""
    base = environ.get("XDG_CACHE_HOME") or _home(environ) / ".cache"
    return Path(base).absolute() / "smart-charging"


def find_pythons(environ: Mapping[str, str], own_python: Path) -> list[Python]:
    """Pythons that Home Assistant might run on, newest first, one for each 3.x.

    Searches PATH and the folders of pyenv and uv, and includes our own.
    """
    needed = ["venv"] if _uv(environ) else ["venv", "ensurepip"]
    best: dict[str, Python] = {}
    for program in dict.fromkeys(p.resolve() for p in [own_python, *_programs(environ)]):
        if (python := _probe(program, needed)) and python.version >= OLDEST_PYTHON:
            best[python.series] = max(best.get(python.series, python), python, key=lambda p: p.version)
    return sorted(best.values(), key=lambda p: p.version, reverse=True)


def requirements(components_folder: Path, components: Iterable[str]) -> set[str]:
    """The requirements of some components and of those they depend on.

    Source: `requirements` and `dependencies` in components/*/manifest.json; `after_dependencies` are not needed to run.
    """
    wanted: set[str] = set()
    seen: set[str] = set()
    todo = list(components)
    while todo:
        if (name := todo.pop()) not in seen:
            seen.add(name)
            manifest = _manifest(components_folder / name)
            wanted.update(manifest.get("requirements", ()))
            todo.extend(manifest.get("dependencies", ()))
    return wanted


class _Installer:
    """One run of pip into one folder."""

    def __init__(
        self,
        folder: Path,
        python: Python,
        environ: Mapping[str, str],
        progress: Callable[[str], None],
        status: Callable[[str], None],
    ) -> None:
        self._folder = folder
        self._python = python
        self._progress = progress
        self._status = status
        self._uv = _uv(environ)
        self._env = {**environ, "PIP_USER": "0", "PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        self._log = folder.with_name(f"{folder.name}.log")

    async def run(self) -> Installation:
        """Install into a new folder.

        Raises:
            ProcessError: pip did not find or could not build a package.
        """
        began_s = time.monotonic()
        self._progress(
            f"Installing Home Assistant for Python {self._python.series}, once: {FETCHED_MB} MB to fetch, "
            f"{INSTALLED_MB} MB on the disk, some minutes."
        )
        self._clear()
        async with size_shown(self._folder, self._read_log, self._status, began_s):
            installed = await self._install()
        size_mb = await asyncio.to_thread(folder_mb, self._folder)
        passed_s = time.monotonic() - began_s
        self._progress(f"Home Assistant {installed.version} is installed: {size_mb:.0f} MB, {passed_s:.0f} s.")
        return installed

    async def _install(self) -> Installation:
        await self._do(self._python.program, "-I", "-m", "venv", *(["--without-pip"] if self._uv else []), self._folder)
        # Alone first: its package contains the constraints, without which pip takes a minute to resolve versions.
        await self._pip("--no-deps", REQUIREMENT)
        installed = Installation(folder=self._folder, version=_installed_version(self._site))
        self._progress(f"Home Assistant {installed.version} fits; installing what it needs ...")
        package = self._site / "homeassistant"
        wanted = [*sorted(requirements(package / "components", COMPONENTS)), MISSING_PIN]
        await self._pip("-c", package / "package_constraints.txt", f"homeassistant=={installed.version}", *wanted)
        _write_marker(installed)
        return installed

    @property
    def _site(self) -> Path:
        return self._folder / "lib" / f"python{self._python.series}" / "site-packages"

    def _read_log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""

    def _clear(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._log.unlink(missing_ok=True)

    async def _pip(self, *arguments: str | Path) -> None:
        """Install packages without compiling them; Python compiles the few that are used on first use."""
        python = self._folder / "bin" / "python"
        if self._uv:
            await self._do(self._uv, "pip", "install", "--python", python, *arguments)
        else:
            await self._do(python, "-I", "-m", "pip", "install", "--no-compile", *arguments)

    async def _do(self, *command: str | Path) -> None:
        async with Process(Path(command[0]).name, command, log=self._log, env=self._env) as process:
            if await process.wait():
                raise ProcessError(pip_error(process.output()))


def _programs(environ: Mapping[str, str]) -> Iterator[Path]:
    home = _home(environ)
    pyenv = Path(environ.get("PYENV_ROOT") or home / ".pyenv")
    data = Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    uv = Path(environ.get("UV_PYTHON_INSTALL_DIR") or data / "uv" / "python")
    folders = [Path(folder) for folder in environ.get("PATH", "").split(os.pathsep) if folder]
    folders += [*(pyenv / "versions").glob("*/bin"), *uv.glob("*/bin")]
    for folder in folders:
        yield from (p for p in folder.glob("python3*") if re.fullmatch(r"python3(\.\d+)?", p.name))


def _probe(program: Path, needed: list[str]) -> Python | None:
    try:
        answer = subprocess.run(  # noqa: S603 - a Python from the usual folders
            [program, "-I", "-c", PROBE, *needed], capture_output=True, text=True, timeout=20, check=True
        )
        major, minor, micro = map(int, answer.stdout.split())
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return Python(program=program, version=(major, minor, micro))


def _uv(environ: Mapping[str, str]) -> str | None:
    return shutil.which("uv", path=environ.get("PATH", ""))


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("HOME") or Path.home())


def _manifest(component: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((component / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return manifest


def _installed_version(site: Path) -> str:
    return next(iter(importlib.metadata.distributions(name="homeassistant", path=[str(site)]))).version


def _write_marker(installed: Installation) -> None:
    content = {"home_assistant": installed.version, "components": sorted(COMPONENTS)}
    (installed.folder / MARKER).write_text(json.dumps(content), encoding="utf-8")


def _read_marker(folder: Path) -> Installation | None:
    """The installation; None if it is unfinished, was made for fewer components, or its Python is gone."""
    try:
        content = json.loads((folder / MARKER).read_text(encoding="utf-8"))
        found = Installation(folder=folder, version=content["home_assistant"])
        fits = set(COMPONENTS) <= set(content["components"]) and found.python.exists()
    except (OSError, ValueError, KeyError):
        return None
    return found if fits else None


def _by_version(folder: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", folder.name)]


@asynccontextmanager
async def _only_one(lock: Path, progress: Callable[[str], None]) -> AsyncIterator[None]:
    """Hold a file lock, which the system releases however a run ends."""
    with _opened(lock) as file:
        waiting = False
        while not _try_lock(file):
            if not waiting:
                progress("Waiting for another run that installs Home Assistant ...")
            waiting = True
            await asyncio.sleep(0.2)
        yield


def _opened(lock: Path) -> TextIO:
    lock.parent.mkdir(parents=True, exist_ok=True)
    return lock.open("w", encoding="utf-8")


def _try_lock(file: TextIO) -> bool:
    import fcntl  # noqa: PLC0415  # not on Windows, where the demo refuses to start before this

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _why_not(reasons: list[str]) -> str:
    if not reasons:
        oldest = ".".join(map(str, OLDEST_PYTHON))
        return f"Home Assistant needs a Python {oldest} or later with venv; none is on PATH or kept by pyenv or uv."
    return f"Home Assistant cannot be installed: {'; '.join(reasons)}."

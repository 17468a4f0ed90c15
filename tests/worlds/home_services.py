"""A Home Assistant whose integrations reach stand-ins, and that has the libraries of some more of them."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from smart_charging.demo.ha_install import Installation, cache_folder
from worlds import dutch_services, nordpool_service
from worlds.dutch_services import DutchServices, serve_dutch
from worlds.nordpool_service import NordPoolService, delivery_day, serve_nordpool

LIBRARIES_FOR = ("energyzero", "easyenergy", "local_calendar")
"""Integrations that the demo has no use for, and whose libraries are therefore not installed with Home Assistant."""
AS_HOME_ASSISTANT = """\
import runpy, sys
sys.path.append({libraries!r})
{first}
del sys.argv[1:4]  # -I -m homeassistant
runpy.run_module("homeassistant", run_name="__main__", alter_sys=True)
"""
"""Home Assistant's Python looks at no PYTHONPATH."""


@dataclass(frozen=True, kw_only=True)
class HomeServices:
    """What stands around one Home Assistant."""

    installation: Installation
    """To be run in the place of the original."""
    nordpool: NordPoolService | None
    """None where this version has no Nord Pool to ask."""
    dutch: DutchServices
    has_libraries: bool
    """Whether the integrations of `LIBRARIES_FOR` can be added."""


@asynccontextmanager
async def home_services(original: Installation, folder: Path) -> AsyncIterator[HomeServices]:
    """Stand-ins as long as the block lasts, with nothing published; nothing of the original is changed."""
    libraries = await asyncio.to_thread(_libraries, original)
    nordpool = NordPoolService(lambda _start: 0.0, delivery_day(datetime.now(UTC)))
    dutch = DutchServices(lambda _at: 0.0, datetime.now(UTC))
    has_nordpool = _component(original, "nordpool", "services.py").exists()
    async with serve_nordpool(nordpool) as nordpool_url, serve_dutch(dutch) as dutch_url:
        first = nordpool_service.ELSEWHERE.format(url=nordpool_url) if has_nordpool else ""
        first += dutch_services.ELSEWHERE.format(url=dutch_url) if libraries else ""
        script = AS_HOME_ASSISTANT.format(libraries=str(libraries or ""), first=first)
        yield HomeServices(
            installation=_started_by(original, script, folder),
            nordpool=nordpool if has_nordpool else None,
            dutch=dutch,
            has_libraries=libraries is not None,
        )


def _component(installation: Installation, *names: str) -> Path:
    (site,) = installation.folder.glob("lib/*/site-packages")
    return site.joinpath("homeassistant", "components", *names)


def _libraries(installation: Installation) -> Path | None:
    """What those integrations require, fetched once for each version; None where it cannot be had."""
    folder = cache_folder(os.environ) / f"integrations-{installation.version}"
    if not folder.exists():
        _fetch(installation, folder)
    return folder if folder.exists() else None


def _fetch(installation: Installation, folder: Path) -> None:
    """All of it or nothing."""
    draft = Path(tempfile.mkdtemp(dir=folder.parent))
    constraints = _component(installation, "..", "package_constraints.txt")
    pip = [sys.executable, "-m", "pip", "--python", str(installation.python), "install", "--quiet"]
    where = ["--target", str(draft), "-c", str(constraints)]
    done = subprocess.run([*pip, *where, *_required(installation)], stdout=sys.stderr, check=False)  # noqa: S603
    if done.returncode == 0 and not folder.exists():
        draft.rename(folder)
    else:
        shutil.rmtree(draft)


def _required(installation: Installation) -> Sequence[str]:
    manifests = (_component(installation, name, "manifest.json") for name in LIBRARIES_FOR)
    return [one for manifest in manifests for one in json.loads(manifest.read_text("utf-8"))["requirements"]]


def _started_by(original: Installation, script: str, folder: Path) -> Installation:
    """The same Home Assistant, begun by a script."""
    copy = replace(original, folder=folder)
    command = shlex.join([str(original.python), "-I", "-c", script])
    copy.python.parent.mkdir(parents=True)
    copy.python.write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
    copy.python.chmod(0o755)
    return copy

"""A Python that has AppDaemon and what it brings along, and nothing else: httpx is missing there, as in the add-on.

Made in a moment, of what is installed here. Its wheels of httpx are packed anew, so no package index is needed.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Mapping
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

WHEELS = ("anyio", "h11", "httpcore", "httpx")
NOWHERE = "http://127.0.0.1:9/simple"
"""Nobody listens there."""


def brought_by(*names: str) -> set[str]:
    """These distributions and all they need, on this Python."""
    found: set[str] = set()
    todo = list(names)
    while todo:
        if (name := todo.pop().lower().replace("_", "-")) not in found:
            found.add(name)
            needs = map(Requirement, distribution(name).requires or ())
            todo += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
    return found


def bare_python(folder: Path, *, brings: Iterable[str]) -> Path:
    """An environment in the folder with these distributions alone; returns its interpreter."""
    command = [sys.executable, "-m", "venv", "--without-pip", "--symlinks", str(folder)]
    subprocess.run(command, check=True)  # noqa: S603  # our own words
    (site,) = folder.glob("lib/python3.*/site-packages")
    for name in brings:
        for part in _top_level(distribution(name)):
            (site / part.name).symlink_to(part)
    return folder / "bin" / "python"


def pack_wheels(folder: Path) -> str:
    """Wheels of what is installed here of httpx and its needs; returns pins for them."""
    folder.mkdir(parents=True, exist_ok=True)
    return "".join(f"{_pin(_pack(distribution(name), folder))}\n" for name in WHEELS)


def index(*, wheels: Path | None) -> Mapping[str, str]:
    """An environment in which pip finds these wheels only, or no index at all."""
    found = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)} if wheels else {"PIP_INDEX_URL": NOWHERE}
    others = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    return {**others, **found, "PIP_CONFIG_FILE": os.devnull}


def _top_level(installed: Distribution) -> set[Path]:
    """Its packages, modules and metadata; what lies elsewhere, such as scripts, is left out."""
    names = {file.parts[0] for file in installed.files or ()} - {"..", "__pycache__"}
    return {Path(str(installed.locate_file(name))) for name in names}


def _pack(installed: Distribution, folder: Path) -> Path:
    wheel = folder / f"{installed.name}-{installed.version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for file in installed.files or ():
            if file.parts[0] != ".." and file.suffix != ".pyc":
                archive.write(Path(str(file.locate())), file.as_posix())
    return wheel


def _pin(wheel: Path) -> str:
    package, version, *_ = wheel.name.split("-")
    return f"{package}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}"

"""Builds what is released: the archive for AppDaemon's folder, and the tree that HACS installs from.

    PYTHONPATH=lib python .github/release/build.py archive dist https://github.com/OWNER/NAME
    PYTHONPATH=lib python .github/release/build.py tree dist/tree https://github.com/OWNER/NAME

The archive is unpacked beside appdaemon.yaml and needs no package index afterwards: it brings the wheels along, which
pip fetches here, and their licences. The tree has none; on the user's machine they are fetched once.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from smart_charging import __version__
from smart_charging.services.store import MEMORY_FOLDER
from smart_charging.wheels import WHEELS_FOLDER, fetch, pinned

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ARCHIVE = "smart-charging.tar.gz"
SUITE = Path("apps", "smart-charging")
"""Not a name that Python could import: the package inside has to be found, not this folder."""
MARKER = SUITE / "VERSION"
"""Unpacked last: who finds it has all the rest."""
PLACEHOLDER = "REPOSITORY"
"""What the pages say in place of this repository's address."""


def build_archive(target: Path, repository: str) -> None:
    """Write the archive into the folder."""
    target.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as draft:
        stage = Path(draft)
        _write_suite(stage, repository)
        _add_wheels(stage)
        with tarfile.open(target / ARCHIVE, "w:gz") as archive:
            for name in sorted(_files(stage), key=lambda name: (name == MARKER, name)):
                archive.add(stage / name, arcname=name.as_posix(), filter=_anonymous)


def build_tree(target: Path, repository: str) -> None:
    """Write the tree into the folder, in place of what is there."""
    shutil.rmtree(target, ignore_errors=True)
    _write_suite(target, repository)
    shutil.copytree(ROOT / ".github" / "docs", target / ".github" / "docs")
    for page in (ROOT / "README.md", ROOT / "LICENSE", *(ROOT / ".github" / "docs").rglob("*.md")):
        _copy_text(page, target / page.relative_to(ROOT), repository)
    hacs = {"name": "Smart Charging", "hide_default_branch": True}
    (target / "hacs.json").write_text(json.dumps(hacs, indent=2) + "\n", encoding="utf-8")


def _write_suite(target: Path, repository: str) -> None:
    """Apps and package side by side, as AppDaemon finds both; nothing in it is read as configuration."""
    suite = target / SUITE
    shutil.copytree(ROOT / "lib", suite, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "_bundle"))
    for app in (ROOT / "apps").glob("charging_*.py"):
        shutil.copy(app, suite)
    for file in (ROOT / "LICENSE", HERE / "apps.yaml.example", HERE / "add_apps.sh"):
        _copy_text(file, suite / file.name, repository)
    (target / MARKER).write_text(f"{__version__}\n", encoding="utf-8")


def _add_wheels(stage: Path) -> None:
    wheels = stage / MEMORY_FOLDER / WHEELS_FOLDER
    licences = stage / SUITE / "licences"
    licences.mkdir()
    fetch(pinned(), wheels)
    for pin in pinned():
        text = "\n".join(_licences(wheels / pin.wheel))
        (licences / f"{pin.package}.txt").write_text(text, encoding="utf-8")


def _licences(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        found = [name for name in archive.namelist() if ".dist-info/licenses/" in name]
        if not found:
            raise SystemExit(f"{wheel.name} has no licence in it, so it cannot be passed on")
        return [archive.read(name).decode() for name in found]


def _copy_text(source: Path, target: Path, repository: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    text = source.read_text(encoding="utf-8")
    target.write_text(text.replace(PLACEHOLDER, repository), encoding="utf-8")


def _files(folder: Path) -> Iterator[Path]:
    return (file.relative_to(folder) for file in folder.rglob("*") if file.is_file())


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Who built it is nobody's business, and everybody who unpacks it may read it."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o644
    return member


def main() -> None:
    """Build what the command line asks for."""
    parser = argparse.ArgumentParser(description="Build what is released.")
    parser.add_argument("what", choices=["archive", "tree"])
    parser.add_argument("target", type=Path, help="a folder")
    parser.add_argument("repository", help="its address on the web")
    asked = parser.parse_args()
    build = {"archive": build_archive, "tree": build_tree}[asked.what]
    build(asked.target, asked.repository)


if __name__ == "__main__":
    main()

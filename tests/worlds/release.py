"""What `.github/release` builds, of wheels that need no package index."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from smart_charging import wheels
from worlds.bare_appdaemon import index, pack_wheels
from worlds.documentation import ROOT

RELEASE = ROOT / ".github" / "release"
REPOSITORY = "https://example.com/smart-charging"


def builder() -> Any:
    """The module build.py, which lies where no import finds it."""
    spec = importlib.util.spec_from_file_location("build", RELEASE / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def build_archive(folder: Path) -> Path:
    """The archive, of wheels packed here, whose hashes are the pinned ones meanwhile."""
    pins = folder / "pins.txt"
    build = builder()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in index(wheels=folder).items():
            patch.setenv(name, value)
        pins.write_text(pack_wheels(folder))
        patch.setattr(wheels, "PINS", pins)
        build.build_archive(folder, REPOSITORY)
    archive: Path = folder / build.ARCHIVE
    return archive

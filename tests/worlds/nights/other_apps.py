"""The apps of another version in a house of ours: imported a second time, under the same names.

Stand-in, judge and all that is drawn stay as they are here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

from worlds import virtual_apps

Modules = dict[str, ModuleType]
_loaded: dict[Path, Modules] = {}
"""What has been imported of each checkout."""


@contextmanager
def apps_of(checkout: Path) -> Iterator[None]:
    """Have virtual houses run the apps of another checkout, with its package.

    What is imported by name meanwhile is of that checkout, too.
    """
    with _modules_of(checkout), ExitStack() as stack:
        for name, theirs in _theirs().items():
            stack.enter_context(patch.object(virtual_apps, name, theirs))
        yield


@contextmanager
def _modules_of(checkout: Path) -> Iterator[None]:
    """Swap ours for theirs, and back again."""
    ours, path = _taken_out(), list(sys.path)
    sys.modules.update(_loaded.get(checkout, {}))
    sys.path[:0] = [str(checkout / "lib"), str(checkout / "apps")]
    try:
        yield
    finally:
        sys.path[:] = path
        _loaded[checkout] = _taken_out()
        sys.modules.update(ours)


def _taken_out() -> Modules:
    return {name: sys.modules.pop(name) for name in list(sys.modules) if _is_of_version(name)}


def _is_of_version(module: str) -> bool:
    """Whether it comes with the apps; the stand-ins are the judge's, and know nothing of the rest."""
    top = module.partition(".")[0]
    return (top == "smart_charging" or top.startswith("charging_")) and "stand_in" not in module.split(".")


def _theirs() -> Mapping[str, Any]:
    """What `virtual_apps` has of ours, as far as the other version has it as well."""
    found = {}
    for name, value in vars(virtual_apps).items():
        if isinstance(value, ModuleType) and _is_of_version(value.__name__):
            found[name] = import_module(value.__name__)
        elif _is_of_version(getattr(value, "__module__", None) or ""):
            found[name] = getattr(_module(value.__module__), name, value)
    return found


def _module(name: str) -> ModuleType | None:
    """None where the other version has no such module."""
    try:
        return import_module(name)
    except ModuleNotFoundError:
        return None

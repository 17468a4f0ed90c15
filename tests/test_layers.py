"""The house's rules on who may import whom, checked in the source."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "lib" / "smart_charging"

MAY_IMPORT: dict[str, set[str]] = {
    "__init__": set(),
    "errors": set(),
    "files": set(),
    "charger": set(),
    "wallet": set(),
    "link": set(),
    "config": {"pydantic", "pydantic_core", "yaml", "errors", "prices.reading.units"},
    "prices": {"errors"},
    "planning": {"prices", "charger", "errors"},
    "monta": {"httpx", "pydantic", "errors", "files", "charger", "wallet", "link"},
    "entities": {"charger", "wallet", "link", "prices", "planning", "errors"},
    "services": {
        "files",
        "charger",
        "wallet",
        "link",
        "prices",
        "planning",
        "entities",
        "config",
        "errors",
        "monta",
        "jinja2",
    },
    "stand_in": {"aiohttp"},
    "demo": {"aiohttp", "httpx", "yaml", "errors", "charger", "prices", "planning", "entities", "services", "stand_in"},
    "__main__": {"cli"},
    "cli": {"demo", "prices", "planning", "errors", "config", "charger", "services", "__init__"},
}
NAMES_THE_CLOUD = "services/clouds.py"
APPS_MAY_IMPORT = {
    "appdaemon",
    "services",
    "entities",
    "config",
    "errors",
    "charging_app",
    "charging_broker",
    "charging_control",
    "charging_monitor",
}


def imports(source: Path) -> Iterator[str]:
    """Modules a file imports at run time or for types; ours without the package's name."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module="smart_charging", names=names):
                yield from (
                    f"smart_charging.{'__init__' if name.name == '__version__' else name.name}" for name in names
                )
            case ast.ImportFrom(module=str(module)):
                yield module
            case _:
                pass


def ours(module: str) -> str:
    return module.removeprefix("smart_charging.")


def foreign(source: Path, allowed: set[str], own: str) -> list[str]:
    return [
        name
        for module in imports(source)
        if (name := ours(module)).partition(".")[0] not in sys.stdlib_module_names | {own}
        and not any(name == ok or name.startswith(f"{ok}.") for ok in allowed)
    ]


def modules() -> list[Path]:
    return sorted(p for p in PACKAGE.rglob("*.py") if "_bundle" not in p.parts)


@pytest.mark.parametrize("source", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_imports_only_what_its_layer_may(source: Path) -> None:
    layer = source.relative_to(PACKAGE).parts[0].removesuffix(".py")

    assert foreign(source, MAY_IMPORT[layer], own=layer) == []


@pytest.mark.parametrize("source", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_the_cloud_is_named_in_one_place_only(source: Path) -> None:
    place = source.relative_to(PACKAGE).as_posix()

    names_it = any(ours(module).partition(".")[0] == "monta" for module in imports(source))

    assert not names_it or place == NAMES_THE_CLOUD or place.startswith("monta/")


@pytest.mark.parametrize("source", sorted((ROOT / "apps").glob("*.py")), ids=lambda p: p.name)
def test_an_app_only_wires(source: Path) -> None:
    assert foreign(source, APPS_MAY_IMPORT, own=source.stem) == []


def test_every_app_carries_the_prefix_that_keeps_it_apart_from_other_peoples_apps() -> None:
    assert [p.name for p in (ROOT / "apps").glob("*.py") if not p.name.startswith("charging_")] == []


def test_no_file_of_ours_is_read_by_appdaemon_as_app_configuration() -> None:
    places = (ROOT / name for name in ("apps", "lib", "tests"))

    assert [p for place in places for end in ("yaml", "toml") for p in place.rglob(f"*.{end}")] == []


def test_the_visible_top_level_is_the_one_that_was_agreed() -> None:
    expected = {"apps", "lib", "tests", "appdaemon.yaml.example", "pyproject.toml", "README.md", "LICENSE"}

    assert {p.name for p in ROOT.iterdir() if not p.name.startswith(".")} - {"dist", "build"} == expected

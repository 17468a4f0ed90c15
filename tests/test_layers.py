"""The house's rules on who may import whom, checked in the source."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "lib" / "smart_charging"

OWN_WORDS = {"charger", "errors", "mode"}
HOUSE = {
    "services.store",
    "services.stored",
    "services.heartbeat",
    "services.planning_thread",
    "services.outage",
    "services.home_assistant",
    "services.entity_commands",
}
"""What every room of services may lean on."""

MAY_IMPORT: dict[str, set[str]] = {
    # our own words: nothing above them is needed to read them
    "__init__": set(),
    "charger": set(),
    "colour": set(),
    "errors": set(),
    "files": set(),
    "host_clock": set(),
    "mode": set(),
    "printable": set(),
    "timekeeper": {"charger", "host_clock"},
    # pure: prices and plans, no clock, no network
    "prices": {"errors"},
    "prices.reading": {"errors", "prices"},
    "planning": {"prices", "planning.search"},
    "planning.search": set(),
    "picture": {"colour", "planning", "prices"},
    "reports": {"jinja2", "errors", "printable", "prices"},
    # what users write
    "config": {"pydantic", "pydantic_core", "yaml", "errors", "mode", "printable", "prices.reading"},
    # clouds: our words in front, HTTP behind them, one folder per cloud
    "clouds": {"charger"},
    "clouds.http": {"httpx", "pydantic", "errors", "printable", "files", "host_clock"},
    "clouds.monta": {
        "httpx",
        "pydantic",
        "charger",
        "errors",
        "printable",
        "host_clock",
        "timekeeper",
        "config",
        "clouds",
        "clouds.http",
        "reports",
    },
    "clouds.monta.stand_in": {"clouds.http.stand_in"},
    "clouds.monta_partner": {
        "httpx",
        "pydantic",
        "charger",
        "errors",
        "files",
        "printable",
        "host_clock",
        "timekeeper",
        "config",
        "entities",
        "clouds",
        "clouds.http",
        "clouds.monta",
        "prices",
        "reports",
    },
    "clouds.monta_partner.stand_in": {"clouds.http.stand_in", "clouds.monta.stand_in", "clouds.monta_partner"},
    "clouds.charge_amps": {
        "httpx",
        "pydantic",
        "charger",
        "errors",
        "host_clock",
        "timekeeper",
        "config",
        "entities",
        "clouds",
        "clouds.http",
    },
    "clouds.charge_amps.stand_in": {"clouds.http.stand_in"},
    "clouds.enphase": {
        "httpx",
        "pydantic",
        "charger",
        "errors",
        "host_clock",
        "timekeeper",
        "files",
        "config",
        "entities",
        "clouds",
        "clouds.http",
    },
    "clouds.enphase.stand_in": {"clouds.http.stand_in"},
    "clouds.http.stand_in": {"aiohttp"},
    "clouds.opening": {
        "errors",
        "timekeeper",
        "config",
        "clouds",
        "clouds.monta",
        "clouds.charge_amps",
        "clouds.enphase",
        "clouds.monta_partner",
        "entities",
    },
    "clouds.charge_reports": {"errors", "clouds.http", "clouds.monta", "clouds.monta_partner", "reports"},
    "clouds.knowledge": {"errors", "config", "clouds.monta_partner"},
    # what AppDaemon lacks
    "wheels": {"errors", "files"},
    # what Home Assistant gets to see
    "entities": {"charger", "mode", "clouds", "planning", "prices"},
    "dashboard": {"charger", "mode", "printable", "entities"},
    # what runs
    "services": set(),
    "services.store": {"files", "services.stored"},
    "services.stored": {"errors"},
    "services.heartbeat": {"host_clock"},
    "services.planning_thread": {"planning"},
    "services.outage": {"errors"},
    "services.home_assistant": {"errors"},
    "services.entity_commands": {"errors", "printable", "entities"},
    "services.watching": {"charger", "errors", "clouds", "config", "entities", *HOUSE},
    "services.control": {
        *OWN_WORDS,
        "printable",
        "host_clock",
        "timekeeper",
        "clouds",
        "entities",
        "services.watching",
        *HOUSE,
        "__init__",
    },
    "services.pricing": {"config", "entities", "errors", "prices", "prices.reading", *HOUSE},
    "services.peaks": {
        *HOUSE,
        "config",
        "entities",
        "errors",
        "planning",
        "prices",
        "services.cars",
        "services.pricing",
    },
    "services.events": {"errors", "planning", "prices", "printable", *HOUSE},
    "services.cars": {*OWN_WORDS, "config", "entities", "planning", "prices", *HOUSE},
    "services.sessions": {"charger", "errors", "clouds", "entities", "planning", "prices", *HOUSE},
    "services.habits": {"config", "planning", "prices", "services.sessions"},
    "services.notify": {"config", "errors", "mode", "entities", "planning", "services.habits", *HOUSE},
    "services.provisioning": {"charger", "errors", "printable", "config", "dashboard", "entities", *HOUSE},
    "services.scheduling": {
        *OWN_WORDS,
        "config",
        "prices",
        "planning",
        "picture",
        "entities",
        "services.watching",
        "services.control",
        "services.pricing",
        "services.cars",
        "services.peaks",
        "services.events",
        "services.habits",
        "services.sessions",
        "services.notify",
        "services.provisioning",
        *HOUSE,
    },
    # what helps to set up, to try and to ask
    "setup": {
        "jinja2",
        "yaml",
        "charger",
        "errors",
        "printable",
        "config",
        "clouds",
        "clouds.opening",
        "dashboard",
        "entities",
    },
    "demo": {
        "aiohttp",
        "appdaemon",
        "httpx",
        "yaml",
        "charger",
        "colour",
        "errors",
        "host_clock",
        "planning",
        "prices",
        "picture",
        "dashboard",
        "entities",
        "services.sessions",
        "clouds.opening",
        "clouds.monta.stand_in",
        "clouds.charge_amps.stand_in",
        "clouds.enphase.stand_in",
        "clouds.monta_partner.stand_in",
        "setup",
        "wheels",
    },
    "cli": {
        "__init__",
        "httpx",
        "yaml",
        "charger",
        "colour",
        "errors",
        "printable",
        "config",
        "clouds",
        "clouds.opening",
        "clouds.charge_reports",
        "clouds.knowledge",
        "entities",
        "prices",
        "prices.reading",
        "picture",
        "reports",
        "planning",
        "services.cars",
        "services.home_assistant",
        "services.pricing",
        "services.sessions",
        "setup",
        "demo",
    },
    "cli.monta": {
        "cli",
        "clouds.http",
        "clouds.monta_partner",
        "colour",
        "errors",
        "printable",
        "reports",
    },
    "cli.mcp": {
        "mcp",
        "starlette",
        "uvicorn",
        "httpx",
        "__init__",
        "cli",
        "clouds.monta_partner",
        "errors",
        "files",
        "mode",
        "services.home_assistant",
    },
    "__main__": {"cli"},
}
"""A line per room: what it may touch, besides itself and the standard library."""
CLOUDS = {room for room in MAY_IMPORT if room.startswith("clouds.")} - {
    "clouds.http",
    "clouds.http.stand_in",
    "clouds.opening",
    "clouds.charge_reports",
    "clouds.knowledge",
}
"""The folders of clouds, and what stands in them."""
NAMES_A_CLOUD = {"clouds.opening", "clouds.charge_reports", "clouds.knowledge", "demo", "cli.monta", "cli.mcp"}
SAME_MAKER = {"monta_partner": "monta"}
"""A cloud's second API leans on the folder of the first: login, errors and money are the same."""
DISTRIBUTIONS = {"yaml": "pyyaml", "pydantic_core": "pydantic"}
"""Where a package is installed under another name than it is imported by."""
ONLY_INSTALLED = {"tzdata"}
"""Read by the standard library."""
IMPORTED_EXTRAS = {"mcp"}
"""What only one command imports, and only when it is called."""
APPS_MAY_IMPORT = {
    "appdaemon",
    "clouds",
    "services",
    "entities",
    "config",
    "errors",
    "host_clock",
    "timekeeper",
    "wheels",
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


def module_of(source: Path) -> str:
    return ".".join(source.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


def room_of(module: str) -> str:
    """The longest name of the table that the module's own begins with; a module of others is its own."""
    parts = module.split(".")
    names = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((name for name in names if name in MAY_IMPORT), parts[0])


def folder_of(room: str) -> str:
    """A cloud's folder; nothing for rooms that are no cloud's."""
    return room.split(".")[1] if room in CLOUDS else ""


@cache
def arrows(source: Path) -> frozenset[str]:
    """The rooms and foreign packages that a file reaches for, but its own room and the standard library."""
    rooms = {room_of(ours(module)) for module in imports(source)}
    return frozenset(rooms - sys.stdlib_module_names - {room_of(module_of(source))})


def foreign(source: Path, allowed: set[str]) -> list[str]:
    return sorted(arrows(source) - allowed)


def clouds_of_others(source: Path) -> frozenset[str]:
    folder = folder_of(room_of(module_of(source)))
    makers = {folder, SAME_MAKER.get(folder)}
    return frozenset(cloud for cloud in arrows(source) & CLOUDS if folder_of(cloud) not in makers)


def modules() -> list[Path]:
    return sorted(p for p in PACKAGE.rglob("*.py") if "_bundle" not in p.parts)


def test_modules_import_only_what_their_rooms_may() -> None:
    strays = {module_of(source): foreign(source, MAY_IMPORT[room_of(module_of(source))]) for source in modules()}

    assert {module: found for module, found in strays.items() if found} == {}


def test_no_arrow_between_rooms_leads_back() -> None:
    rooms = {room: may & MAY_IMPORT.keys() for room, may in MAY_IMPORT.items()}

    order = list(TopologicalSorter(rooms).static_order())

    assert set(order) == set(MAY_IMPORT)


def test_nothing_is_allowed_that_nobody_needs() -> None:
    used: dict[str, set[str]] = {room: set() for room in MAY_IMPORT}
    for source in modules():
        used[room_of(module_of(source))] |= arrows(source)

    unused = {room: spare for room, may in MAY_IMPORT.items() if (spare := may - used[room] - HOUSE)}

    assert unused == {}


def test_a_cloud_is_named_in_its_own_folder_and_where_clouds_are_opened() -> None:
    outside = [source for source in modules() if room_of(module_of(source)) not in NAMES_A_CLOUD]

    named = {module_of(source): clouds_of_others(source) for source in outside}

    assert {module: clouds for module, clouds in named.items() if clouds} == {}


@pytest.mark.parametrize("source", sorted((ROOT / "apps").glob("*.py")), ids=lambda p: p.name)
def test_an_app_only_wires(source: Path) -> None:
    reached = {ours(module).partition(".")[0] for module in imports(source)} - sys.stdlib_module_names

    assert reached - APPS_MAY_IMPORT - {source.stem} == set()


def test_every_package_that_is_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [line for extra in IMPORTED_EXTRAS for line in project["optional-dependencies"][extra]]
    declared = {re.split(r"\W", line)[0] for line in [*project["dependencies"], *extras]}
    sources = [*modules(), *(ROOT / "apps").glob("*.py")]
    names = {name.partition(".")[0] for source in sources for name in imports(source)} - sys.stdlib_module_names

    foreign_names = {name for name in names if name != PACKAGE.name and not (ROOT / "apps" / f"{name}.py").exists()}

    assert {DISTRIBUTIONS.get(name, name) for name in foreign_names} == declared - ONLY_INSTALLED


def test_every_app_carries_the_prefix_that_keeps_it_apart_from_other_peoples_apps() -> None:
    assert [p.name for p in (ROOT / "apps").glob("*.py") if not p.name.startswith("charging_")] == []


def test_no_file_of_ours_is_read_by_appdaemon_as_app_configuration() -> None:
    places = (ROOT / name for name in ("apps", "lib", "tests"))

    assert [p for place in places for end in ("yaml", "toml") for p in place.rglob(f"*.{end}")] == []


def test_the_visible_top_level_is_the_one_that_was_agreed() -> None:
    expected = {"apps", "lib", "tests", "appdaemon.yaml.example", "pyproject.toml", "README.md", "LICENSE"}

    assert {p.name for p in ROOT.iterdir() if not p.name.startswith(".")} - {"dist", "build"} == expected

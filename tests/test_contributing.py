"""The map for developers says what the code says."""

from __future__ import annotations

import ast
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from benchmarks.trips import Event, Trip, press_to_request, price_to_start, state_to_entity, trail_of
from test_layers import APPS_MAY_IMPORT, HOUSE, MAY_IMPORT, PACKAGE, ROOT
from worlds.household import Household

MAP = (ROOT / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")
DRAWING = MAP.partition("```mermaid\n")[2].partition("```")[0]
NODE = re.compile(r'(\w+)\["([^"]+)"\]')
PLACES = re.compile(r"`([\w./-]*\.py)?(?:::([\w.]+))?`")
"""`folder/file.py`, `folder/file.py::name`, or `::name` in the file named last."""


class Place(NamedTuple):
    """Where something stands: a file, and a name in it or none."""

    file: str
    name: str


def places(text: str) -> list[Place]:
    found, file = [], ""
    for path, name in PLACES.findall(text):
        file = path or file
        if path or name:
            found.append(Place(file, name))
    return found


def source_of(file: str) -> Path:
    """Paths begin in the package, or at the top; those of a cloud's files in its folder."""
    bases = (PACKAGE, ROOT, PACKAGE / "clouds" / "monta")
    return next((path for base in bases if (path := base / file).is_file()), ROOT / file)


@cache
def names_in(source: Path) -> frozenset[str]:
    return frozenset(_names(ast.parse(source.read_text(encoding="utf-8")).body))


def _names(body: Sequence[ast.stmt]) -> Iterator[str]:
    """Classes, functions and constants, and what a class holds as `Class.name`."""
    for node in body:
        match node:
            case ast.ClassDef(name=name, body=inner):
                yield name
                yield from (f"{name}.{one}" for one in _names(inner))
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.Assign(targets=[ast.Name(id=name)]):
                yield name
            case _:
                pass


def drawn_rooms() -> Mapping[str, str]:
    """By the word that stands for each in the drawing."""
    floors = set(re.findall(r"subgraph (\w+)", DRAWING))
    return {word: label.replace("#95;", "_") for word, label in NODE.findall(DRAWING) if word not in floors}


def floor_of_each() -> Mapping[str, int]:
    """Counted from the top."""
    floors = DRAWING.split("subgraph ")[1:]
    rooms = drawn_rooms()
    return {rooms[word]: at for at, floor in enumerate(floors) for word, _ in NODE.findall(floor) if word in rooms}


def drawn_arrows() -> set[tuple[str, str]]:
    rooms = drawn_rooms()
    pairs = re.findall(r"(\w+) --> (\w+)", NODE.sub(r"\1", DRAWING))
    return {(rooms[source], rooms[target]) for source, target in pairs if source in rooms}


def allowed_in(sentence: str) -> set[str]:
    """What backticks enclose, and the tools where they are spoken of."""
    named = set(re.findall(r"`([^`]+)`", sentence))
    return named | (HOUSE if re.search(r"\btools\b", sentence) else set())


def test_every_room_is_drawn() -> None:
    assert sorted(drawn_rooms().values()) == sorted([*MAY_IMPORT, "apps"])


def test_no_room_reaches_up_a_floor() -> None:
    floors = floor_of_each()

    assert [
        (room, it) for room, may in MAY_IMPORT.items() for it in may & floors.keys() if floors[it] < floors[room]
    ] == []


def test_the_arrows_drawn_are_those_within_a_floor() -> None:
    floors = floor_of_each()

    within = {
        (room, it) for room, may in MAY_IMPORT.items() for it in may & floors.keys() if floors[it] == floors[room]
    }

    assert drawn_arrows() == within


def test_the_table_allows_each_room_what_the_layers_allow() -> None:
    table = MAP.partition("| may touch |\n")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \|([^|]*)\|$", table, flags=re.MULTILINE)

    apps = {name for name in APPS_MAY_IMPORT if not name.startswith("charging_")}
    assert {room: allowed_in(column) for rooms, column in rows for room in allowed_in(rooms)} == MAY_IMPORT | {
        "apps": apps
    }


def test_the_tools_it_speaks_of_are_those_of_the_third_floor() -> None:
    assert {room for room, floor in floor_of_each().items() if floor == 2} - {"services"} == HOUSE


def said_to_lean_on(room: str) -> list[set[str]]:
    """By the room's own page, once for each sentence about it."""
    page = ast.get_docstring(ast.parse((PACKAGE / room.replace(".", "/") / "__init__.py").read_text(encoding="utf-8")))
    return [allowed_in(sentence) for sentence in re.findall(r"May lean on ([^\0]*?)\.(?:\n\n|$)", page or "")]


def test_rooms_say_themselves_what_they_may_lean_on() -> None:
    rooms = [room for room in MAY_IMPORT if (PACKAGE / room.replace(".", "/")).is_dir()]

    said = {room: said_to_lean_on(room) for room in rooms}

    assert said == {room: [MAY_IMPORT[room]] for room in rooms}


def is_there(place: Place) -> bool:
    source = source_of(place.file)
    return source.is_file() and (not place.name or place.name in names_in(source))


def test_what_it_names_exists() -> None:
    named = set(places(MAP))

    assert len(named) > 50
    assert [place for place in named if not is_there(place)] == []


@pytest.mark.parametrize("folder", sorted(set(re.findall(r"`((?:apps|lib|tests)/[\w/]*/?)`", MAP))))
def test_the_folders_it_names_exist(folder: str) -> None:
    assert (ROOT / folder).is_dir()


def test_the_one_test_it_runs_by_a_word_is_there() -> None:
    ((file, word),) = re.findall(r"pytest -n 0 (tests/\w+\.py) -k (\w+)", MAP)

    assert any(name.startswith("test_") and word in name for name in names_in(ROOT / file))


@asynccontextmanager
async def whole_session(home: Household) -> AsyncIterator[Event]:
    """From the cable put in to the line in the log."""
    home.schedule(energy_kwh=11, mode="now")
    await home.live(minutes=3)

    async def charged_for_a_while() -> None:
        home.plug_in()
        await home.live(minutes=30)
        home.unplug()
        await home.live(minutes=3)

    yield charged_for_a_while
    assert home.session_file.exists()


WAYS: Mapping[str, Trip] = {
    "A price": price_to_start,
    "A state": state_to_entity,
    "A press": press_to_request,
    "A session": whole_session,
}


def steps_of(way: str) -> list[str]:
    section = MAP.partition(f"### {way}\n")[2].partition("\n#")[0]
    return re.findall(r"^\d\. (.+(?:\n   .+)*)", section, flags=re.MULTILINE)


@pytest.mark.parametrize("way", WAYS)
def test_a_way_has_five_steps_that_each_name_a_file_and_a_function(way: str) -> None:
    steps = steps_of(way)

    assert len(steps) == 5
    assert all(any(path and name for path, name in PLACES.findall(step)) for step in steps)


@pytest.mark.parametrize("way", WAYS)
def test_a_way_goes_through_its_functions_in_that_order(way: str) -> None:
    calls = iter([(call.file, call.function) for call in trail_of(WAYS[way]).calls])
    last_names = [(place.file, place.name.rpartition(".")[2]) for place in places("\n".join(steps_of(way)))]
    followed = [one for one in last_names if not one[0].startswith("apps/") and one[1] in _functions_of(one[0])]

    first_missed = next((one for one in followed if one not in calls), None)

    assert len(followed) >= 5
    assert first_missed is None


def _functions_of(file: str) -> set[str]:
    tree = ast.parse(source_of(file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}

"""The tests' own names: no two that are easily taken for each other."""

import ast
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

TESTS = Path(__file__).parent
PYTEST_NAMES_THEM = {"__init__", "conftest"}


def more_than_once(names: Iterable[str]) -> list[str]:
    return sorted(name for name, times in Counter(names).items() if times > 1)


def without_plural(name: str) -> str:
    """`test_needs` and `test_need` are the same to a hurried reader."""
    return "_".join(word.removesuffix("s") for word in name.split("_"))


def test_no_two_files_have_names_that_differ_by_an_s() -> None:
    stems = [source.stem for source in TESTS.rglob("*.py") if source.stem not in PYTEST_NAMES_THEM]

    assert more_than_once(without_plural(stem) for stem in stems) == []


def test_every_class_has_a_name_of_its_own() -> None:
    trees = [ast.parse(source.read_text(encoding="utf-8")) for source in TESTS.rglob("*.py")]

    classes = [node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]

    assert more_than_once(name for name in classes if not name.startswith("_")) == []

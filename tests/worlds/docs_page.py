"""What a cloud's page in `.github/docs` promises of tests."""

from __future__ import annotations

import ast
import re
from collections.abc import Set
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGES = TESTS.parent / ".github" / "docs"

Named = tuple[str, str]
"""A file of tests, and a test in it."""


def page_of(cloud: str) -> str:
    """The page about a cloud."""
    return (PAGES / f"{cloud}.md").read_text(encoding="utf-8")


def named_tests(page: str) -> Set[Named]:
    """Those that the page names."""
    return set(re.findall(r"`(test_\w+\.py)::(\w+)`", page))


def existing_tests(named: Set[Named]) -> Set[Named]:
    """All that there are in the files of those named."""
    trees = {file: ast.parse((TESTS / file).read_text(encoding="utf-8")) for file, _ in named}
    return {
        (file, node.name)
        for file, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

"""Folders of the package, who imports whom among them, and what is longest; read from the source."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

NAME = "smart_charging"
HALL = "services"
"""The folder whose own rooms are counted apart."""
Arrow = tuple[str, str]
"""Who imports, and what."""


ROOMS_OF_THEIR_OWN = frozenset({"clouds/opening.py"})
"""It stands above every cloud's folder, and what lies beside it below them; the layer test says so, too."""


def room_of(path: str) -> str:
    """The folder a module lies in; one that lies in none is a room of its own."""
    folder = "" if path in ROOMS_OF_THEIR_OWN else path.rpartition("/")[0]
    return folder or path.removesuffix(".py")


@dataclass(frozen=True, slots=True)
class Function:
    lines: int
    where: str


@dataclass(frozen=True, slots=True)
class Module:
    """Its path within the package, as in `services/control.py`."""

    path: str
    lines: int
    imports: frozenset[str]
    functions: Sequence[Function]

    @classmethod
    def read(cls, source: Path, package: Path) -> Self:
        text, path = source.read_text(encoding="utf-8"), source.relative_to(package).as_posix()
        tree = ast.parse(text)
        return cls(path, len(text.splitlines()), frozenset(_imports(tree, package)), list(_functions(tree, path)))


def _imports(tree: ast.Module, package: Path) -> Iterator[str]:
    """Paths of the package's modules that are imported, at run time or for types."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        inside = [name.removeprefix(f"{NAME}.").replace(".", "/") for name in names if name.startswith(f"{NAME}.")]
        yield from (f"{name}.py" for name in inside if (package / f"{name}.py").is_file())


def _functions(tree: ast.Module, path: str) -> Iterator[Function]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            yield Function(node.end_lineno - node.lineno + 1, f"{node.name} in {path}")


def modules_of(checkout: Path) -> Sequence[Module]:
    """All but the `__init__.py` of folders, which hold nothing."""
    package = checkout / "lib" / NAME
    sources = sorted(package.rglob("*.py"))
    return [Module.read(source, package) for source in sources if source.name not in {"__init__.py", "__main__.py"}]


def imports_among(modules: Sequence[Module]) -> Collection[Arrow]:
    """From file to file."""
    there = {module.path for module in modules}
    return {(module.path, imported) for module in modules for imported in module.imports & there}


def rooms_among(modules: Sequence[Module]) -> Counter[Arrow]:
    """From room to room, and how many imports that stands for."""
    arrows = ((room_of(source), room_of(target)) for source, target in imports_among(modules))
    return Counter((source, target) for source, target in arrows if source != target)


def floors(arrows: Collection[Arrow]) -> str:
    """How many stand on top of each other."""
    below = {name: {target for source, target in arrows if source == name} for arrow in arrows for name in arrow}
    count = 0
    while below:
        lowest = {name for name, targets in below.items() if not targets & below.keys()}
        if not lowest:
            return f"a circle of {', '.join(sorted(below))}"
        below = {name: targets for name, targets in below.items() if name not in lowest}
        count += 1
    return str(count)


def print_rooms(checkouts: Sequence[Path]) -> None:
    for checkout in checkouts:
        modules = modules_of(checkout)
        print(f"\n# {checkout.resolve()}\n")
        _print_folders(modules)
        _print_sums("the whole package", modules)
        _print_sums(HALL, [module for module in modules if module.path.startswith(f"{HALL}/")])
        _print_longest(modules)


def _print_folders(modules: Sequence[Module]) -> None:
    files, arrows = imports_among(modules), rooms_among(modules)
    print("| room | modules | lines | imports inside | imports of other rooms |\n|---|---|---|---|---|")
    for room in sorted({room_of(module.path) for module in modules}):
        own = [module for module in modules if room_of(module.path) == room]
        inside = sum(room_of(source) == room == room_of(target) for source, target in files)
        others = ", ".join(f"{target} {count}" for (source, target), count in sorted(arrows.items()) if source == room)
        print(f"| {room} | {len(own)} | {sum(module.lines for module in own)} | {inside} | {others or '-'} |")


def _print_sums(title: str, modules: Sequence[Module]) -> None:
    files, arrows = imports_among(modules), rooms_among(modules)
    rooms = {room_of(module.path) for module in modules}
    print(f"\n{title}: {len(modules)} modules in {len(rooms)} rooms")
    print(f"- file to file: {len(files)} imports, floors: {floors(files)}")
    print(f"- room to room: {sum(arrows.values())} imports on {len(arrows)} arrows, floors: {floors(arrows)}")


def _print_longest(modules: Sequence[Module]) -> None:
    most = max(modules, key=lambda module: len(module.imports))
    longest = max(modules, key=lambda module: module.lines)
    function = max((one for module in modules for one in module.functions), key=lambda one: one.lines)
    print(f"\nmost imports of ours: {most.path}, {len(most.imports)}")
    print(f"longest file: {longest.path}, {longest.lines} lines")
    print(f"longest function: {function.where}, {function.lines} lines")

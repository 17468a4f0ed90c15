"""A place in a source's data: the path to it, and the mappings around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from smart_charging.prices.reading import vocabulary
from smart_charging.prices.reading.saying import short
from smart_charging.prices.reading.texts import unpacked
from smart_charging.prices.reading.words import words_of

Node = Mapping[str, object]
"""A mapping on the way to prices."""

_LONGEST = 80


class Place(NamedTuple):
    """The path to a value, and the mappings it is in."""

    path: tuple[str, ...] = ()
    around: tuple[Node, ...] = ()
    """The mappings it is in, innermost first."""

    def at(self, name: object) -> Place:
        """The place of a key or list index in this one."""
        return Place((*self.path, short(name)), self.around)

    def inside(self, node: Node) -> Place:
        """The place inside the mapping that is here."""
        return Place(self.path, (node, *self.around))

    @property
    def name(self) -> str:
        """The path as `price_keys` would give it, cut if very long."""
        return ".".join(self.path)[:_LONGEST] or "the attributes themselves"

    @property
    def words(self) -> tuple[str, ...]:
        """The words of all names in the path."""
        return tuple(word for name in self.path for word in words_of(name))

    @property
    def day_offset(self) -> int | None:
        """The day by the last name in the path that gives one: 1 for tomorrow."""
        offsets = (vocabulary.day_offset(words_of(name)) for name in reversed(self.path))
        return next((days for days in offsets if days is not None), None)


def followed(source: Node, path: str) -> tuple[Place, object]:
    """The value at a dotted path, None where there is none; a single key may contain dots, too."""
    if path in source:
        return Place((path,), (source,)), unpacked(source[path])
    here, value = Place(), unpacked(source)
    for name in path.split("."):
        if isinstance(value, list | tuple) and name.isdecimal() and int(name) < len(value):
            here, value = here.at(name), unpacked(value[int(name)])
        elif isinstance(value, Mapping) and name in value:
            here, value = here.inside(value).at(name), unpacked(value[name])
        else:
            return here, None
    return here, value

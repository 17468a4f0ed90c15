"""A place in what a source gives: the names on the way to it, and what it is in."""

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
    """Where something is."""

    path: tuple[str, ...] = ()
    around: tuple[Node, ...] = ()
    """The mappings it is in, the nearest first."""

    def at(self, name: object) -> Place:
        """What is under a name, or in a list, here."""
        return Place((*self.path, short(name)), self.around)

    def inside(self, node: Node) -> Place:
        """In the mapping that is here."""
        return Place(self.path, (node, *self.around))

    @property
    def name(self) -> str:
        """As `price_keys` would name it; of a very long one the beginning."""
        return ".".join(self.path)[:_LONGEST] or "the attributes themselves"

    @property
    def words(self) -> tuple[str, ...]:
        """Of all names on the way."""
        return tuple(word for name in self.path for word in words_of(name))

    @property
    def day_offset(self) -> int | None:
        """Of the nearest name that tells a day: 1 for tomorrow."""
        offsets = (vocabulary.day_offset(words_of(name)) for name in reversed(self.path))
        return next((days for days in offsets if days is not None), None)


def followed(source: Node, path: str) -> tuple[Place, object]:
    """What is at a path with points, None where nothing is; a name with points in it may be one key, too."""
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

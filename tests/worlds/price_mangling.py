"""Breaks price sources the way templates, gateways and new versions do, and worse."""

import json
from collections.abc import Callable, MutableMapping, MutableSequence
from random import Random
from typing import Any

Container = MutableMapping[Any, Any] | MutableSequence[Any]
Mangle = Callable[[Container, Any, Random], None]

_DEEPEST = 60
JUNK: list[Any] = [
    *[
        None,
        True,
        "",
        "unknown",
        "unavailable",
        "NaN",
        "?",
        "-",
        [],
        {},
        [[]],
        {"": None},
        "[",
        "{'a': ",
        "\x00",
        "é" * 50,
    ],
    *[float("nan"), float("inf"), -float("inf"), 1e300, -1e300, 10**400, -(10**30), 9999, -9999, 1e-300, 0, -1, b"12"],
    *["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59", "2027-02-30", "25:61", "2027-02-09", 1e18, 1770000000],
    *["12,5", "1.234.567,89", "0.1.2", "1e400", "€", "12 bananas", "https://user:secret@example.org/?token=abcdef"],
    *["EUR/MWh", "Quatloo/kWh", "ct/kWh", "kWh", "W", "%", "EUR/m³", "kr", "€/kWh/kWh", "/", "XXX", "c" * 400],
]
_NAMES: list[Any] = ["x", 3, None, "value", "start", "end", "hour", "forecast", "2027-02-09 01:00"]
_TEXTS: list[Callable[[Any], str]] = [str, repr, lambda value: json.dumps(value, default=str)]
_WRAPS: list[Callable[[Any], Any]] = [lambda one: [one], lambda one: {"data": one}, lambda one: {"value": one}]


def mangled(source: dict[str, Any], random: Random) -> dict[str, Any]:
    """A source with one to four things wrong in it."""
    broken: dict[str, Any] = _copied(source)
    for _ in range(random.randint(1, 4)):
        container, key = random.choice(_places(broken))
        random.choice(_MANGLES)(container, key, random)
    return broken


def _copied(value: Any) -> Any:
    match value:
        case dict():
            return {key: _copied(inner) for key, inner in value.items()}
        case list():
            return [_copied(inner) for inner in value]
        case _:
            return value


def _places(value: Container) -> list[tuple[Container, Any]]:
    """Every place in it, without those that are too deep."""
    found: list[tuple[Container, Any]] = []
    waiting: list[tuple[Any, int]] = [(value, 0)]
    while waiting and len(found) < 500:
        container, depth = waiting.pop()
        for key in list(container) if isinstance(container, dict) else range(len(container)):
            found.append((container, key))
            if isinstance(container[key], dict | list) and depth < _DEEPEST:
                waiting.append((container[key], depth + 1))
    return found or [({"": 0}, "")]


def _replace(container: Container, key: Any, random: Random) -> None:
    container[key] = random.choice(JUNK)


def _replace_with_number(container: Container, key: Any, random: Random) -> None:
    container[key] = random.choice([random.uniform(-1, 1), random.uniform(-1e4, 1e4), random.randint(-(10**8), 10**8)])


def _remove(container: Container, key: Any, _random: Random) -> None:
    del container[key]


def _as_text(container: Container, key: Any, random: Random) -> None:
    value = container[key]
    try:
        container[key] = random.choice(_TEXTS)(value)
    except (ValueError, TypeError, RecursionError):  # too many digits or too deep to be written out
        container[key] = "huge"


def _cut_text(container: Container, key: Any, random: Random) -> None:
    text = str(container[key])[:5000] if isinstance(container[key], str | float) else "12"
    container[key] = text[: random.randint(0, len(text))]


def _rename(container: Container, key: Any, random: Random) -> None:
    if isinstance(container, dict):
        container[random.choice(_NAMES)] = container.pop(key)


def _wrap(container: Container, key: Any, random: Random) -> None:
    for _ in range(random.choice([1, 1, 2, 50, 2000])):
        container[key] = random.choice(_WRAPS)(container[key])


def _shuffle(container: Container, key: Any, random: Random) -> None:
    if isinstance(container[key], list):
        random.shuffle(container[key])


def _repeat(container: Container, key: Any, random: Random) -> None:
    if isinstance(container, list):
        container.insert(random.randint(0, len(container)), container[key])
    elif isinstance(container[key], list):
        container[key] = container[key] * random.choice([2, 3, 40])


_MANGLES: list[Mangle] = [
    *[_replace, _replace, _replace_with_number, _remove, _as_text, _cut_text, _rename, _wrap, _shuffle, _repeat]
]

"""Files of the memory with bits flipped, cut, or with other values in them, and what a later version may write."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

from worlds.hostile.house import MEMORY, SESSIONS, TOKENS, Scene, played
from worlds.price_mangling import mangled

_LATER = ("zebra", 7, None, {"of": "a later version"}, ["x"])


def case(random: Random) -> str | None:
    """Damage one to three files, start, go on for a while, and start again."""
    return played(_play, damage=lambda folder: _damage(folder, random)).told()


async def _play(scene: Scene) -> None:
    await scene.pass_time()
    await scene.restart()
    await scene.pass_time()


def _damage(folder: Path, random: Random) -> None:
    files = sorted([*(folder / MEMORY).iterdir(), folder / SESSIONS, folder / TOKENS])
    for file in random.sample(files, random.choice((1, 1, 1, 2, 3))):
        random.choice((_flip, _flip, _cut, _mangle, _mangle, _mangle, _add_key, _change_words))(file, random)


def _flip(file: Path, random: Random) -> None:
    content = bytearray(file.read_bytes())
    for _ in range(random.choice((1, 1, 1, 5))):
        content[random.randrange(len(content))] ^= 1 << random.randrange(8)
    file.write_bytes(bytes(content))


def _cut(file: Path, random: Random) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: random.randrange(len(content))])


def _mangle(file: Path, random: Random) -> None:
    _rewrite(file, lambda facts: mangled(facts, random), random)


def _add_key(file: Path, random: Random) -> None:
    """As a later version might."""
    _rewrite(file, lambda facts: {**facts, "later": random.choice(_LATER)}, random)


def _change_words(file: Path, random: Random) -> None:
    """Words of a later version in place of those of an enumeration."""
    content = file.read_text(encoding="utf-8")
    for word in ('"us"', '"person"', '"charging"', '"smart"', '"off"', '"stopped"'):
        content = content.replace(word, f'"{random.choice(("v2g", "boost", "", "US"))}"')
    file.write_text(content, encoding="utf-8")


def _rewrite(file: Path, change: Any, random: Random) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    place = random.randrange(len(lines))
    try:
        lines[place] = json.dumps(change(json.loads(lines[place])), default=str)
    except (ValueError, RecursionError, TypeError, AttributeError):
        lines[place] = "[1]"
    file.write_bytes("\n".join(lines).encode(errors="surrogatepass"))

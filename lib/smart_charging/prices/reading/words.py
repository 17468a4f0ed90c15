"""Names in many spellings and languages, made comparable."""
# ruff: noqa: RUF001 - letters of other alphabets are what this is about

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LETTERS = str.maketrans({"ø": "o", "Ø": "O", "æ": "ae", "ł": "l", "Ł": "L", "ß": "ss", "đ": "d", "ð": "d", "ı": "i"})
_HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[0-9])(?=[A-Z][a-z])")
_ENERGY = re.compile(r"[kKMG]W[hH]")
_WORD = re.compile(r"[^\W_]+")
_LONGEST = 120


def folded(text: str) -> str:
    """Small letters without accents: `Haléř` and `haler` are one, `øre`, `öre` and `ore`, too."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()


@lru_cache(maxsize=4096)
def words_of(name: str) -> tuple[str, ...]:
    """The words of a key: `startsAt`, `starts_at` and `Starts at` are (starts, at)."""
    whole = _ENERGY.sub(lambda match: f"_{match[0].casefold()}", name[:_LONGEST])
    return tuple(_WORD.findall(folded(_HUMPS.sub(" ", whole))))


def word_set(text: str) -> frozenset[str]:
    """Words apart by blanks, as `words_of` gives them."""
    return frozenset(folded(text).split())

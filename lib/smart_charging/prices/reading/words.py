"""Normalises names of many spellings and languages, to compare them."""
# ruff: noqa: RUF001 - needs letters of other alphabets

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
    """Lower case without accents: `Haléř` and `haler` become equal, and so do `øre`, `öre` and `ore`."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()


@lru_cache(maxsize=4096)
def words_of(name: str) -> tuple[str, ...]:
    """The words of a key: `startsAt`, `starts_at` and `Starts at` are (starts, at)."""
    whole = _ENERGY.sub(lambda match: f"_{match[0].casefold()}", name[:_LONGEST])
    return tuple(_WORD.findall(folded(_HUMPS.sub(" ", whole))))


def word_set(text: str) -> frozenset[str]:
    """The words of a text separated by blanks, normalised as `words_of` does."""
    return frozenset(folded(text).split())

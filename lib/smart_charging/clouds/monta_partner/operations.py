"""The operations of Monta's Partner API, as `operations.json` lists them.

A name is the method and the path, where a part before a parameter is in the singular and parameters are left out:
`GET /charges` is `get-charges`, `GET /charges/{chargeId}` is `get-charge`, and
`POST /charge-points/{chargePointId}/reboot` is `post-charge-point-reboot`.

Parameters are written `name` or, where one has to be given, `name!`. All is from Monta's description of
2024-01-18 in its copy of December 2025; 18 operations are only there and not in Monta's reference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from itertools import pairwise
from pathlib import Path

from smart_charging.errors import UsageError

_TABLE = Path(__file__).with_name("operations.json")


class Paging(StrEnum):
    """How a list is read to its end."""

    OFFSET = "offset"
    """By `page`, from 0, and `perPage`, at most 100."""
    CURSOR = "cursor"
    """By `after`, which each answer tells for the next one."""
    EITHER = "either"
    """By offset up to 10,000 rows, or by cursor where `paginationType` says so."""
    SINGLE = "single"
    """One page; no parameter asks for another."""
    NONE = "none"
    """A list without a page around it."""

    @property
    def parameters(self) -> Sequence[str]:
        """What chooses a page."""
        offset, cursor = ("page", "perPage"), ("after", "before", "perPage")
        match self:
            case Paging.OFFSET:
                return offset
            case Paging.CURSOR:
                return cursor
            case Paging.EITHER:
                return (*offset, "after", "before", "paginationType")
            case _:
                return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One thing to tell, spelled as Monta does."""

    name: str
    is_required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What can be asked of the Partner API."""

    name: str
    group: str
    method: str
    path: str
    """Below the base URL, with names of parameters in braces."""
    does: str
    scopes: frozenset[str] = frozenset()
    """One of them is enough; empty where any credentials will do."""
    query: Sequence[Parameter] = ()
    body: Sequence[Parameter] = ()
    has_bare_body: bool = False
    """The one parameter of the body is the body."""
    paging: Paging | None = None
    """None where the answer is no list."""
    answer: str | None = None
    """What the answer is, or each of its rows; None where it is empty."""
    status: int = 200
    flags: frozenset[str] = frozenset()
    """`beta`, `deprecated`, `effect` (a GET that changes something), `feature-flag` (opened by Monta on request),
    `organisation` (a sub-operator may use it), `unlisted` (not in Monta's reference)."""

    @property
    def has_effect(self) -> bool:
        """Whether it may change something; also true for two GETs, which stop and restart a charge."""
        return self.method != "GET" or "effect" in self.flags

    @property
    def path_parameters(self) -> Sequence[Parameter]:
        """Those in the path, all of them required."""
        return [Parameter(name=name, is_required=True) for name in re.findall(r"{(\w+)}", self.path)]

    @property
    def parameters(self) -> Sequence[Parameter]:
        """All that can be told, beside the choice of a page."""
        return [*self.path_parameters, *self.query, *self.body]


@cache
def operations() -> Mapping[str, Operation]:
    """All by name, in the order of their groups; the table is read when first asked for."""
    groups: Mapping[str, Sequence[Mapping[str, str]]] = json.loads(_TABLE.read_text(encoding="utf-8"))
    rows = (_operation(group, row) for group, rows in groups.items() for row in rows)
    return {operation.name: operation for operation in rows}


def operation(name: str) -> Operation:
    """The operation of this name.

    Raises:
        UsageError: There is none; names those that are spelled alike.
    """
    if found := operations().get(name):
        return found
    alike = get_close_matches(name, operations(), n=3)
    raise UsageError(f"{name}: there is no such operation" + (f"; there is {', '.join(alike)}" if alike else ""))


def name_of(method: str, path: str) -> str:
    """By the rule at the top of this file."""
    return "-".join([method.lower(), *words_of(path)])


def words_of(path: str) -> Sequence[str]:
    """A path without its parameters, where a part before one is in the singular."""
    parts = [*path.strip("/").split("/"), ""]
    words = [_singular(part) if after.startswith("{") else part for part, after in pairwise(parts)]
    return [word for word in words if not word.startswith("{")]


def _singular(word: str) -> str:
    return f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s")


def _operation(group: str, row: Mapping[str, str]) -> Operation:
    return Operation(
        name=name_of(row["method"], row["path"]),
        group=group,
        method=row["method"],
        path=row["path"],
        does=row["does"],
        scopes=frozenset(row.get("scopes", "").split()),
        query=_parameters(row.get("query", "")),
        body=_parameters(row.get("body", "")),
        has_bare_body="bare" in row,
        paging=Paging(row["pages"]) if "pages" in row else None,
        answer=row.get("answer"),
        status=int(row.get("status", 200)),
        flags=frozenset(row.get("flags", "").split()),
    )


def _parameters(words: str) -> Sequence[Parameter]:
    return [Parameter(name=word.removesuffix("!"), is_required=word.endswith("!")) for word in words.split()]

"""What the operations are called at the command line: by their group, and by a short name within it.

A short name is a verb and, behind it, those words of the path that not all of the group share. The verb of GET is
`list` or `get`, of POST `create`, of PUT `set`, of PATCH `change`, of DELETE `delete`. A command, which is a POST or a
GET with effect, is called by its words alone if it has any: `charges stop`, `charge-points reboot`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from smart_charging.clouds.monta_partner.operations import Operation, operations, words_of

_VERBS = {"GET": "get", "POST": "create", "PUT": "set", "PATCH": "change", "DELETE": "delete"}

WEBHOOK, WEBHOOK_ACTIONS = "webhook", ("on", "off", "show")
"""Stands among the groups, but looks after the subscription to events and its secret."""


@cache
def by_group() -> Mapping[str, Mapping[str, Operation]]:
    """The operations of each group by their short names."""
    groups: dict[str, list[Operation]] = {}
    for operation in operations().values():
        groups.setdefault(operation.group, []).append(operation)
    return {group: _named(members) for group, members in groups.items()}


def option_of(parameter: str) -> str:
    """A parameter as an option: `chargePointId` is `--charge-point-id`."""
    return "--" + "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in parameter)


def _named(members: Sequence[Operation]) -> Mapping[str, Operation]:
    shared = _shared([_fixed_parts(member.path) for member in members])
    return {_short_name(member, words_of(member.path)[shared:]): member for member in members}


def _short_name(operation: Operation, words: Sequence[str]) -> str:
    is_command = operation.method == "POST" or "effect" in operation.flags
    verb = "list" if operation.paging else _VERBS[operation.method]
    return "-".join(words if is_command and words else [verb, *words])


def _fixed_parts(path: str) -> Sequence[str]:
    return [part for part in path.strip("/").split("/") if not part.startswith("{")]


def _shared(paths: Sequence[Sequence[str]]) -> int:
    """How many words all paths begin with."""
    count = 0
    for words in zip(*paths, strict=False):
        if len(set(words)) > 1:
            break
        count += 1
    return count

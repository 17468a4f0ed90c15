"""The options of one operation, made from its row in the table of operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from smart_charging.cli.login import add_credentials_argument
from smart_charging.cli.monta.given import fields_in, json_in, value_in_body, with_inner
from smart_charging.cli.monta.names import option_of
from smart_charging.cli.parser import Parser
from smart_charging.clouds.monta_partner.operations import Operation, Paging
from smart_charging.errors import UsageError

_PAGES = {
    "page": "which page, from 0",
    "perPage": "rows to a page (default: 100)",
    "after": "the cursor of the page before",
    "before": "the cursor of the page behind",
    "paginationType": "offset or cursor",
}
_ROWS = 100
_FLAGS = {
    "beta": "Monta calls it beta.",
    "deprecated": "Monta calls it deprecated.",
    "feature-flag": "Monta opens it on request.",
    "unlisted": "It is not in Monta's reference.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person asked for."""

    operation: Operation
    given: Mapping[str, object]
    """Parameters by Monta's names."""
    credentials: Path
    base_url: str | None
    reads_all: bool
    fields: Sequence[str]
    """To show; empty to choose."""
    prints_json: bool
    is_confirmed: bool
    prints_curl: bool
    is_rehearsal: bool
    """Say what would be sent, and send nothing."""


def asked_for(operation: Operation, prog: str, words: Sequence[str]) -> Asked:
    """What the words behind the operation's name say.

    Raises:
        UsageError: Something is missing or does not fit together; exits with code 2 on an unknown option.
    """
    parser = _parser(operation, prog)
    inner = _add_inner(parser, operation, words)
    chosen, unknown = parser.parse_known_args(words)
    if unknown:
        parser.refuse(unknown)
    options = vars(chosen)
    return Asked(
        operation=operation,
        given=_given(operation, options, {name: options[name] for name in inner}),
        credentials=options["credentials"],
        base_url=options["base_url"],
        reads_all=options.get("reads_all", False),
        fields=[name.strip() for name in (options["fields"] or "").split(",") if name.strip()],
        prints_json=options["json"],
        is_confirmed=options.get("yes", True),
        prints_curl=options["curl"],
        is_rehearsal=options["dry_run"],
    )


def _parser(operation: Operation, prog: str) -> Parser:
    parser = Parser(prog=prog, description=_about(operation), epilog=_ABOUT_VALUES, allow_abbrev=False)
    in_body = [one.name for one in operation.body]
    for one in operation.parameters:
        words = f"{'required' if one.is_required else 'optional'}{', in the body' if one.name in in_body else ''}"
        parser.add_argument(option_of(one.name), dest=one.name, metavar="VALUE", help=words)
    for name in operation.paging.parameters if operation.paging else ():
        parser.add_argument(option_of(name), dest=name, metavar="VALUE", help=_PAGES[name])
    _add_common(parser, operation)
    return parser


_ABOUT_VALUES = (
    "A value in the body is JSON where it reads as such, else text; '\"16\"' is a text. A field in a field is written "
    "with a dot, such as --settings.start 1320. Times are in UTC, such as 2026-11-01T00:00:00Z."
)


def _about(operation: Operation) -> str:
    scopes = " or ".join(sorted(operation.scopes))
    notes = [_FLAGS[flag] for flag in sorted(operation.flags) if flag in _FLAGS]
    needs = [f"It needs the scope {scopes}."] if scopes else []
    return " ".join([f"{operation.does}: {operation.method} {operation.path}.", *needs, *notes])


def _add_common(parser: Parser, operation: Operation) -> None:
    """Options of ours, beside Monta's parameters."""
    if operation.paging:
        parser.add_argument("--all", dest="reads_all", action="store_true", help="read all pages, not only one")
    if operation.body:
        parser.add_argument("--body", metavar="FILE", help="a JSON file with the body, - for stdin; options go before")
    if operation.has_effect:
        parser.add_argument("--yes", action="store_true", help="do it without asking; needed where nobody can be asked")
    parser.add_argument("--json", action="store_true", help="print JSON, for programs; of a list a line per row")
    parser.add_argument("--fields", metavar="NAMES", help="the fields to show, with commas between them")
    parser.add_argument("--curl", action="store_true", help="print the request as a curl command, and send nothing")
    parser.add_argument("--dry-run", action="store_true", help="print what would be sent, and send nothing")
    add_credentials_argument(parser)
    parser.add_argument("--base-url", metavar="URL", help="where Monta answers, such as its sandbox")


def _add_inner(parser: Parser, operation: Operation, words: Sequence[str]) -> Sequence[str]:
    """Options for fields inside fields, as far as they are written; nobody knows which there are."""
    fields = {option_of(one.name): one.name for one in operation.body if not operation.has_bare_body}
    written = dict.fromkeys(word.partition("=")[0] for word in words if word.startswith("--"))
    inner = {word: word.partition(".") for word in written if "." in word}
    names = {word: f"{fields[head]}.{rest}" for word, (head, _, rest) in inner.items() if head in fields and rest}
    for word, name in names.items():
        parser.add_argument(word, dest=name)
    return list(names.values())


def _given(operation: Operation, options: Mapping[str, object], inner: Mapping[str, object]) -> Mapping[str, object]:
    """All parameters that were told; options go before fields of `--body`, fields in fields before both."""
    in_body = [one.name for one in operation.body]
    names = [*(one.name for one in operation.parameters), *(operation.paging.parameters if operation.paging else ())]
    told = {name: text for name in names if isinstance(text := options[name], str)}
    values = {name: value_in_body(text) if name in in_body else text for name, text in told.items()}
    given = {**_first_page(operation.paging), **_file_body(operation, options), **values}
    for name, text in inner.items():
        field, _, path = name.partition(".")
        given[field] = with_inner(given.get(field), path, value_in_body(str(text)))
    if missing := [one.name for one in operation.parameters if one.is_required and given.get(one.name) is None]:
        raise UsageError(f"write {', '.join(f'{option_of(name)} VALUE' for name in missing)}")
    return given


def _file_body(operation: Operation, options: Mapping[str, object]) -> Mapping[str, object]:
    file = options.get("body")
    if not isinstance(file, str):
        return {}
    if operation.has_bare_body:
        return {operation.body[0].name: json_in(file)}
    return fields_in(file, [one.name for one in operation.body])


def _first_page(paging: Paging | None) -> Mapping[str, object]:
    """Where a list begins, spelled out so that what is shown is what is sent."""
    match paging:
        case Paging.OFFSET:
            return {"page": 0, "perPage": _ROWS}
        case Paging.CURSOR:
            return {"perPage": _ROWS}
        case Paging.EITHER:
            return {"perPage": _ROWS, "paginationType": "cursor"}
        case _:
            return {}

"""A request as text: as a `curl` command, and in plain words."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from urllib.parse import urlencode

from smart_charging.clouds.http.wire import Call
from smart_charging.clouds.monta_partner.hidden import without_secrets
from smart_charging.clouds.monta_partner.operations import Operation

_TOKEN = "$MONTA_TOKEN"  # noqa: S105  # what stands in its place
_BETWEEN = " \\\n  "


def as_curl(call: Call, base_url: str) -> str:
    """The command that sends the same; the shell puts in the token, and secrets in the body are hidden."""
    parts = [f"curl -X {call.method} {shlex.quote(_url(call, base_url))}", f'-H "Authorization: Bearer {_TOKEN}"']
    parts += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in call.headers.items()]
    if call.json is not None:
        parts += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(_body(call))}"]
    return _BETWEEN.join(parts)


def as_lines(operation: Operation, call: Call, base_url: str) -> Iterator[str]:
    """What would be sent, and what it needs."""
    yield f"{operation.does}: {call.method} {_url(call, base_url)}"
    if call.json is not None:
        yield f"body: {_body(call)}"
    yield f"scope: {' or '.join(sorted(operation.scopes)) or 'none is needed'}"
    yield "it would ask for confirmation" if operation.has_effect else "it changes nothing"
    yield "nothing was sent"


def _url(call: Call, base_url: str) -> str:
    query = {name: without_secrets(value, name=name) for name, value in call.query.items()}
    return f"{base_url.rstrip('/')}/{call.path}" + (f"?{urlencode(query)}" if query else "")


def _body(call: Call) -> str:
    return json.dumps(without_secrets(call.json), ensure_ascii=False)

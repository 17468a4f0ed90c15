"""What a language model may call, before any protocol."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One thing a model can ask for, or have done."""

    name: str
    does: str
    """What a model chooses it by."""
    call: Callable[[Arguments], Awaitable[object]]
    """Raises a `ChargingError` with a sentence that tells the model what to do instead."""
    parameters: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """JSON schemas by name."""
    required: Sequence[str] = ()
    changes_something: bool = False

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of all arguments; others are refused."""
        return {
            "type": "object",
            "properties": {name: dict(schema) for name, schema in self.parameters.items()},
            "required": list(self.required),
            "additionalProperties": False,
        }


def parameter(kind: str, about: str, **more: object) -> Mapping[str, object]:
    """The schema of one parameter."""
    return {"type": kind, "description": about, **more}


PAGE = parameter("integer", "which page, from 0", minimum=0)


def page_of(rows: Sequence[object], arguments: Arguments, *, size: int) -> Mapping[str, object]:
    """One page of rows that are all there."""
    number = int(arguments.get("page", 0))
    pages = max(1, -(-len(rows) // size))
    return {"rows": list(rows[number * size : (number + 1) * size]), "page": number, "pages": pages}

"""What a command printed."""

import json
from typing import Any


def document(outcome: tuple[int, str, str]) -> dict[str, Any]:
    """The one JSON document of a command that ended well, given its exit code, stdout and stderr."""
    code, out, err = outcome
    assert (code, err) == (0, "")
    read: dict[str, Any] = json.loads(out)
    return read

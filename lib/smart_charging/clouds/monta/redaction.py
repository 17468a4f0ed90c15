"""What a report about a fault leaves out of Monta's answers, even as a key's type."""

from __future__ import annotations

PRIVATE_KEYS = frozenset(
    {
        "accesstoken",
        "refreshtoken",
        "userid",
        "clientid",
        "serialnumber",
        "name",
        "note",
        "location",
        "address",
        "coordinates",
        "cablepin",
        "evseid",
        "vehicle",
        "operatorid",
        "teamid",
    }
)
"""In lower case."""

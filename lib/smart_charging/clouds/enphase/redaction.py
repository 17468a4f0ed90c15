"""What of this cloud must not leave the house, in messages and in diagnostics."""

from __future__ import annotations

_SHOWN = 4

PRIVATE_KEYS = frozenset(
    {
        "email",
        "session_id",
        "sessionid",
        "token",
        "access_token",
        "auth_token",
        "manager_token",
        "authtype",
        "authidentifier",
        "authtoken",
        "networkconfig",
        "name",
        "displayname",
        "title",
        "sn",
        "serialnumber",
        "site",
        "site_id",
        "siteid",
        "system_id",
        "id",
        "programid",
        "livestreamtopiclist",
    }
)
"""Of which a report about a fault leaves out even the type; in lower case."""


def shortened(identifier: str) -> str:
    """The end of a serial number: enough to tell two chargers apart, too little to look one up."""
    return identifier if len(identifier) <= _SHOWN else f"…{identifier[-_SHOWN:]}"

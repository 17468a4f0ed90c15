"""What of this cloud must not leave the house, in messages and in diagnostics."""

from __future__ import annotations

_SHOWN = 4

PRIVATE_KEYS = frozenset(
    {
        "email",
        "password",
        "apikey",
        "token",
        "refreshtoken",
        "authorization",
        "mobile",
        "firstname",
        "lastname",
        "name",
        "user",
        "userid",
        "connectoruserid",
        "organisationid",
        "organizationid",
        "rfid",
        "rfiddec",
        "rfiddecreverse",
        "rfidtags",
        "nfctagid",
        "externaltransactionid",
        "externalid",
        "ip",
        "id",
        "chargepointid",
        "serialnumber",
    }
)
"""Of which a report about a fault leaves out even the type; in lower case."""


def shortened(identifier: str) -> str:
    """The beginning of a charge point's id or serial number: enough to tell two apart, too little to look one up."""
    return identifier if len(identifier) <= _SHOWN else f"{identifier[:_SHOWN]}…"

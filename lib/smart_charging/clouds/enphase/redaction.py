"""What of this cloud must not leave the house, in messages and in diagnostics."""

from __future__ import annotations

_SHOWN = 4

SECRET_KEYS = frozenset(
    {
        "email",
        "password",
        "otp",
        "cookie",
        "set-cookie",
        "authorization",
        "e-auth-token",
        "x-csrf-token",
        "session_id",
        "token",
        "access_token",
        "auth_token",
        "manager_token",
        "authtype",
        "authidentifier",
        "authtoken",
        "networkconfig",
        "ip_address",
        "vpp_program_id",
        "programid",
    }
)
"""Fields, headers and arguments whose values are left out, in small letters."""
IDENTIFYING_KEYS = frozenset({"sn", "serialnumber", "site", "site_id", "system_id", "sites", "chargers"})
"""Those whose values are shortened."""


def shortened(identifier: str) -> str:
    """The end of a serial number: enough to tell two chargers apart, too little to look one up."""
    return identifier if len(identifier) <= _SHOWN else f"…{identifier[-_SHOWN:]}"

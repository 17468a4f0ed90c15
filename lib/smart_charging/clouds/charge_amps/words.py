"""Charge Amps' names and hints."""

from __future__ import annotations

from smart_charging.clouds.words import CloudWords

CHARGE_AMPS = CloudWords(
    name="Charge Amps",
    manufacturer="Charge Amps",
    prefix="charge_amps",
    login_hint="try e-mail and password at my.charge.space, and compare the API key with the one Charge Amps sent",
    scope_hint="ask Charge Amps, or the owner of the charger, to allow {scope}",
    portal="https://my.charge.space",
)

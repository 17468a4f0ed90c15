"""Enphase's names and hints."""

from __future__ import annotations

from smart_charging.clouds.words import CloudWords

ENPHASE = CloudWords(
    name="Enphase",
    manufacturer="Enphase",
    prefix="enphase",
    login_hint="try e-mail and password at enlighten.enphaseenergy.com, then press the button login again",
    scope_hint="ask the owner of the site to give the account {scope}",
    portal="https://enlighten.enphaseenergy.com",
)

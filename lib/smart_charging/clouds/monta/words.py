"""Monta's names and hints."""

from __future__ import annotations

from smart_charging.clouds.words import CloudWords

MONTA = CloudWords(
    name="Monta",
    manufacturer="Monta",
    prefix="monta",
    login_hint="compare the client id and secret with Monta's portal",
    scope_hint="give the application the scope {scope} in Monta's portal",
    portal="https://portal2.monta.app",
    has_plain_names=True,
)

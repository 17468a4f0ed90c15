"""The names and hints of Monta's Partner API, which is a cloud of its own beside the Public API."""

from __future__ import annotations

from smart_charging.clouds.words import CloudWords

MONTA_PARTNER = CloudWords(
    name="Monta Partner",
    manufacturer="Monta",
    prefix="monta_partner",
    login_hint="compare monta_partner_client_id and monta_partner_client_secret with Monta's portal for operators",
    scope_hint="give the application the scope {scope} in Monta's portal for operators",
)

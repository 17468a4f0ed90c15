"""Monta's Public API: login, quota, models, and their translation into chargers and charges.

May lean on `httpx`, `pydantic`, `charger`, `errors`, `printable`, `host_clock`, `timekeeper`, `config`,
`clouds`, `clouds.http` and `reports`.
"""

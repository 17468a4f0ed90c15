"""Monta's Partner API: every operation by its name, models for what charging needs, and the chargers as a cloud.

May lean on `httpx`, `pydantic`, `charger`, `errors`, `files`, `printable`, `host_clock`, `timekeeper`, `config`,
`entities`, `clouds`, `clouds.http`, `clouds.monta`, `prices` and `reports`.
"""

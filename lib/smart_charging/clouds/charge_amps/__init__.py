"""Charge Amps' cloud as chargers and charges: its External API, and read-only its web app's API.

May lean on `httpx`, `pydantic`, `charger`, `errors`, `host_clock`, `timekeeper`, `config`, `entities`, `clouds` and
`clouds.http`.
"""

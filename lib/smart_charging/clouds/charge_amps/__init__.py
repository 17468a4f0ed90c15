"""Charge Amps' cloud as chargers and charges: its External API, and read-only its web app's API.

May lean on `httpx`, `pydantic`, `charger`, `errors`, `timekeeper`, `config`, `entities`, `clouds` and `clouds.http`.
"""

"""Monta's Partner API: every operation by its name, and models for what charging needs.

May lean on `httpx`, `pydantic`, `charger`, `errors`, `host_clock`, `config`, `clouds.http`, `clouds.monta`, `prices`
and `reports`.
"""

"""Monta's Partner API: every operation by its name, and models for what charging needs.

May lean on `httpx`, `pydantic`, `errors`, `host_clock`, `config`, `clouds.http` and `clouds.monta`.
"""

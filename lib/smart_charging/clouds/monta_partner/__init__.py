"""Monta's Partner API: every operation by its name, and models for what charging needs.

May lean on `httpx`, `pydantic`, `errors`, `clouds.http` and `clouds.monta`.
"""

"""Monta's cloud: its words, its login, its quota, and their translation into ours.

May lean on `httpx`, `pydantic`, `charger`, `errors`, `config`, `clouds` and `clouds.http`.
"""

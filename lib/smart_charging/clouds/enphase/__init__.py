"""Enphase's IQ EV Charger 2 through Enlighten, the cloud behind Enphase's own app.

May lean on `httpx`, `pydantic`, `charger`, `errors`, `config`, `clouds`, `clouds.http`, `entities`, `files`,
`host_clock` and `timekeeper`.
"""

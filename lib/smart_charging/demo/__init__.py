"""A night on one machine: the cloud's stand-in, a real AppDaemon, a real Home Assistant if wanted.

May lean on `aiohttp`, `httpx`, `yaml`, `charger`, `errors`, `prices`, `entities`, `services.sessions`,
`clouds.opening`, `clouds.monta.stand_in` and `setup`.
"""

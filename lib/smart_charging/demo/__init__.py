"""The demo: a night with a simulated cloud, a real AppDaemon and optionally a real Home Assistant.

May lean on `aiohttp`, `httpx`, `yaml`, `charger`, `errors`, `prices`, `entities`, `services.sessions`,
`clouds.opening`, `clouds.monta.stand_in`, `clouds.charge_amps.stand_in`, `clouds.enphase.stand_in`, `setup` and
`wheels`.
"""

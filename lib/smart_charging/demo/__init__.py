"""The demo: a night with a simulated cloud, a real AppDaemon and optionally a real Home Assistant.

`play` begins it; `stage` runs its nights, each a `performance`, of which `reporter` tells what `story` makes of it.

May lean on `aiohttp`, `appdaemon`, `httpx`, `yaml`, `charger`, `colour`, `errors`, `host_clock`, `planning`, `prices`,
`picture`, `dashboard`, `entities`, `services.sessions`, `clouds.opening`, `clouds.monta.stand_in`,
`clouds.charge_amps.stand_in`, `clouds.enphase.stand_in`, `clouds.monta_partner.stand_in`, `setup` and `wheels`.
"""

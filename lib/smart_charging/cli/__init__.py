"""The command line; each command is imported only when it is called.

May lean on `setup`, `demo`, `services.sessions`, `services.pricing`, `services.cars`, `services.home_assistant`,
`entities`, `clouds`, `clouds.opening`, `clouds.charge_reports`, `clouds.knowledge`, `picture`, `reports`, `planning`,
`prices`, `prices.reading`, `config`, `charger`, `colour`, `errors`, `printable`, `httpx`, `yaml` and `__init__`, the
version.
"""

"""The command line; each command is imported only when it is called.

May lean on `setup`, `demo`, `services.sessions`, `entities`, `clouds.opening`, `planning`, `prices`, `prices.reading`,
`config`, `charger`, `errors` and `__init__`, the version.
"""

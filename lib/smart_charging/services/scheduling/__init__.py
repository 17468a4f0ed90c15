"""Rounds over all cars: what each one needs becomes a plan, plans become starts and stops, and all of it is shown.

May lean on the rooms beside it, `services.watching`, `services.control`, `services.pricing`, `services.cars`,
`services.sessions` and `services.notify`, and on `charger`, `errors`, `mode`, `config`, `prices`, `planning`,
`entities` and the tools.
"""

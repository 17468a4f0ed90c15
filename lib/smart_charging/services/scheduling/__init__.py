"""The scheduling loop: plan for every car, start and stop chargers by the plans, and publish the result.

May lean on the rooms beside it, `services.watching`, `services.control`, `services.pricing`, `services.cars`,
`services.peaks`, `services.events`, `services.habits`, `services.sessions`, `services.notify` and
`services.provisioning`, and on `charger`, `errors`, `mode`, `config`, `prices`, `planning`, `picture`, `entities` and
the tools.
"""

"""The settings of a car, the entities they follow, and its learned charging power.

May lean on `charger`, `errors`, `mode`, `config`, `entities`, `planning`, `prices` and the tools.
"""

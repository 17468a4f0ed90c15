"""What a car is to get: its settings, the entities they follow, and the power it takes.

May lean on `charger`, `errors`, `mode`, `config`, `entities`, `planning`, `prices` and the tools.
"""

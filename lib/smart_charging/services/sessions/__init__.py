"""Sessions, from cable in to cable out: their state, their energy and cost, and the log of finished ones.

May lean on `charger`, `errors`, `clouds`, `entities`, `planning`, `prices` and the tools.
"""

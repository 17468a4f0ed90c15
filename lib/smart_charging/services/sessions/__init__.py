"""From cable in to cable out: what one car was promised, its energy and money, and the log of it.

May lean on `charger`, `entities`, `planning`, `prices` and the tools.
"""

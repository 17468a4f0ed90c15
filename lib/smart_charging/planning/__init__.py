"""When to charge: prices, needs and a fuse become plans, by arithmetic without a clock or a network.

May lean on `prices` and `planning.search`.
"""

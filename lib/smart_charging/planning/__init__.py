"""Makes charging plans from prices, what the cars need and the fuse; pure functions without clock or network.

May lean on `prices` and `planning.search`.
"""

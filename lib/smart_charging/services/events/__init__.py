"""Times in which nothing may be charged but the minimum, as entities of Home Assistant tell them.

May lean on `errors`, `planning`, `prices`, `printable` and the tools.
"""

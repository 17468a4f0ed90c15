"""Start and stop chargers, track the origin of every charge, and find out why one ended.

May lean on `__init__`, `charger`, `errors`, `mode`, `timekeeper`, `clouds`, `entities`, `services.watching` and
the tools.
"""

"""Start and stop chargers, track the origin of every charge, and find out why one ended.

May lean on `charger`, `errors`, `printable`, `mode`, `host_clock`, `timekeeper`, `clouds`, `entities`,
`services.watching`, `__init__` and the tools.
"""

"""Start and stop a charger, know whose charge it is, and find out why one ended.

May lean on `charger`, `errors`, `mode`, `clouds`, `entities`, `services.watching` and the tools.
"""

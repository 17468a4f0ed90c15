"""A dashboard for Home Assistant, of cards that every Home Assistant has: a view per charger, and one of its past.

Made as Home Assistant stores it; the command line writes the same as YAML.

May lean on `charger`, `mode`, `printable` and `entities`.
"""

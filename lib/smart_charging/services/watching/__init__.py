"""Reads the chargers at the right pace, shows them as entities, and hands them on to whoever waits for them.

May lean on `charger`, `errors`, `clouds`, `config`, `entities` and the tools.
"""

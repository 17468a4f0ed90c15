"""Reads the chargers at the right pace, shows them as entities, follows their cables, and passes all of it on.

May lean on `charger`, `errors`, `clouds`, `config`, `entities` and the tools.
"""

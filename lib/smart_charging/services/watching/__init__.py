"""Polls the chargers, publishes them as entities, keeps track of their sessions, and notifies the other apps.

May lean on `charger`, `errors`, `clouds`, `config`, `entities` and the tools.
"""

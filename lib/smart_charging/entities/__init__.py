"""The entities in Home Assistant, described in tables, and their two writers: MQTT discovery and the state API.

May lean on `charger`, `mode`, `clouds`, `planning` and `prices`.
"""

"""Notifications: what of a car's plan is worth one, and how it is sent.

May lean on `config`, `errors`, `mode`, `entities`, `planning`, `services.habits` and the tools.
"""

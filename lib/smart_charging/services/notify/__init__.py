"""Notifications: what of a car's plan is worth one, and how it is sent.

May lean on `config`, `errors`, `entities`, `planning` and the tools.
"""

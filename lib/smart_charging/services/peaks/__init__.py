"""What the month's highest loads have come to, and the charging that would raise them.

May lean on `config`, `entities`, `errors`, `planning`, `prices`, `services.cars`, `services.pricing` and the tools.
"""

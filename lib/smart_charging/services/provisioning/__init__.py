"""Settings, switches and a dashboard made in Home Assistant, for those who write no files there.

What exists is left alone, what a person edited is kept, and what was made is written down, so that it can be taken
away again when that is asked for.

May lean on `charger`, `errors`, `printable`, `config`, `dashboard`, `entities` and the tools.
"""

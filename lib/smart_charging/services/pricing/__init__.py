"""Reads prices from entities, actions or the configuration, remembers published ones and applies the tariff.

May lean on `config`, `errors`, `prices`, `prices.reading`, `entities` and the tools.
"""

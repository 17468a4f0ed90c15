"""Where prices come from: asks or follows a source, remembers what was published, adds the tariff.

May lean on `config`, `errors`, `prices`, `prices.reading` and the tools.
"""

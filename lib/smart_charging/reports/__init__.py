"""A month's charging, to print or to hand in: summed by charger, driver or card, as a table, a page, CSV or JSON.

May lean on `jinja2`, `prices`, `errors` and `printable`.
"""

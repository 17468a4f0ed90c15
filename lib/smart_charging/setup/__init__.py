"""Helps with setting up: checks an account, prints a first apps.yaml, a package and a dashboard for Home Assistant.

May lean on `jinja2`, `yaml`, `charger`, `errors`, `printable`, `config`, `clouds`, `clouds.opening`, `dashboard` and
`entities`.
"""

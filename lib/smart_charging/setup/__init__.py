"""What helps a person to set up: the check of an account, a first apps.yaml, files for Home Assistant.

May lean on `jinja2`, `charger`, `errors`, `config`, `clouds`, `clouds.opening` and `entities`.
"""

"""Default arguments, apart from the models because those take long to import."""

from __future__ import annotations

CREDENTIALS_FILE = "secrets.yaml"
"""In the folder of appdaemon.yaml; AppDaemon's own file for secrets."""
DEFAULT_CLOUD = "monta"
TOKEN_FILE = ".smart_charging_tokens{suffix}.json"  # noqa: S105  # a file's name, no token
"""Beside the credentials file; the suffix tells accounts apart."""

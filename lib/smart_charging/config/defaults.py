"""What stands in for arguments that nobody wrote; without the models, which take a while to import."""

from __future__ import annotations

CREDENTIALS_FILE = "secrets.yaml"
"""Beside appdaemon.yaml; AppDaemon's own file for secrets."""
DEFAULT_CLOUD = "monta"

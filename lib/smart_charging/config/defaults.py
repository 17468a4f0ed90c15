"""Default arguments, apart from the models because those take long to import."""

from __future__ import annotations

CREDENTIALS_FILE = "secrets.yaml"
"""In the folder of appdaemon.yaml; AppDaemon's own file for secrets."""
DEFAULT_CLOUD = "monta"

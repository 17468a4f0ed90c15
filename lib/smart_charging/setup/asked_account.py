"""The account that a command of the command line reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAccount:
    """One login at one cloud."""

    cloud: str
    credentials_file: Path
    base_url: str | None = None
    """None for the cloud's usual address."""

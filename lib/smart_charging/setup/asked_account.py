"""The account that a command of the command line reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedLogin:
    """A login with a person at the keyboard."""

    password: str | None = field(default=None, repr=False)
    """None for the one in the credentials file."""
    code: str | None = field(default=None, repr=False)
    """A one-time code, where the cloud asks for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAccount:
    """One login at one cloud."""

    cloud: str
    credentials_file: Path
    base_url: str | None = None
    """None for the cloud's usual address."""
    account: str | None = None
    """The monitor's argument of that name, where it has one."""
    arguments: Mapping[str, object] = field(default_factory=dict)
    """Further arguments of the monitor, which only some clouds have."""
    login: AskedLogin | None = None
    """None to use what is stored, and store nothing."""

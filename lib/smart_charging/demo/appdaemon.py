"""Sets up a real AppDaemon with our apps in a folder of its own."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from smart_charging.demo.night_clock import NightClock
from smart_charging.demo.process import Process, free_port

_PACKAGE = Path(__file__).parents[1]
_CHECKOUT = _PACKAGE.parents[1]
_BUNDLE = _PACKAGE / "_bundle"
"""The apps in an installed wheel; in a checkout the originals are used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppDaemonFolder:
    """The files that an AppDaemon starts from."""

    folder: Path
    port: int = field(default_factory=free_port)
    password: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    def write(self, apps: Mapping[str, Any], secret: Mapping[str, str], *, plugins: bool) -> None:
        """Write the example configuration, the apps and their apps.yaml.

        Args:
            apps: The content of apps.yaml.
            secret: The content of secrets.yaml, which only its owner may read.
            plugins: Whether there is a Home Assistant; without one AppDaemon's own state store is used.
        """
        target = self.folder / "apps"
        target.mkdir(parents=True, exist_ok=True)
        for source in sorted(_original("apps").glob("charging_*.py")):
            shutil.copy(source, target)
        (target / "apps.yaml").write_text(yaml.safe_dump(dict(apps), sort_keys=False), encoding="utf-8")
        secrets_file = self.folder / "secrets.yaml"
        secrets_file.touch(mode=0o600)
        secrets_file.write_text(yaml.safe_dump({**secret, "appdaemon_password": self.password}), encoding="utf-8")
        (self.folder / "appdaemon.yaml").write_text(self._configuration(plugins=plugins), encoding="utf-8")

    def process(self, clock: NightClock | None = None) -> Process:
        """The AppDaemon process, run by the same Python as this.

        Args:
            clock: What the apps take for the host's.
        """
        how = ["smart_charging.demo.fast_appdaemon", clock.text] if clock else ["appdaemon"]
        command = [sys.executable, "-m", *how, "-c", str(self.folder)]
        paths = [str(_PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]  # in case that is relative
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
        return Process("AppDaemon", command, log=self.folder / "appdaemon.log", env=env, cwd=self.folder)

    def _configuration(self, *, plugins: bool) -> str:
        """The example configuration with HTTP on loopback, protected by a password."""
        written = yaml.load(_original("appdaemon.yaml.example").read_text("utf-8"), _KeepSecrets)  # noqa: S506  # safe
        if not plugins:
            del written["appdaemon"]["plugins"]
        written["http"] = {"url": f"http://127.0.0.1:{self.port}", "password": Secret("appdaemon_password")}
        written["api"] = None
        written["logs"] = {"access_log": {"filename": str(self.folder / "access.log")}}  # gets a line for each read
        return yaml.dump(written, Dumper=_KeepSecretsDumper, sort_keys=False)


def _original(name: str) -> Path:
    in_checkout = _CHECKOUT / name
    return in_checkout if (_CHECKOUT / "pyproject.toml").exists() and in_checkout.exists() else _BUNDLE / name


class Secret(str):
    """The name of a secret: `!secret name` in YAML."""

    __slots__ = ()


class _KeepSecrets(yaml.SafeLoader):
    """Reads `!secret` as a reference instead of looking it up."""


class _KeepSecretsDumper(yaml.SafeDumper):
    """Writes such references."""


def _read_secret(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Secret:
    return Secret(loader.construct_scalar(node))


_KeepSecrets.add_constructor("!secret", _read_secret)
_KeepSecretsDumper.add_representer(Secret, lambda dumper, name: dumper.represent_scalar("!secret", str(name)))

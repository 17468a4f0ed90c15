"""The file with the credentials."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, SecretStr

from smart_charging.errors import ConfigError

CLIENT_ID_KEY, CLIENT_SECRET_KEY = "monta_client_id", "monta_client_secret"


class Credentials(BaseModel):
    """What Monta's portal calls an application."""

    model_config = ConfigDict(frozen=True)

    client_id: SecretStr
    client_secret: SecretStr


def read_credentials(file: Path) -> Credentials:
    """Client id and secret from a YAML file that AppDaemon does not show to others.

    Raises:
        ConfigError: One sentence with the file, the key and what to write.
    """
    content = _load(file)
    return Credentials(
        client_id=_secret(file, content, CLIENT_ID_KEY), client_secret=_secret(file, content, CLIENT_SECRET_KEY)
    )


def _load(file: Path) -> Mapping[str, Any]:
    wanted = f'write "{CLIENT_ID_KEY}: ..." and "{CLIENT_SECRET_KEY}: ..." into it, each on a line of its own'
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"there is no file {file}; make it and {wanted}") from None
    except (OSError, UnicodeDecodeError) as err:
        raise ConfigError(f"{file} cannot be read ({type(err).__name__}); {wanted}") from None
    except yaml.YAMLError as err:
        mark = getattr(err, "problem_mark", None)  # the message itself would quote the line, secret and all
        line = f" at line {mark.line + 1}" if mark else ""
        raise ConfigError(f"{file} is not valid YAML{line}; {wanted}") from None
    if not isinstance(content, Mapping):
        raise ConfigError(f"{file} holds no keys; {wanted}")
    return content


def _secret(file: Path, content: Mapping[str, Any], key: str) -> SecretStr:
    value = content.get(key)
    if value is None or not str(value).strip():
        raise ConfigError(
            f'{file} has no value for {key}; write "{key}: ..." with what Monta\'s portal shows for your application'
        )
    return SecretStr(str(value).strip())

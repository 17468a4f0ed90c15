"""Reads the credentials file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import SecretStr

from smart_charging.errors import ConfigError
from smart_charging.printable import reason_of


def read_secrets(
    file: Path, keys: Sequence[str], *, shown_by: str, optional: Sequence[str] = ()
) -> Mapping[str, SecretStr]:
    """The values of some keys from a YAML file such as AppDaemon's secrets.yaml.

    Args:
        shown_by: Where people find the values, as in `what {shown_by}`.
        optional: Keys that may be missing or empty, and are left out then.

    Raises:
        ConfigError: One sentence with the file, the key and what to write.
    """
    content = _load(file, keys)
    given = [key for key in optional if str(content.get(key) or "").strip()]
    return {key: _secret(file, content, key, shown_by) for key in (*keys, *given)}


def _load(file: Path, keys: Sequence[str]) -> Mapping[str, Any]:
    lines = " and ".join(f'"{key}: ..."' for key in keys)
    wanted = f"write {lines} into it, each on a line of its own"
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"there is no file {file}; make it and {wanted}") from None
    except OSError as err:
        raise ConfigError(f"{file} cannot be read ({reason_of(err)}); {wanted}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{file} cannot be read (it is not UTF-8 text); {wanted}") from None
    except yaml.YAMLError as err:
        mark = getattr(err, "problem_mark", None)  # the exception's own message would quote the line with the secret
        line = f" at line {mark.line + 1}" if mark else ""
        raise ConfigError(f"{file} is not valid YAML{line}; {wanted}") from None
    if not isinstance(content, Mapping):
        raise ConfigError(f"{file} holds no keys; {wanted}")
    return content


def _secret(file: Path, content: Mapping[str, Any], key: str, shown_by: str) -> SecretStr:
    value = content.get(key)
    if value is None or not str(value).strip():
        raise ConfigError(f'{file} has no value for {key}; write "{key}: ..." with what {shown_by}')
    return SecretStr(str(value).strip())

"""YAML that was written for Home Assistant and AppDaemon."""

from __future__ import annotations

import yaml

from smart_charging.errors import ConfigError


class _AnyTag(yaml.SafeLoader):
    """Reads on at `!secret` and `!include`, and leaves what they stand for where it is."""


def _left_there(_loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> str:
    return f"!{tag} {node.value if isinstance(node, yaml.ScalarNode) else ''}".strip()


_AnyTag.add_multi_constructor("!", _left_there)


def yaml_of(text: str, name: str) -> object:
    """What a file holds.

    Raises:
        ConfigError: It is no YAML; one line says where.
    """
    try:
        return yaml.load(text, _AnyTag)  # noqa: S506  # a SafeLoader that makes text of tags
    except yaml.YAMLError as err:
        mark = getattr(err, "problem_mark", None)  # the message itself has several lines
        raise ConfigError(f"{name} is not valid YAML{f' at line {mark.line + 1}' if mark else ''}") from None
    except (ValueError, OverflowError, RecursionError, TypeError) as err:
        raise ConfigError(f"{name} cannot be read as YAML ({type(err).__name__})") from None

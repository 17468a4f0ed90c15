"""Reads YAML files written for Home Assistant and AppDaemon."""

from __future__ import annotations

import yaml

from smart_charging.errors import ConfigError


class _AnyTag(yaml.SafeLoader):
    """Reads `!secret` and `!include` as text, without looking up what they refer to."""


def _left_there(_loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> str:
    return f"!{tag} {node.value if isinstance(node, yaml.ScalarNode) else ''}".strip()


_AnyTag.yaml_constructors = {
    tag: constructor
    for tag, constructor in yaml.SafeLoader.yaml_constructors.items()
    if tag is None or not tag.startswith("!")  # AppDaemon, where it is loaded, adds a `!secret` of its own
}
_AnyTag.add_multi_constructor("!", _left_there)


def yaml_of(text: str, name: str) -> object:
    """Parse a file's text.

    Raises:
        ConfigError: It is not valid YAML; the message says where.
    """
    try:
        return yaml.load(text, _AnyTag)  # noqa: S506  # a SafeLoader that makes text of tags
    except yaml.YAMLError as err:
        mark = getattr(err, "problem_mark", None)  # the exception's own message has several lines
        raise ConfigError(f"{name} is not valid YAML{f' at line {mark.line + 1}' if mark else ''}") from None
    except (ValueError, OverflowError, RecursionError, TypeError) as err:
        raise ConfigError(f"{name} cannot be read as YAML ({type(err).__name__})") from None

"""Shared by the package and the dashboard: rows for the chargers, and how templates are rendered."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from smart_charging.charger import Charger
from smart_charging.entities.names import AccountNames, Slugs, title_of
from smart_charging.printable import printable


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One charger as the templates need it."""

    id: str
    label: str
    """The name to show; never empty, and on one line."""
    title: str
    """Its entities' names begin with it; Home Assistant makes their ids from them."""
    slug: str
    """Its entity ids begin with it, after the domain."""


def rows(chargers: Sequence[Charger], names: AccountNames) -> Sequence[Row]:
    """The chargers with their slugs, in the given order."""
    slugs = Slugs({}, names.prefix)
    return [
        Row(
            id=charger.id,
            label=printable(charger.name) or charger.id,
            title=title_of(charger.name, slugs.of(charger), names.prefix),
            slug=slugs.of(charger),
        )
        for charger in chargers
    ]


def render(template: str, **values: object) -> str:
    """Render a template from this folder; every value it uses has to be given."""
    environment = Environment(  # noqa: S701  # it makes YAML; whatever people name is quoted
        loader=PackageLoader("smart_charging.setup", ""),
        undefined=StrictUndefined,
        # The output contains Home Assistant's own templates, which use Jinja's usual delimiters.
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["quoted"] = _quoted
    return environment.get_template(template).render(**values)


def _quoted(value: object) -> str:
    """A value as YAML, written as JSON, with text on one line."""
    return json.dumps(printable(value) if isinstance(value, str) else value, ensure_ascii=False)

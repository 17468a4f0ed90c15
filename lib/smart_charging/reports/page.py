"""A report as one page of HTML that needs no other file, to look at on a phone or to print on A4."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from smart_charging.reports import words
from smart_charging.reports.statement import Statement


def as_page(statement: Statement) -> str:
    """The page; whatever people have named is escaped."""
    environment = Environment(
        loader=PackageLoader("smart_charging.reports", ""),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2").render(statement=statement, words=words)

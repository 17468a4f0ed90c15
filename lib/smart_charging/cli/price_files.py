"""Reads files with the data of a price source."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

from smart_charging.cli.user_files import text_of
from smart_charging.errors import ConfigError
from smart_charging.prices.reading.finding import is_list_of_prices
from smart_charging.prices.reading.understanding import Source


def source_of(path: Path) -> Source:
    """An entity's attributes or an action's answer as JSON or YAML, or a table as CSV.

    Home Assistant shows attributes and answers as YAML in its developer tools.

    Raises:
        ConfigError: The file is none of these, or cannot be read.
    """
    text = text_of(path)
    match path.suffix.lower():
        case ".csv":
            return _source_of_csv(text)
        case ".yaml" | ".yml":
            from smart_charging.cli.yaml_files import yaml_of  # noqa: PLC0415  # other files need no YAML

            return _source(yaml_of(text, path.name), path.name)
    try:
        return _source(json.loads(text), path.name)
    except (ValueError, RecursionError) as err:
        raise ConfigError(f"{path.name} is neither JSON nor named .csv or .yaml") from err


def _source(content: object, name: str) -> Source:
    if isinstance(content, list) and is_list_of_prices(content):
        return {"prices": content}
    if not isinstance(content, dict):
        raise ConfigError(f"{name} holds no JSON object, nor a list of rows with prices")
    return content


def _source_of_csv(text: str) -> Source:
    """Rows below a header; the columns `start_utc` (UTC) and `unit` are understood, too."""
    rows = [dict(row) for row in csv.DictReader(text.splitlines())]
    for row in rows:
        if "start_utc" in row:
            row["start"] = _utc(row.pop("start_utc"))
    if not is_list_of_prices(rows):
        there = ", ".join(str(column) for column in rows[0]) if rows else "nothing"
        raise ConfigError(f"the CSV's first line has to be start_utc,price,unit; it has {there}")
    return {"prices": rows, "unit_of_measurement": rows[0].get("unit") if rows else None}


def _utc(text: str) -> str:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).isoformat()
    except (TypeError, ValueError):
        raise ConfigError(f"start_utc {text!r}: write a time such as 2026-01-20T17:00Z") from None

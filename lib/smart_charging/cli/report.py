"""Sum up a month by charger: sessions, energy, cost and saving, to print or to hand in.

Changes nothing but the file of --html. A session counts in the month in which the cable was pulled out, a charge of
--from monta in that in which it was begun.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import sys
from datetime import tzinfo
from decimal import Decimal
from pathlib import Path

from smart_charging.cli.booked import BookedSessions, add_file_arguments, of_chargers
from smart_charging.cli.complaints import complain
from smart_charging.cli.given import Given
from smart_charging.cli.login import add_login_arguments
from smart_charging.cli.progress import Progress
from smart_charging.cli.user_files import write_text
from smart_charging.clouds.charge_reports import LISTING_CLOUDS, charges_of
from smart_charging.colour import Style, styled
from smart_charging.errors import ConfigError
from smart_charging.reports.data import as_json, as_rows
from smart_charging.reports.month import Month
from smart_charging.reports.source import By, SessionSource
from smart_charging.reports.statement import Rate, Statement, statement_of
from smart_charging.reports.text import as_text
from smart_charging.services.sessions.session_log import SESSIONS_FILE

_FORMS = ("html", "csv", "json")
_FILE = "sessions"
"""The source that is no cloud."""
_MOST_PER_KWH = 1000
_MOST_VAT = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `report`; their values are parsed in `run`."""
    parser.epilog = "Such as: smart-charging report --month 2026-11 --rate 2.85 --html november.html"
    add_file_arguments(parser)
    parser.add_argument(
        "--from",
        dest="source",
        default=_FILE,
        choices=[_FILE, *LISTING_CLOUDS],
        help=f"the session file, or the charges that a cloud lists (default: {_FILE})",
    )
    add_login_arguments(parser)
    parser.add_argument("--by", default=By.CHARGER.value, choices=[*By], help="what to sum up by (default: charger)")
    parser.add_argument("--month", metavar="MONTH", help="such as 2026-11 (the present one, so far)")
    parser.add_argument("--rate", metavar="PRICE", help="what you are paid back for a kWh, such as 2.85")
    parser.add_argument("--currency", metavar="CODE", help="what --rate is in, such as DKK (that of the sessions)")
    parser.add_argument("--vat", metavar="PERCENT", help="how much VAT there is in the prices, such as 25")
    parser.add_argument("--html", metavar="FILE", help="write a page to print into it")
    parser.add_argument("--csv", action="store_true", help="print the sessions as CSV, for a spreadsheet; no sums")
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")


def run(arguments: argparse.Namespace) -> int:
    """Print a table, CSV or JSON, or write a page."""
    given = Given(vars(arguments))
    if len(forms := [f"--{form}" for form in _FORMS if getattr(arguments, form)]) > 1:
        raise ConfigError(f"write only one of {' and '.join(forms)}")
    statement = asyncio.run(_statement(arguments, given))
    if path := given.text("html"):
        _write_page(Path(path), statement)
    elif given.has("csv"):
        csv.writer(sys.stdout).writerows(as_rows(statement))
    elif given.has("json"):
        print(json.dumps(as_json(statement), indent=2, ensure_ascii=False))
    else:
        print(*as_text(statement, _bold), sep="\n")
    return 0


async def _statement(arguments: argparse.Namespace, given: Given) -> Statement:
    zone = given.zone("zone")
    if arguments.source == _FILE:
        return await _summed_up(BookedSessions(Path(arguments.file), arguments.charger, zone), arguments, given, zone)
    if arguments.file != SESSIONS_FILE:
        raise ConfigError(f"{arguments.file}: a session file goes with --from {_FILE}")
    progress = Progress(sys.stderr)
    login = (arguments.source, arguments.credentials, arguments.base_url)
    async with charges_of(*login, lambda count: progress.show(f"{count} charges read")) as charges:
        try:
            return await _summed_up(charges, arguments, given, zone)
        finally:
            progress.clear()


async def _summed_up(source: SessionSource, arguments: argparse.Namespace, given: Given, zone: tzinfo) -> Statement:
    now, by = given.now(zone), By(arguments.by)
    month = Month.read(text) if (text := given.text("month")) is not None else Month.of(now, zone)
    if month.start(zone) > now:
        raise ConfigError(f"--month {month}: it has not begun yet")
    if by not in source.kind.parties:
        raise ConfigError(f"--by {by}: {arguments.source} does not tell it; {LISTING_CLOUDS[-1]} does")
    rate, vat_percent = _rate(given), _vat(given)
    found = await source.counted_between(month.start(zone), month.end(zone))
    for note in found.notes:
        complain("smart-charging report", note)
    sessions = of_chargers(found.sessions, arguments.charger, source.kind.noun) if found.sessions else ()
    return statement_of(
        sessions,
        month=month,
        zone=zone,
        is_over=month.end(zone) <= now,
        kind=source.kind,
        by=by,
        rate=rate,
        vat_percent=vat_percent,
    )


def _vat(given: Given) -> Decimal | None:
    return None if given.text("vat") is None else _number(given, "vat", _MOST_VAT)


def _rate(given: Given) -> Rate | None:
    currency = given.text("currency")
    if given.text("rate") is None:
        if currency is not None:
            raise ConfigError("--currency is that of --rate; write both, or none")
        return None
    if currency is not None and not (currency.isascii() and currency.isalpha() and len(currency) == 3):
        raise ConfigError(f"--currency {currency[:20]}: write three letters, such as DKK")
    return Rate(per_kwh=_number(given, "rate", _MOST_PER_KWH), currency=currency and currency.upper())


def _number(given: Given, name: str, most: float) -> Decimal:
    return Decimal(str(given.number(name, least=0, most=most)))


def _write_page(path: Path, statement: Statement) -> None:
    from smart_charging.reports.page import as_page  # noqa: PLC0415  # a table needs no templates

    write_text(path, as_page(statement))
    print(f"{path} is written: open it in a browser, and print it from there")


def _bold(text: str) -> str:
    return styled(text, Style.BOLD, stream=sys.stdout)

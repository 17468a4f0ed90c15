"""List the sessions that were booked, and sum them by month.

Changes nothing. Costs are at the prices of the time when the energy flowed; "at once" is what the
same energy would have cost if charging had begun right after plugging in.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import tzinfo
from pathlib import Path

from smart_charging.cli.booked import BookedSessions, add_file_arguments
from smart_charging.cli.complaints import complain
from smart_charging.cli.facts import iso, rounded, whole
from smart_charging.cli.given import Given
from smart_charging.cli.settled import charges_as_json
from smart_charging.colour import Style, styled
from smart_charging.errors import ConfigError
from smart_charging.reports.columns import INCOMPLETE, aligned
from smart_charging.services.sessions.session_log import BookedSession

_TIME = "%Y-%m-%d %H:%M"
_LISTED = ("plugged in", "unplugged", "charger", "kWh", "wanted", "cost", "at once", "saving", "", "starts", "ready")
_SUMMED = ("month", "sessions", "kWh", "cost", "at once", "saving", "", "starts")
_MORE: Mapping[str, Callable[[BookedSession], float | None]] = {
    "waiting": lambda one: one.saving_nightly,
    "CO2 kg": lambda one: None if one.co2_g is None else one.co2_g / 1000,
}
"""Columns that are there once something is known of them; of waiting for other nights, what that saved."""
_TEXTS = {"month", "plugged in", "unplugged", "charger", "", "ready"}
_KEYS = (
    *("charger_id", "charger", "plugged_in_at", "unplugged_at", "ready_by", "was_ready", "starts"),
    *("energy_kwh", "wanted_kwh", "cost", "cost_at_once", "saving", "currency", "co2_g"),
    *("fresh_kwh", "cost_nightly", "saving_nightly"),
)
"""Of a session, in CSV."""
_MONEY = ("cost", "cost_at_once", "saving")
_FOOTNOTE = f"{INCOMPLETE} without the sessions for which it is unknown"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `sessions`; their values are parsed in `run`, so that every mistake gives one line."""
    add_file_arguments(parser)
    parser.add_argument("--csv", action="store_true", help="print the sessions as CSV, for programs; no sums")
    parser.add_argument("--json", action="store_true", help="print sessions and sums as JSON, for programs")


def run(arguments: argparse.Namespace) -> int:
    """Print two tables, CSV or JSON."""
    given = Given(vars(arguments))
    if given.has("csv") and given.has("json"):
        raise ConfigError("write only one of --csv and --json")
    zone = given.zone("zone")
    sessions, notes = BookedSessions(Path(arguments.file), arguments.charger, zone).read()
    for note in notes:
        complain("smart-charging sessions", note)
    if given.has("csv"):
        csv.writer(sys.stdout).writerows(_rows(sessions, zone))
    elif given.has("json"):
        print(json.dumps(_as_json(sessions, zone), indent=2, ensure_ascii=False))
    else:
        print(*_as_text(sessions, zone), sep="\n")
    return 0


def _rows(sessions: Sequence[BookedSession], zone: tzinfo) -> Iterator[Sequence[object]]:
    """A header and a row per session; unknown values are empty."""
    yield _KEYS
    for session in sessions:
        facts = _facts(session, zone)
        yield [str(fact).lower() if isinstance(fact, bool) else fact for fact in (facts[key] for key in _KEYS)]


def _as_json(sessions: Sequence[BookedSession], zone: tzinfo) -> dict[str, object]:
    """All sessions and the sums; null for unknown. A sum is of what is known; beside it stands how many are not."""
    return {
        "time_zone": str(zone),
        "sessions": [_facts(one, zone) | {"charges": charges_as_json(one, zone)} for one in sessions],
        "months": [_month_facts(*each) for each in _by_month(sessions, zone)],
    }


def _facts(one: BookedSession, zone: tzinfo) -> dict[str, object]:
    return {
        "charger_id": one.charger_id,
        "charger": one.charger,
        "plugged_in_at": iso(one.plugged_in_at, zone),
        "unplugged_at": iso(one.unplugged_at, zone),
        "ready_by": one.ready_by and iso(one.ready_by, zone),
        "was_ready": one.was_ready,
        "starts": one.starts,
        "energy_kwh": rounded(one.energy_kwh),
        "wanted_kwh": rounded(one.wanted_kwh),
        "cost": rounded(one.cost),
        "cost_at_once": rounded(one.cost_at_once),
        "saving": rounded(one.saving),
        "currency": one.currency,
        "co2_g": whole(one.co2_g),
        "co2_g_at_once": whole(one.co2_g_at_once),
        "fresh_kwh": rounded(one.fresh_kwh),
        "cost_nightly": rounded(one.cost_nightly),
        "saving_nightly": rounded(one.saving_nightly),
    }


def _month_facts(month: str, currency: str, sessions: Sequence[BookedSession]) -> dict[str, object]:
    costs, at_once, savings = ([getattr(one, name) for one in sessions] for name in _MONEY)
    return {
        "month": month,
        "currency": currency or None,
        "sessions": len(sessions),
        "energy_kwh": rounded(sum(one.energy_kwh for one in sessions)),
        "cost": rounded(_known_sum(costs)),
        "cost_at_once": rounded(_known_sum(at_once)),
        "saving": rounded(_known_sum(savings)),
        "sessions_of_unknown_cost": costs.count(None),
        "sessions_of_unknown_saving": savings.count(None),
        "starts": sum(one.starts for one in sessions),
        "co2_g": whole(_known_sum([one.co2_g for one in sessions])),
        "saving_nightly": rounded(_known_sum([one.saving_nightly for one in sessions])),
    }


def _by_month(sessions: Sequence[BookedSession], zone: tzinfo) -> Iterator[tuple[str, str, Sequence[BookedSession]]]:
    """Month, currency and sessions, for a month's currencies are never summed together."""
    months: defaultdict[tuple[str, str], list[BookedSession]] = defaultdict(list)
    for one in sessions:
        months[f"{one.unplugged_at.astimezone(zone):%Y-%m}", one.currency or ""].append(one)
    for month, currency in sorted(months):
        yield month, currency, months[month, currency]


def _as_text(sessions: Sequence[BookedSession], zone: tzinfo) -> Iterator[str]:
    if not sessions:
        yield "No session is booked yet."
        return
    more = [title for title, told in _MORE.items() if any(told(one) is not None for one in sessions)]
    listed = [[*_listed(one, zone), *_more_cells(more, [one])] for one in sessions]
    sums = [[*_summed(*each), *_more_cells(more, each[-1])] for each in _by_month(sessions, zone)]
    yield from _table([*_LISTED, *more], listed)
    yield ""
    yield from _table([*_SUMMED, *more], sums)
    if any(cell.endswith(INCOMPLETE) for row in sums for cell in row):
        yield _FOOTNOTE


def _more_cells(columns: Sequence[str], sessions: Sequence[BookedSession]) -> Sequence[str]:
    return [_sum([_MORE[title](one) for one in sessions]) for title in columns]


def _listed(one: BookedSession, zone: tzinfo) -> Sequence[str]:
    times = [f"{moment.astimezone(zone):{_TIME}}" for moment in (one.plugged_in_at, one.unplugged_at)]
    money = [_amount(amount) for amount in (one.cost, one.cost_at_once, one.saving)]
    ready = {True: "yes", False: "no", None: "unknown"}[one.was_ready]
    wanted = "" if one.wanted_kwh is None else _amount(one.wanted_kwh)
    return [*times, one.charger, _amount(one.energy_kwh), wanted, *money, one.currency or "", str(one.starts), ready]


def _summed(month: str, currency: str, sessions: Sequence[BookedSession]) -> Sequence[str]:
    energy_kwh = _amount(sum(one.energy_kwh for one in sessions))
    money = [_sum([getattr(one, name) for one in sessions]) for name in _MONEY]
    return [month, str(len(sessions)), energy_kwh, *money, currency, str(sum(one.starts for one in sessions))]


def _sum(amounts: Sequence[float | None]) -> str:
    known = _known_sum(amounts)
    return _amount(known) + (INCOMPLETE if known is not None and None in amounts else "")


def _known_sum(amounts: Sequence[float | None]) -> float | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def _amount(value: float | None) -> str:
    """Two decimals; 0.00 rather than -0.00."""
    return "unknown" if value is None else f"{round(value, 2) + 0.0:.2f}"


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    lines = aligned([titles, *rows], left={place for place, title in enumerate(titles) if title in _TEXTS})
    yield styled(next(lines), Style.BOLD, stream=sys.stdout)
    yield from lines

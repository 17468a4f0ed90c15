"""The report of a month, as people and programs get it."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_charging.cli.booked import SESSIONS
from smart_charging.cli.main import main
from smart_charging.reports.month import Month
from smart_charging.reports.source import Money, ReportedSession
from smart_charging.reports.statement import Rate, statement_of
from smart_charging.services.sessions.session_log import SESSIONS_FILE, BookedSession
from worlds.printed import document

HOME = BookedSession(
    charger_id="31",
    charger="Drive",
    plugged_in_at=datetime(2026, 3, 9, 17, 20, tzinfo=UTC),
    unplugged_at=datetime(2026, 3, 10, 5, 45, tzinfo=UTC),
    energy_kwh=18.4,
    cost=21.05,
    cost_at_once=29.8,
    currency="SEK",
    starts=1,
)
OUTSIDE = replace(HOME, charger_id="32", charger="Court")
MARCH = ["--month", "2026-03"]

Report = Callable[..., tuple[int, str, str]]


def later(days: float, session: BookedSession = HOME, **changes: Any) -> BookedSession:
    span = timedelta(days=days)
    moved = replace(session, plugged_in_at=session.plugged_in_at + span, unplugged_at=session.unplugged_at + span)
    return replace(moved, **changes)


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Report:
    """Runs the command beside a session file."""
    monkeypatch.chdir(tmp_path)

    def run(*sessions: BookedSession, words: list[str] = MARCH, zone: str = "Europe/Stockholm") -> tuple[int, str, str]:
        Path(SESSIONS_FILE).write_bytes(b"".join(one.line() + b"\n" for one in sessions))
        code = main(["report", *words, "--zone", zone])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def test_a_month_is_listed_and_summed_by_charger(report: Report) -> None:
    code, out, err = report(OUTSIDE, later(3, cost=8.5, cost_at_once=7.0), HOME, later(40))

    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "March 2026",
        "",
        "plugged in   unplugged      kWh   cost  saving",
        "Court (32)",
        "03-09 18:20  03-10 06:45  18.40  21.05    8.75  SEK",
        "1 session                 18.40  21.05    8.75  SEK",
        "",
        "Drive (31)",
        "03-09 18:20  03-10 06:45  18.40  21.05    8.75  SEK",
        "03-12 18:20  03-13 06:45  18.40   8.50   -1.50  SEK",
        "2 sessions                36.80  29.55    7.25  SEK",
        "",
        "All chargers",
        "3 sessions                55.20  50.60   16.00  SEK",
        "",
        "Times are those of Europe/Stockholm. A session counts in the month in which the",
        "cable was pulled out.",
        "Each figure is rounded to hundredths, and sums are of the rounded figures.",
    ]


@pytest.mark.parametrize(
    ("zone", "counted"),
    [("Europe/Stockholm", 0), ("Europe/London", 1)],
)
def test_a_session_counts_where_the_cable_is_pulled_out_by_the_zones_clock(
    report: Report, zone: str, counted: int
) -> None:
    over_midnight = replace(HOME, unplugged_at=datetime(2026, 3, 31, 22, 30, tzinfo=UTC))

    read = document(report(later(2), over_midnight, words=[*MARCH, "--json"], zone=zone))

    assert read["total"]["sessions"] == 1 + counted


def test_currencies_are_never_added_up(report: Report) -> None:
    read = document(report(HOME, later(1, cost=2.5, cost_at_once=3.5, currency="EUR"), words=[*MARCH, "--json"]))

    assert read["total"]["money"] == [
        {"currency": "EUR", "cost": 2.5, "saving": 1.0},
        {"currency": "SEK", "cost": 21.05, "saving": 8.75},
    ]
    assert read["total"]["energy_kwh"] == 36.8


def test_an_unknown_cost_is_not_nothing_and_marks_the_sums_of_its_currency(report: Report) -> None:
    _, out, _ = report(HOME, later(1, cost=None), later(2, currency="EUR"))

    assert re.search(r"03-11 06:45 +18\.40 +unknown +unknown +SEK\n", out)
    assert re.search(r"3 sessions +55\.20 +21\.05 +8\.75 +EUR\n +21\.05\* +8\.75\* SEK\n", out)
    assert "* without the sessions of which it is unknown" in out


def test_a_month_of_unknown_costs_has_no_sum(report: Report) -> None:
    read = document(report(replace(HOME, cost=None, currency=None), words=[*MARCH, "--json"]))

    assert read["total"]["money"] == [{"currency": None, "cost": None, "saving": None}]
    assert read["total"]["sessions_of_unknown_cost"] == 1


def test_what_is_paid_back_is_the_printed_energy_at_the_rate(report: Report) -> None:
    _, out, _ = report(later(0, energy_kwh=10.004), later(1, energy_kwh=0.333), words=[*MARCH, "--rate", "2.5"])

    rows = [line.split() for line in out.splitlines() if "SEK" in line]
    assert rows[0][-2:] == ["back", "SEK"]
    assert [(row[-5], row[-1]) for row in rows[1:4]] == [("10.00", "25.00"), ("0.33", "0.83"), ("10.33", "25.83")]
    assert "times 2.5 SEK per kWh" in out


def test_a_rate_is_not_guessed_to_be_in_one_of_two_currencies(report: Report) -> None:
    two = (HOME, later(1, currency="EUR"))

    code, out, err = report(*two, words=[*MARCH, "--rate", "2.5"])
    read = document(report(*two, words=[*MARCH, "--rate", "2.5", "--currency", "sek", "--json"]))

    assert (code, out) == (2, "")
    assert err == "smart-charging report: --rate: the sessions are in EUR and SEK; write --currency and the rate's\n"
    assert (read["rate_currency"], read["total"]["paid_back"]) == ("SEK", 92.0)


@given(
    st.lists(st.tuples(st.floats(0, 500), st.floats(-50, 900)), max_size=12),
    st.decimals(0, 20, places=3),
)
def test_the_printed_rows_add_up_to_the_printed_total(figures: list[tuple[float, float]], per_kwh: Decimal) -> None:
    sessions = [
        ReportedSession(
            charger_id=str(number % 3),
            charger="any",
            began_at=HOME.plugged_in_at,
            ended_at=HOME.unplugged_at,
            energy_kwh=energy_kwh,
            cost=cost,
            currency="SEK",
        )
        for number, (energy_kwh, cost) in enumerate(figures)
    ]

    told = statement_of(
        sessions,
        month=Month(2026, 3),
        zone=UTC,
        is_over=True,
        kind=SESSIONS,
        rate=Rate(per_kwh=per_kwh, currency=None),
    )

    lines = [line for charger in told.parties for line in charger.lines]
    cost = told.total.money[0].amounts[Money.COST]
    assert told.total.energy_kwh == sum(Decimal(f"{line.energy_kwh:.2f}") for line in lines)
    assert (cost or 0) == sum(Decimal(f"{line.money[Money.COST]:.2f}") for line in lines)
    assert told.total.paid_back == sum(charger.sums.paid_back or 0 for charger in told.parties)


def test_a_table_fits_in_80_columns_with_large_figures_and_long_names(report: Report) -> None:
    dear = replace(HOME, charger="A very long name " * 8, energy_kwh=488.8, cost=123456.78, cost_at_once=234567.89)

    _, out, _ = report(dear, replace(dear, charger_id="32", charger=""), words=[*MARCH, "--rate", "190"])

    assert max(map(len, out.splitlines())) <= 80


def test_a_spreadsheet_gets_a_row_per_session(report: Report) -> None:
    _, out, _ = report(HOME, later(1, OUTSIDE, cost=None), words=[*MARCH, "--csv", "--rate", "2"])

    assert out.splitlines() == [
        "charger_id,charger,began_at,ended_at,energy_kwh,cost,saving,currency,paid_back,rate_currency",
        "32,Court,2026-03-10T18:20:00+01:00,2026-03-11T06:45:00+01:00,18.4,,,SEK,36.8,SEK",
        "31,Drive,2026-03-09T18:20:00+01:00,2026-03-10T06:45:00+01:00,18.4,21.05,8.75,SEK,36.8,SEK",
    ]


def test_the_page_has_all_figures_and_runs_no_code_from_a_name(report: Report, tmp_path: Path) -> None:
    named = replace(HOME, charger="<script>alert('&')</script>", currency="<b>")

    words = [*MARCH, "--html", "march.html", "--rate", "3", "--currency", "SEK"]
    code, out, _ = report(named, later(1, OUTSIDE), words=words)
    page = (tmp_path / "march.html").read_text(encoding="utf-8")
    figures = re.findall(r"<td>(\d[\d.]*)</td>", page.partition("All chargers")[2])
    assert (code, out) == (0, "march.html is written: open it in a browser, and print it from there\n")
    assert "&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt; (31)" in page
    assert "<script" not in page
    assert "<b>" not in page
    assert figures == ["36.80", "21.05", "8.75", "110.40", "21.05", "8.75"]
    assert not re.search(r"(?:src|href)=|url\(|@import", page)


def test_a_page_that_cannot_be_written_is_told(report: Report) -> None:
    code, _, err = report(HOME, words=[*MARCH, "--html", "nowhere/march.html"])

    assert (code, err) == (2, "smart-charging report: cannot write nowhere/march.html: no such file or folder\n")


def test_a_month_without_sessions_says_which_months_have_some(report: Report) -> None:
    code, out, err = report(HOME, later(31), words=["--month", "2026-02"])

    assert code == 0
    assert out.splitlines()[:3] == ["February 2026", "", "No session in February 2026."]
    assert err == f"smart-charging report: {SESSIONS_FILE}: sessions are booked from 2026-03 to 2026-04\n"


def test_without_a_month_it_is_the_present_one_so_far(report: Report) -> None:
    just_now = datetime.now(UTC) - timedelta(seconds=1)

    _, out, _ = report(replace(HOME, plugged_in_at=just_now, unplugged_at=just_now), words=[], zone="UTC")

    assert out.splitlines()[0].endswith(", so far")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--month", "2026-13"], "--month 2026-13: write a year and a month, such as 2026-11"),
        (["--month", "march"], "--month march: write a year and a month, such as 2026-11"),
        (["--month", "2099-01"], "--month 2099-01: it has not begun yet"),
        ([*MARCH, "--csv", "--json"], "write only one of --csv and --json"),
        ([*MARCH, "--currency", "SEK"], "--currency is that of --rate; write both, or none"),
        ([*MARCH, "--rate", "2", "--currency", "crowns"], "--currency crowns: write three letters, such as DKK"),
        ([*MARCH, "--rate", "-1"], "--rate -1: write a number, 0 or more"),
        (
            [*MARCH, "--charger", "Drvie"],
            "--charger Drvie: there is no session of it; there are sessions of Drive (31); did you mean Drive?",
        ),
        (
            [*MARCH, "elsewhere.jsonl"],
            f"there is no file elsewhere.jsonl; write where {SESSIONS_FILE} is, "
            "which AppDaemon keeps in its configuration folder from the first session on",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_one_line_and_exit_code_2(report: Report, words: list[str], complaint: str) -> None:
    assert report(HOME, words=words) == (2, "", f"smart-charging report: {complaint}\n")


def test_a_torn_line_is_told_beside_the_report(report: Report, tmp_path: Path) -> None:
    torn = tmp_path / "torn.jsonl"
    torn.write_bytes(HOME.line() + b'\n{"charger_id": "31"')

    code, out, err = report(words=[*MARCH, "--json", str(torn)])

    assert (code, json.loads(out)["total"]["sessions"]) == (0, 1)
    assert err == f"smart-charging report: {torn}: line 2 cannot be read and is left out\n"

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from smart_charging.cli.main import main
from smart_charging.clouds.consumption import Portion
from smart_charging.services.sessions.session_log import SESSIONS_FILE, BookedSession
from smart_charging.services.sessions.settled_charge import QuarterHours, SettledCharge

ZONE = ["--zone", "Europe/Copenhagen"]
NIGHT = BookedSession(
    charger_id="7",
    charger="Garage",
    plugged_in_at=datetime(2026, 1, 20, 16, 40, tzinfo=UTC),
    unplugged_at=datetime(2026, 1, 21, 6, 5, tzinfo=UTC),
    energy_kwh=22.0,
    wanted_kwh=22.0,
    cost=12.31,
    cost_at_once=20.1,
    currency="DKK",
    starts=1,
    ready_by=datetime(2026, 1, 21, 6, tzinfo=UTC),
    was_ready=True,
)


def later(days: float, **changes: object) -> BookedSession:
    span = timedelta(days=days)
    moved = replace(NIGHT, plugged_in_at=NIGHT.plugged_in_at + span, unplugged_at=NIGHT.unplugged_at + span)
    return replace(moved, **changes)  # type: ignore[arg-type]  # the dataclass checks the names


def session_log(folder: Path, *sessions: BookedSession, torn: bytes = b"") -> str:
    file = folder / "sessions.jsonl"
    file.write_bytes(b"".join(one.line() + b"\n" for one in sessions) + torn)
    return str(file)


def printed_by(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert main(["sessions", *words, *ZONE]) == 0
    return capsys.readouterr().out.splitlines()


def test_sessions_are_listed_in_order_and_summed_by_month(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = session_log(tmp_path, later(20, charger="Carport", cost=21.1, was_ready=False), later(1), NIGHT)

    printed = printed_by(capsys, file)

    assert printed == [
        "plugged in        unplugged         charger    kWh  wanted   cost  at once  saving       starts  ready",
        "2026-01-20 17:40  2026-01-21 07:05  Garage   22.00   22.00  12.31    20.10    7.79  DKK       1  yes",
        "2026-01-21 17:40  2026-01-22 07:05  Garage   22.00   22.00  12.31    20.10    7.79  DKK       1  yes",
        "2026-02-09 17:40  2026-02-10 07:05  Carport  22.00   22.00  21.10    20.10   -1.00  DKK       1  no",
        "",
        "month    sessions    kWh   cost  at once  saving       starts",
        "2026-01         2  44.00  24.62    40.20   15.58  DKK       2",
        "2026-02         1  22.00  21.10    20.10   -1.00  DKK       1",
    ]


def test_co2_is_listed_and_summed_once_some_of_it_is_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed = printed_by(capsys, session_log(tmp_path, replace(NIGHT, co2_g=1760.0), later(1)))

    assert [line.split("  ")[-1].strip() for line in printed if line] == [
        *("CO2 kg", "1.76", "unknown"),
        *("CO2 kg", "1.76*", "* without the sessions for which it is unknown"),
    ]


def test_each_currency_has_sums_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed = printed_by(capsys, session_log(tmp_path, NIGHT, later(1, currency="EUR")))

    assert [line.split()[::6] for line in printed[-2:]] == [["2026-01", "DKK"], ["2026-01", "EUR"]]


def test_what_waiting_for_other_nights_has_saved_is_listed_beside_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    waited = later(1, fresh_kwh=8.0, cost_nightly=15.3)

    printed = printed_by(capsys, session_log(tmp_path, NIGHT, waited))

    assert [line.split()[-1] for line in printed[:3]] == ["waiting", "unknown", "2.99"]
    assert printed[-2].split()[-1] == "2.99*"


def test_what_is_unknown_is_said_and_a_sum_without_it_is_marked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = printed_by(capsys, session_log(tmp_path, NIGHT, later(1, cost=None, wanted_kwh=None, was_ready=None)))

    assert printed[2].split()[5:] == ["22.00", "unknown", "20.10", "unknown", "DKK", "1", "unknown"]
    assert printed[-2:] == [
        "2026-01         2  44.00  12.31*   40.20    7.79* DKK       2",
        "* without the sessions for which it is unknown",
    ]


def test_a_month_nobody_knows_the_cost_of_has_no_sum(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed = printed_by(capsys, session_log(tmp_path, replace(NIGHT, cost=None, cost_at_once=None, currency=None)))

    assert printed[-1].split() == ["2026-01", "1", "22.00", "unknown", "unknown", "unknown", "1"]


@pytest.mark.parametrize("charger", ["garage", "7"])
def test_one_charger_is_picked_by_name_or_id(tmp_path: Path, capsys: pytest.CaptureFixture[str], charger: str) -> None:
    file = session_log(tmp_path, NIGHT, later(0, charger_id="8", charger="Carport"))

    printed = printed_by(capsys, file, "--charger", charger)

    assert [line for line in printed if "Carport" in line] == []
    assert printed[-1].split()[1] == "1"


def test_programs_get_csv_with_offsets_and_nothing_for_the_unknown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = session_log(tmp_path, NIGHT, later(1, charger='Carport, "left"', cost=None, was_ready=None))

    main(["sessions", file, "--csv", *ZONE])

    printed = capsys.readouterr().out
    header, first, second = csv.reader(io.StringIO(printed, newline=""))
    assert printed.count("\r\n") == 3
    assert dict(zip(header, first, strict=True)) == {
        "charger_id": "7",
        "charger": "Garage",
        "plugged_in_at": "2026-01-20T17:40:00+01:00",
        "unplugged_at": "2026-01-21T07:05:00+01:00",
        "ready_by": "2026-01-21T07:00:00+01:00",
        "was_ready": "true",
        "starts": "1",
        "energy_kwh": "22.0",
        "wanted_kwh": "22.0",
        "cost": "12.31",
        "cost_at_once": "20.1",
        "saving": "7.79",
        "currency": "DKK",
        "co2_g": "",
        "fresh_kwh": "",
        "cost_nightly": "",
        "saving_nightly": "",
    }
    assert second[1] == 'Carport, "left"'
    assert [second[header.index(name)] for name in ("cost", "saving", "was_ready")] == ["", "", ""]


def test_programs_get_json_with_sums_and_null_for_the_unknown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = session_log(tmp_path, NIGHT, later(1, cost=None, wanted_kwh=None, was_ready=None))

    main(["sessions", file, "--json", *ZONE])

    printed = json.loads(capsys.readouterr().out)
    first, second = printed["sessions"]
    assert (first["plugged_in_at"], first["was_ready"], first["saving"]) == ("2026-01-20T17:40:00+01:00", True, 7.79)
    assert [second[key] for key in ("cost", "saving", "wanted_kwh", "was_ready")] == [None] * 4
    assert printed["months"] == [
        {
            "month": "2026-01",
            "currency": "DKK",
            "sessions": 2,
            "energy_kwh": 44.0,
            "cost": 12.31,
            "cost_at_once": 40.2,
            "saving": 7.79,
            "saving_nightly": None,
            "sessions_of_unknown_cost": 1,
            "sessions_of_unknown_saving": 1,
            "starts": 2,
            "co2_g": None,
        }
    ]


def test_one_form_is_printed_at_a_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["sessions", session_log(tmp_path, NIGHT), "--json", "--csv"])

    assert code == 2
    assert "write only one of --csv and --json" in capsys.readouterr().err


def test_a_torn_line_is_told_and_the_others_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = session_log(tmp_path, NIGHT, torn=b'{"charger_id": "7", "cha')

    code = main(["sessions", file, *ZONE])

    printed = capsys.readouterr()
    assert (code, len(printed.out.splitlines())) == (0, 5)
    assert printed.err == f"smart-charging sessions: {file}: line 2 cannot be read and is left out\n"


def test_the_file_of_the_app_is_found_in_this_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / SESSIONS_FILE).touch()
    monkeypatch.chdir(tmp_path)

    assert printed_by(capsys) == ["No session is booked yet."]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        pytest.param(["nowhere.jsonl"], "nowhere.jsonl", id="no file"),
        pytest.param(["--zone", "Mars"], "--zone Mars: write a time zone", id="no zone"),
        pytest.param(["--charger", "Shed"], "there are sessions of Garage (7)", id="no such charger"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    complaint: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(session_log(tmp_path, NIGHT)).rename(SESSIONS_FILE)

    code = main(["sessions", *words])

    printed = capsys.readouterr()
    assert (code, printed.out, printed.err.count("\n")) == (2, "", 1)
    assert complaint in printed.err


@pytest.mark.parametrize("content", [b"once upon a time\n", b"\xff\x00" * 40, b"[" * 100_000, b'{"charger": 1}\n' * 30])
def test_a_file_without_any_session_is_a_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    file = tmp_path / "other.txt"
    file.write_bytes(content)

    code = main(["sessions", str(file)])

    printed = capsys.readouterr()
    assert (code, printed.out, printed.err.count("\n")) == (2, "", 1)
    assert "there is no session in it" in printed.err


def test_programs_get_the_cloud_s_own_figures_of_a_charge_beside_the_session(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start = NIGHT.plugged_in_at.replace(minute=45)
    hour = Portion(start=start, end=start + timedelta(hours=1), amount=3.0)
    settled = SettledCharge(
        charger_id="7",
        charge_id="700100200300400501",
        energy_kwh=1.5,
        cost=0.9,
        currency="DKK",
        co2_g_per_kwh=80.0,
        quarters=QuarterHours(start=start, energy_kwh=(1.0, 0.0, 0.5), price_per_kwh=(0.6, None, 0.4)),
        cost_parts=(hour,),
    )
    file = tmp_path / "sessions.jsonl"
    lines = (later(0, charge_ids=(settled.charge_id,)).line(), settled.line(), later(1).line())
    file.write_bytes(b"\n".join(lines))

    main(["sessions", str(file), "--json", *ZONE])

    first, second = json.loads(capsys.readouterr().out)["sessions"]
    [charge] = first["charges"]
    assert second["charges"] == []
    assert (charge["cost"], charge["cost_by_known_prices"], charge["price"], charge["co2_g"]) == (0.9, 0.8, None, 120)
    assert [(one["start"], one["energy_kwh"]) for one in charge["quarters"]] == [
        ("2026-01-20T17:45:00+01:00", 1.0),
        ("2026-01-20T18:15:00+01:00", 0.5),
    ]
    assert charge["cost_parts"][0]["cost"] == 3.0
